import Corpora
import TestFolders
import Testing

struct TrainingDocumentsTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func corpus(
    _ name: String, documents: Int, length: Int, heldOut: Double = 0
  ) throws -> CorpusDefinition {
    let text = String(repeating: name, count: length)
    let lines = (0..<documents).map { #"{"id": "\#(name)\#($0)", "text": "\#(text)"}"# }
    return CorpusDefinition(
      name: name, files: [try folder.write("\(name).jsonl", lines.joined(separator: "\n"))],
      heldOut: heldOut)
  }

  private func all(_ source: TrainingDocuments) throws -> [String] {
    var texts: [String] = []
    while let text = try source.next() { texts.append(String(decoding: text, as: UTF8.self)) }
    return texts
  }

  @Test func scarcestCorpusBindsWithoutALimit() throws {
    let source = try TrainingDocuments([
      (try corpus("a", documents: 100, length: 10), 1),
      (try corpus("b", documents: 30, length: 20), 3),
    ])
    let texts = try all(source)
    #expect(source.corpusByteCounts == [200, 600])
    #expect(texts.count == 20 + 30)
    #expect(texts.reduce(0) { $0 + $1.utf8.count } == source.byteCount)
  }

  @Test func limitIsSharedByWeight() throws {
    let source = try TrainingDocuments(
      [
        (try corpus("a", documents: 100, length: 10), 1),
        (try corpus("b", documents: 100, length: 10), 1),
      ], byteLimit: 400)
    let texts = try all(source)
    #expect(source.corpusByteCounts == [200, 200])
    #expect(
      Array(texts.prefix(4)) == ["a", "b", "a", "b"].map { String(repeating: $0, count: 10) })
  }

  @Test func heldOutDocumentsAreNeverSeen() throws {
    let definition = try corpus("a", documents: 400, length: 10, heldOut: 0.5)
    let source = try TrainingDocuments([(definition, 1)])
    var training = 0
    var reader = try DocumentReader(definition)
    while let document = try reader.next() {
      if !document.isHeldOut(fraction: 0.5) { training += 1 }
    }
    #expect(try all(source).count == training)
    #expect(training < 300)
  }

  @Test func corpusWithoutTrainingTextIsAnError() throws {
    let file = try folder.write("empty.txt", "")
    let error = #expect(throws: CorpusError.self) {
      try TrainingDocuments([(CorpusDefinition(name: "empty", files: [file]), 1)])
    }
    #expect(error?.code == .tooLittleText)
    #expect(
      error?.message.contains("0 documents, 1 left out (\(file): has no text)") == true)
  }
}
