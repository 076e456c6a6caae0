import CPluginABI
import PluginBridges
import PluginSDK
import Testing

/// A batch gives what its texts give alone, whatever a plugin's table has.
struct TokenizerBatchTests {
  static let texts: [[UInt8]] = [
    [], [0], Array("plain".utf8), [], [0xFF, 0xC3, 0x28, 0x00], [UInt8](repeating: 7, count: 5000),
    [],
  ]

  /// Each byte three times; it fails on 13, and has no function for batches.
  private static func single() -> cpt_tokenizer_table {
    unsafe cpt_tokenizer_table(
      struct_size: MemoryLayout<cpt_tokenizer_table>.size,
      train: { _, _, instance, _ in
        unsafe instance?.pointee = Nothing.pointer
        return cpt_status(CPT_OK)
      },
      load: { _, _, _, _, _ in cpt_status(CPT_UNSUPPORTED) },
      save: { _, _, _ in cpt_status(CPT_OK) },
      vocabulary_size: { _ in 256 },
      encode: { _, bytes, length, ids, capacity, count, _ in
        for index in 0..<length where unsafe bytes?[index] == 13 {
          return cpt_status(CPT_CORRUPT_DATA)
        }
        unsafe count?.pointee = 3 * length
        guard capacity >= 3 * length else { return cpt_status(CPT_BUFFER_TOO_SMALL) }
        for index in 0..<3 * length { unsafe ids?[index] = Int32(bytes?[index / 3] ?? 0) }
        return cpt_status(CPT_OK)
      },
      decode: { _, _, _, _, _ in cpt_status(CPT_OK) },
      destroy: { _ in }, encode_batch: nil)
  }

  /// The same with a function for batches that keeps the rules.
  private static func batched() -> cpt_tokenizer_table {
    var table = single()
    unsafe table.encode_batch = { _, bytes, offsets, documents, ids, capacity, counts, _ in
      guard let offsets = unsafe offsets, unsafe offsets[0] == 0, documents >= 1 else {
        return cpt_status(CPT_INTERNAL)
      }
      for document in 0..<documents {
        unsafe counts?[document] = 3 * (offsets[document + 1] - offsets[document])
      }
      let length = unsafe offsets[documents]
      for index in 0..<length where unsafe bytes?[index] == 13 {
        return cpt_status(CPT_CORRUPT_DATA)
      }
      guard capacity >= 3 * length else { return cpt_status(CPT_BUFFER_TOO_SMALL) }
      for index in 0..<3 * length { unsafe ids?[index] = Int32(bytes?[index / 3] ?? 0) }
      return cpt_status(CPT_OK)
    }
    return table
  }

  private func tokenizer(_ table: cpt_tokenizer_table) throws -> any Tokenizer {
    try LoadedTokenizerFactory(HandMadePlugin(.tokenizer, table).load())
      .train(on: ListedDocuments([]), options: OptionValues())
  }

  private func failure(
    of table: cpt_tokenizer_table, on texts: [[UInt8]] = Self.texts
  ) throws -> PluginError {
    let tokenizer = try tokenizer(table)
    return try #require(
      #expect(throws: PluginError.self) { try tokenizer.encode(batch: ConcatenatedLists(texts)) })
  }

  @Test(arguments: [false, true])
  func aBatchEqualsItsTexts(hasFunction: Bool) throws {
    let tokenizer = try tokenizer(hasFunction ? Self.batched() : Self.single())
    let batches: [[[UInt8]]] = [Self.texts, [], [[]], [[], []], [[5]], Self.texts.reversed()]
    for texts in batches {
      let ids = try tokenizer.encode(batch: ConcatenatedLists(texts))
      #expect(ids.map(Array.init) == (try texts.map { try tokenizer.encode($0) }))
    }
  }

  @Test func aSwiftTypeEncodesABatchThroughItsTable() throws {
    let factory = try LoadedTokenizerFactory(
      try unsafe loaded("specimen", .tokenizer) { host, plugin, error in
        unsafe exportTokenizer(SpecimenTokenizer.self, host, plugin, error)
      })
    let tokenizer = try factory.train(
      on: ListedDocuments(["a"]), options: OptionValues(["need": .integer(1)]))
    let ids = try tokenizer.encode(batch: ConcatenatedLists(Self.texts))
    #expect(ids.map(Array.init) == (try Self.texts.map { try tokenizer.encode($0) }))
    #expect(try tokenizer.decode(batch: ids).map(Array.init) == Self.texts)
    let error = #expect(throws: PluginError.self) {
      try tokenizer.decode(batch: ConcatenatedLists([[1], [2, 0], [3]]))
    }
    #expect(error?.batchIndex == 1)
  }

  @Test(arguments: [false, true])
  func anErrorIsThatOfTheTextAloneAndSaysWhich(hasFunction: Bool) throws {
    let error = try failure(
      of: hasFunction ? Self.batched() : Self.single(), on: Self.texts + [[1, 13], [13]])
    #expect(error.batchIndex == Self.texts.count)
    #expect(
      error.description
        == "plugin 'hand-made': encode failed with the status 'corruptData' and gave no reason")
  }

  @Test func aFailureThatNoTextHasAloneIsThatOfTheBatch() throws {
    var table = Self.batched()
    unsafe table.encode_batch = { _, _, _, _, _, _, _, _ in cpt_status(CPT_OUT_OF_MEMORY) }
    let error = try failure(of: table)
    #expect(error.batchIndex == nil)
    #expect(error.message.hasPrefix("encode_batch failed with the status 'outOfMemory'"))
  }

  @Test func countsThatCannotBeAreRefused() throws {
    var table = Self.batched()
    unsafe table.encode_batch = { _, _, _, documents, _, _, counts, _ in
      for document in 0..<documents { unsafe counts?[document] = -1 }
      return cpt_status(CPT_OK)
    }
    #expect(
      try failure(of: table).message == "encode_batch says there are -1 ids of 0 bytes")
    unsafe table.encode_batch = { _, _, _, documents, _, _, counts, _ in
      for document in 0..<documents { unsafe counts?[document] = Int.max }
      return cpt_status(CPT_OK)
    }
    #expect(
      try failure(of: table).message
        == "encode_batch says there are \(Int.max) ids of 0 bytes")
    unsafe table.encode_batch = { _, _, _, _, _, _, _, _ in cpt_status(CPT_OK) }
    #expect(
      try failure(of: table).message == "encode_batch says there are -1 ids of 0 bytes")
  }

  @Test func idsThatDoNotFitAreRefusedUnlessItSaysSo() throws {
    var table = Self.batched()
    unsafe table.encode_batch = { _, _, offsets, documents, _, _, counts, _ in
      for document in 0..<documents { unsafe counts?[document] = 60 }
      return cpt_status(CPT_OK)
    }
    #expect(
      try failure(of: table, on: [[1], [2]]).message
        == "encode_batch counts 120 ids for room for 2, and says that they are there")
    unsafe table.encode_batch = { _, _, _, documents, _, capacity, counts, _ in
      for document in 0..<documents { unsafe counts?[document] = capacity }
      return cpt_status(CPT_BUFFER_TOO_SMALL)
    }
    #expect(
      try failure(of: table, on: [[1], [2]]).message
        == "encode_batch asks for more room than it asked for before")
  }

  @Test func idsOutsideTheVocabularyAreAnError() throws {
    var table = Self.batched()
    unsafe table.vocabulary_size = { _ in 7 }
    let error = try failure(of: table, on: [[1], [6], [7], [8]])
    #expect(error.message == "encode gave the id 7, outside 0 ..< 7")
    #expect(error.batchIndex == 2)
  }

  @Test(arguments: [[], [1, 5], [0, 4], [0, 6], [0, 3, 2, 5], [0, -1, 5]])
  func offsetsThatAreNoneAreRefused(offsets: [Int]) {
    #expect(ConcatenatedLists(elements: [1, 2, 3, 4, 5], offsets: offsets) == nil)
  }
}
