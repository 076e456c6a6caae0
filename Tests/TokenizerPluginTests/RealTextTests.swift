import BytePair
import Corpora
import Foundation
import PluginSDK
import TestFolders
import Testing

/// Where the project's real text lies, beside the repository.
private let realCorpora = ProjectFolders.sharedData.appending(path: "corpora")
  .path(percentEncoded: false)

@Suite(.enabled(if: FileManager.default.fileExists(atPath: realCorpora), "no real corpora here"))
struct RealTextTests {
  private static func corpus(_ language: String) -> CorpusDefinition {
    CorpusDefinition(name: language, files: ["\(realCorpora)/\(language).jsonl.zst"], heldOut: 0.1)
  }

  @Test func realTextComesBackInFewerTokensThanBytes() throws {
    let documents = try TrainingDocuments(
      [(Self.corpus("en"), 1), (Self.corpus("zh"), 1)], byteLimit: 2_000_000)
    let tokenizer = try BytePairTokenizer.train(
      on: documents, options: OptionValues(["vocabulary": .integer(4096)]), host: QuietHost())
    #expect(tokenizer.vocabularySize == 4096)
    // Byte-level vocabularies of this size are known to reach about 3.5 bytes a token in English
    // and 3 in Chinese; the bounds leave room for the register of these texts.
    for (language, least) in [("en", 3.0), ("zh", 2.5)] {
      var reader = try DocumentReader(Self.corpus(language))
      var (bytes, tokens) = (0, 0)
      while bytes < 300_000, let document = try reader.next() {
        guard document.isHeldOut(fraction: 0.1) else { continue }
        let ids = try tokenizer.encode(document.text)
        #expect(try tokenizer.decode(ids) == document.text)
        bytes += document.text.count
        tokens += ids.count
      }
      #expect(Double(bytes) / Double(tokens) > least, "\(language)")
    }
  }
}
