import Corpora
import Foundation
import PluginSDK
import TestFolders
import Testing

struct TokenCacheTests {
  private let folder: TemporaryFolder
  private let cache: TokenCache

  init() throws {
    folder = try TemporaryFolder()
    cache = TokenCache(folder: "\(folder.path)/cache")
  }

  private func corpus(documents: Int = 200, heldOut: Double = 0.2) throws -> CorpusDefinition {
    let lines = (0..<documents).map { #"{"id": "d\#($0)", "text": "text \#($0)中"}"# }
    let file = try folder.write("c.jsonl", lines.joined(separator: "\n"))
    return CorpusDefinition(name: "c", files: [file], heldOut: heldOut)
  }

  private func tokens(
    of corpus: CorpusDefinition, tokenizer: ByteIDs = ByteIDs(), threads: Int = 2
  ) throws -> TokenizedCorpus {
    try cache.tokens(
      of: corpus, tokenizer: tokenizer, fingerprint: tokenizer.fingerprint(), threads: threads)
  }

  private func shards() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: cache.folder).sorted()
  }

  @Test func bothSidesHoldEveryDocumentOnceAndInOrder() throws {
    let corpus = try corpus()
    let tokenized = try tokens(of: corpus)
    for split in CorpusSplit.allCases {
      var expected: [TokenID] = []
      var reader = try DocumentReader(corpus)
      while let document = try reader.next() {
        if document.isHeldOut(fraction: 0.2) == (split == .heldOut) {
          expected += document.text.map(TokenID.init) + [256]
        }
      }
      let store = tokenized.store(of: split)
      #expect(store.tokens(in: 0..<store.tokenCount) == expected)
      #expect(store.byteCountsAreExact)
    }
    #expect(tokenized.train.documentCount + tokenized.heldOut.documentCount == 200)
    #expect(tokenized.train.byteCount + tokenized.heldOut.byteCount == tokenized.report.bytes)
    #expect(
      tokenized.train.characterCount + tokenized.heldOut.characterCount
        == tokenized.report.characters)
    #expect(tokenized.heldOut.documentCount > 10)
  }

  @Test func threadsChangeNothing() throws {
    let corpus = try corpus()
    let one = try tokens(of: corpus, threads: 1)
    let bytes = try [one.train, one.heldOut].map { try Data(contentsOf: URL(filePath: $0.path)) }
    try FileManager.default.removeItem(atPath: cache.folder)
    let three = try tokens(of: corpus, threads: 3)
    #expect(!three.wasCached)
    #expect(
      try [three.train, three.heldOut].map { try Data(contentsOf: URL(filePath: $0.path)) } == bytes
    )
  }

  /// Documents from 1 byte to many batches, in batches and alone.
  @Test(arguments: [1, 3])
  func batchesGiveTheIdsOfEachDocument(threads: Int) throws {
    let sizes = [1, 7, 65_535, 1, 65_536, 3, 400_000, 20, 30_000, 40_000, 5]
    let texts = sizes.enumerated().map { index, size in
      [UInt8](repeating: UInt8(97 + index), count: size)
    }
    let lines = texts.map { #"{"text": "\#(String(decoding: $0, as: UTF8.self))"}"# }
    let file = try folder.write("sizes.jsonl", lines.joined(separator: "\n"))
    let store = try tokens(of: CorpusDefinition(name: "c", files: [file]), threads: threads).train
    #expect(store.documentCount == texts.count)
    for (index, text) in texts.enumerated() {
      #expect(store.tokens(in: store.document(index)) == text.map(TokenID.init) + [256])
    }
  }

  @Test func batchesAreBoundedAndWhole() {
    let texts = [0, 70_000, 0, 10, 65_526, 1, 0].map { [UInt8](repeating: 1, count: $0) }
    #expect(EncodingBatch.ranges(of: texts) == [0..<2, 2..<5, 5..<7])
    #expect(EncodingBatch.ranges(of: []).isEmpty)
  }

  @Test(arguments: [1, 3])
  func anErrorNamesTheFirstDocumentThatHasOne(threads: Int) throws {
    let corpus = try corpus()
    let error = #expect(throws: PluginError.self) {
      try tokens(of: corpus, tokenizer: ByteIDs(refused: ["text 150", "text 77", "text 9"]))
    }
    #expect(error?.message == "document 10 ('d9') of corpus 'c': refused")
    #expect(try shards().isEmpty)
  }

  @Test func anErrorOfNoOneDocumentNamesTheBatch() throws {
    let error = #expect(throws: PluginError.self) {
      try LosesBatches().encode([[1], [2], [3]], threads: 1) { "texts \($0)" }
    }
    #expect(error?.message == "texts 0...2: the batch is lost")
  }

  @Test func sameWorkIsFoundAgain() throws {
    let corpus = try corpus()
    #expect(try !tokens(of: corpus).wasCached)
    let again = try tokens(of: corpus)
    #expect(again.wasCached)
    #expect(again.report.documents == 200)
    #expect(try shards().count == 3)
  }

  @Test func whateverTokensDependOnGivesANewShard() throws {
    let original = try corpus()
    _ = try tokens(of: original)
    var other = original
    other.heldOut = 0.3
    #expect(try !tokens(of: other).wasCached)
    #expect(try !tokens(of: original, tokenizer: ByteIDs(vocabularySize: 300)).wasCached)
    let options = try ByteIDs().fingerprint(options: OptionValues(["a": .integer(1)]))
    #expect(
      try !cache.tokens(of: original, tokenizer: ByteIDs(), fingerprint: options, threads: 1)
        .wasCached)
    let changed = try corpus(documents: 201)
    #expect(try !tokens(of: changed).wasCached)
  }

  @Test func nameAndPlaceOfAFileDoNotMatter() throws {
    let original = try corpus()
    _ = try tokens(of: original)
    var moved = original
    moved.name = "other"
    moved.files = ["\(folder.path)/moved.jsonl"]
    try FileManager.default.moveItem(atPath: original.files[0], toPath: moved.files[0])
    #expect(try tokens(of: moved).wasCached)
  }

  @Test func damagedShardsAreMadeAgain() throws {
    let corpus = try corpus()
    let first = try tokens(of: corpus)
    var bytes = try Data(contentsOf: URL(filePath: first.train.path))
    let whole = bytes
    bytes[bytes.count / 2] ^= 1
    try bytes.write(to: URL(filePath: first.train.path))
    let second = try tokens(of: corpus)
    #expect(!second.wasCached)
    #expect(try Data(contentsOf: URL(filePath: second.train.path)) == whole)
  }

  @Test func interruptedWorkLeavesNothing() throws {
    struct Interruption: Error {}
    let corpus = try corpus()
    #expect(throws: Interruption.self) {
      try cache.tokens(
        of: corpus, tokenizer: ByteIDs(), fingerprint: ByteIDs().fingerprint(), threads: 1
      ) { _ in throw Interruption() }
    }
    #expect(try shards().isEmpty)
  }

  @Test func leftoversOfKilledWritersAreRemovedAndNothingElse() throws {
    _ = try tokens(of: try corpus())
    let whole = try shards()
    try Data([1]).write(to: URL(filePath: "\(cache.folder)/a.tokens.12-34.partial"))
    cache.removeLeftovers()
    #expect(try shards() == whole)
  }

  @Test func aFileThatChangesWhileItIsReadIsRefused() throws {
    let corpus = try corpus()
    let error = #expect(throws: CorpusError.self) {
      try cache.tokens(
        of: corpus, tokenizer: ByteIDs(), fingerprint: ByteIDs().fingerprint(), threads: 1
      ) { _ in _ = try folder.write("c.jsonl", #"{"text": "other"}"#) }
    }
    #expect(error?.message.contains("changed while it was read") == true)
    #expect(try shards().isEmpty)
  }

  @Test func idsOutsideTheVocabularyAreThePluginsFault() throws {
    let corpus = try corpus()
    let error = #expect(throws: CorpusError.self) {
      try tokens(of: corpus, tokenizer: ByteIDs(shift: 200))
    }
    #expect(error?.code == .unlawfulPlugin)
  }
}

/// A tokenizer whose batches fail as a whole.
private struct LosesBatches: Tokenizer {
  let vocabularySize = 256
  func encode(_ bytes: [UInt8]) -> [TokenID] { bytes.map(TokenID.init) }
  func decode(_ ids: [TokenID]) -> [UInt8] { ids.map(UInt8.init) }
  func save() -> [UInt8] { [] }

  func encode(
    batch texts: ConcatenatedLists<UInt8>
  ) throws(PluginError) -> ConcatenatedLists<TokenID> {
    throw PluginError(.outOfMemory, "the batch is lost")
  }
}
