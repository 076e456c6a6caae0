import Corpora
import Foundation
import PluginSDK
import TestFolders
import Testing

struct TokenStoreTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test(arguments: [256, 65_535, 65_536, 100_000])
  func tokensComeBackWhateverTheWidth(vocabularySize: Int) throws {
    let last = TokenID(vocabularySize - 1)
    let documents: [[TokenID]] = [[1, 2, last], [], [3]]
    let store = try makeStore(
      documents, in: folder, byteLengths: [Int](repeating: 1, count: vocabularySize))
    let end = TokenID(vocabularySize)
    #expect(store.endOfDocument == end)
    #expect(store.vocabulary == vocabularySize + 1)
    #expect(store.tokens(in: 0..<store.tokenCount) == [1, 2, last, end, end, 3, end])
    #expect(store.tokens(in: 2..<4) == [last, end])
    #expect(store.documentCount == 3)
    #expect((0..<3).map(store.document) == [0..<4, 4..<5, 5..<7])
    #expect(store.byteCount == 4)
    try store.verifyContents()
    #expect(try folder.names() == ["store.tokens"])
  }

  @Test func emptyStoresAreStores() throws {
    let store = try makeStore([], in: folder)
    #expect(store.tokenCount == 0)
    #expect(store.sequenceCount(context: 4) == 0)
    try store.verifyContents()
  }

  @Test(arguments: [(1, 0), (4, 0), (5, 1), (8, 1), (9, 2)])
  func sequencesShareOneTokenWithTheNext(tokenCount: Int, sequences: Int) throws {
    let store = try makeStore([[TokenID](repeating: 1, count: tokenCount - 1)], in: folder)
    #expect(store.tokenCount == tokenCount)
    #expect(store.sequenceCount(context: 4) == sequences)
  }

  @Test func byteCountsAreExactWhereLengthsAddUp() throws {
    let store = try makeStore([[1, 2, 3], [4, 5]], in: folder)
    #expect(store.byteCountsAreExact)
    #expect(store.byteCount(in: 0..<store.tokenCount) == 5)
    #expect(store.byteCount(in: 1..<5) == 3)
    let estimated = try makeStore(
      [[1, 2, 3], [4, 5]], in: folder, name: "other.tokens",
      byteLengths: [Int](repeating: 3, count: 256))
    #expect(!estimated.byteCountsAreExact)
    // Five bytes in seven tokens, three of them.
    #expect(abs(estimated.byteCount(in: 1..<4) - 15.0 / 7) < 1e-12)
  }

  @Test(arguments: [TokenID(-1), 256, 70_000])
  func idsOutsideTheVocabularyAreRefused(id: TokenID) {
    let error = #expect(throws: CorpusError.self) { try makeStore([[1, id]], in: folder) }
    #expect(error?.code == .unlawfulPlugin)
  }

  @Test func unfinishedShardsLeaveNothing() throws {
    #expect(throws: CorpusError.self) { try makeStore([[1, 2], [999]], in: folder) }
    #expect(try folder.names() == [])
  }

  @Test func everyTruncationIsRefused() throws {
    let store = try makeStore([[1, 2, 3]], in: folder)
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: store.path)))
    for length in bytes.indices {
      let path = try folder.write("cut.tokens", Array(bytes[..<length]))
      let error = #expect(throws: CorpusError.self, "length \(length)") {
        try TokenStore(path: path)
      }
      #expect(error?.code == .damagedCache)
    }
    let longer = try folder.write("longer.tokens", bytes + [0])
    #expect(throws: CorpusError.self) { try TokenStore(path: longer) }
  }

  @Test func everyChangedBitIsNoticed() throws {
    let store = try makeStore([[1, 2, 3], [9]], in: folder)
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: store.path)))
    for place in bytes.indices {
      var damaged = bytes
      damaged[place] ^= 0x10
      let path = try folder.write("damaged.tokens", damaged)
      #expect(throws: CorpusError.self, "byte \(place)") {
        try TokenStore(path: path).verifyContents()
      }
    }
  }
}
