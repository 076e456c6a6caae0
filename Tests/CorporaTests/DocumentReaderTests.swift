import Corpora
import Foundation
import TestFolders
import Testing

struct DocumentReaderTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func read(
    _ files: [String], textField: String = "text"
  ) throws -> (documents: [Document], report: ReadingReport) {
    var reader = try DocumentReader(
      CorpusDefinition(name: "c", files: files, textField: textField))
    var documents: [Document] = []
    while let document = try reader.next() { documents.append(document) }
    return (documents, reader.report)
  }

  private func texts(_ documents: [Document]) -> [String] {
    documents.map { String(decoding: $0.text, as: UTF8.self) }
  }

  @Test func jsonLinesGiveOneDocumentALine() throws {
    let file = try folder.write(
      "a.jsonl",
      """
      {"text": "one", "id": "x", "group": "g"}

        \t
      {"id": 7, "other": [1, {"a": null}], "text": "zwei \\u4e2d\\n"}\r
      {"text": "three", "id": null}
      """)
    let (documents, report) = try read([file])
    #expect(texts(documents) == ["one", "zwei 中\n", "three"])
    #expect(documents.map(\.id) == ["x", "7", nil])
    #expect(documents.map(\.group) == ["g", nil, nil])
    #expect(report.documents == 3)
    #expect(report.bytes == 17)
    #expect(report.characters == 15)
    #expect(report.skippedCount == 0)
  }

  @Test func everyOtherFileIsOneDocument() throws {
    let files = [
      try folder.write("a.txt", "one\ntwo\n"), try folder.write("README", "{\"text\": 1}"),
      try folder.write("mark.txt", "\u{FEFF}text"),
    ]
    #expect(texts(try read(files).documents) == ["one\ntwo\n", "{\"text\": 1}", "text"])
  }

  @Test func textFieldIsChosen() throws {
    let file = try folder.write("a.jsonl", #"{"text": "no", "body": "yes"}"#)
    #expect(texts(try read([file], textField: "body").documents) == ["yes"])
  }

  @Test func identityIsTheIDOrTheTextsDigest() {
    // SHA-256 of "abc", FIPS 180-2 appendix B.1.
    #expect(
      Document(text: Array("abc".utf8)).identity
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(Document(text: Array("abc".utf8), id: "x").identity == "x")
  }

  @Test func documentsThatAreNotUTF8AreCountedAndNamed() throws {
    let lines = try folder.write(
      "a.jsonl",
      Array(#"{"text": "ok"}"#.utf8) + [10] + Array(#"{"text": ""#.utf8) + [0xFF]
        + Array("\"}\n".utf8))
    let plain = try folder.write("b.txt", [0x61, 0xC3])
    let (documents, report) = try read([lines, plain])
    #expect(texts(documents) == ["ok"])
    #expect(report.skippedCount == 2)
    #expect(
      report.skipped.map(\.description) == ["\(lines):2: is not UTF-8", "\(plain): is not UTF-8"])
  }

  @Test func textlessDocumentsAreCountedAndNamed() throws {
    let files = [
      try folder.write("a.txt", ""), try folder.write("b.txt", " \n"),
      try folder.write("c.jsonl", ""), try folder.write("d.jsonl", "{\"text\": \"\"}\n"),
    ]
    let (documents, report) = try read(files)
    #expect(documents.isEmpty)
    #expect(report.skipped.map(\.file) == files)
    #expect(report.skipped.map(\.line) == [nil, nil, nil, 1])
    #expect(report.skipped.allSatisfy { $0.reason == .empty })
  }

  @Test(arguments: [
    ("{\"text\": \"a\"}\n{\"text\": ", ":2: this line is no JSON object"),
    ("[1]\n", ":1: this line is no JSON object"),
    ("\"text\"\n", ":1: this line is no JSON object"),
    ("{\"text\": \"a\"} {}\n", ":1: this line is no JSON object"),
    ("{\"txt\": \"a\", \"b\": 1}\n", ":1: the object has no member 'text', only 'b', 'txt'"),
    ("\n{\"text\": 3}\n", ":2: the member 'text' has to be text"),
    ("{\"text\": \"\\ud800\"}\n", ":1: the member 'text' has an escape that is half a character"),
    ("{\"text\": \"a\", \"id\": []}\n", ":1: the member 'id' has to be text or a whole number"),
  ])
  func brokenLinesAreErrorsWithTheirPlace(contents: String, expected: String) throws {
    let file = try folder.write("a.jsonl", contents)
    let error = #expect(throws: CorpusError.self) { try read([file]) }
    #expect(error?.code == .malformedFile)
    #expect(error?.message.hasPrefix(file + expected) == true, "\(error?.message ?? "")")
  }

  @Test func missingFilesAreErrorsWithTheirPath() throws {
    let error = #expect(throws: CorpusError.self) { try read(["\(folder.path)/none.txt"]) }
    #expect(error?.code == .fileAccess)
    #expect(error?.message.contains("none.txt: No such file") == true)
  }

  @Test func foldersAreReadInOrderOfNames() throws {
    for name in ["b/2.txt", "b/1.txt", "a.txt", ".hidden.txt", "c.txt"] {
      _ = try folder.write(name, name)
    }
    #expect(texts(try read([folder.path]).documents) == ["a.txt", "b/1.txt", "b/2.txt", "c.txt"])
  }

  @Test func longLinesAndManyLinesAreWhole() throws {
    let long = String(repeating: "long ", count: 500_000)
    var contents = "{\"text\": \"\(long)\"}\n"
    for number in 0..<20_000 { contents += "{\"text\": \"number \(number)\"}\n" }
    let documents = try read([try folder.write("a.jsonl", contents)]).documents
    #expect(documents.count == 20_001)
    #expect(documents.first?.text.count == long.utf8.count)
    #expect(documents.last.map { String(decoding: $0.text, as: UTF8.self) } == "number 19999")
  }

  @Test func truncatedOrForeignZstdFilesAreErrors() throws {
    let foreign = try folder.write("a.txt.zst", "this is no zstd data at all")
    let error = #expect(throws: CorpusError.self) { try read([foreign]) }
    #expect(error?.code == .malformedFile)
    // The first bytes of a frame: magic number and a header that promises more.
    let truncated = try folder.write("b.txt.zst", [0x28, 0xB5, 0x2F, 0xFD, 0x24, 0x05])
    let second = #expect(throws: CorpusError.self) { try read([truncated]) }
    #expect(second?.message.contains("ends in the middle") == true)
  }

  @Test func zstdFramesAreDecompressed() throws {
    // `printf 'hello\n' | zstd`, zstd 1.5.4: a frame with content checksum; twice, as zstd allows.
    let frame: [UInt8] = [
      0x28, 0xB5, 0x2F, 0xFD, 0x04, 0x58, 0x31, 0x00, 0x00, 0x68, 0x65, 0x6C, 0x6C, 0x6F, 0x0A,
      0x53, 0x88, 0xBD, 0x91,
    ]
    let file = try folder.write("a.txt.zst", frame + frame)
    #expect(texts(try read([file]).documents) == ["hello\nhello\n"])
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: realCorpora), "no real corpora here"))
  func realCorporaAreReadToTheEnd() throws {
    for (file, megabytes) in [("en.jsonl.zst", 21.7), ("zh.jsonl.zst", 13.1)] {
      let report = try DocumentReader.survey(
        CorpusDefinition(name: "c", files: ["\(realCorpora)/\(file)"]))
      #expect(report.skippedCount == 0)
      // Their README gives the size to one decimal.
      #expect(abs(Double(report.bytes) / 1e6 - megabytes) < 0.06)
    }
  }
}
