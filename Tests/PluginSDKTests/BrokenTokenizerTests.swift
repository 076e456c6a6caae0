import CPluginABI
import PluginBridges
import PluginSDK
import Testing

/// A table that breaks the ABI's rules is one clear error, whatever it does.
struct BrokenTokenizerTests {
  /// A table that keeps the rules: byte by byte, no state.
  private static func honest() -> cpt_tokenizer_table {
    unsafe cpt_tokenizer_table(
      struct_size: MemoryLayout<cpt_tokenizer_table>.size,
      train: { _, _, instance, _ in
        unsafe instance?.pointee = Nothing.pointer
        return cpt_status(CPT_OK)
      },
      load: { _, _, _, instance, _ in
        unsafe instance?.pointee = Nothing.pointer
        return cpt_status(CPT_OK)
      },
      save: { _, _, _ in cpt_status(CPT_OK) },
      vocabulary_size: { _ in 256 },
      encode: { _, bytes, length, ids, capacity, count, _ in
        unsafe count?.pointee = length
        guard length <= capacity else { return cpt_status(CPT_BUFFER_TOO_SMALL) }
        for index in 0..<length { unsafe ids?[index] = Int32(bytes?[index] ?? 0) }
        return cpt_status(CPT_OK)
      },
      decode: { _, _, _, _, _ in cpt_status(CPT_OK) },
      destroy: { _ in }, encode_batch: nil)
  }

  private func tokenizer(
    _ table: cpt_tokenizer_table, byteCount: Int? = nil
  ) throws -> any Tokenizer {
    try LoadedTokenizerFactory(
      HandMadePlugin(.tokenizer, table, byteCount: byteCount).load()
    ).train(on: ListedDocuments([]), options: OptionValues())
  }

  private func message(_ call: () throws -> Void) throws -> String {
    let error = try #require(#expect(throws: PluginError.self) { try call() })
    #expect(error.plugin == "hand-made")
    return error.message
  }

  @Test func honestTableWorks() throws {
    #expect(try tokenizer(Self.honest()).encode([1, 2, 255]) == [1, 2, 255])
  }

  @Test func missingFunctionsAreNamed() throws {
    var table = Self.honest()
    unsafe table.save = nil
    unsafe table.encode = nil
    #expect(
      try message { _ = try tokenizer(table) }
        == "its tokenizer table lacks 'save', 'encode': every function not marked [nullable] is "
        + "needed")
  }

  /// Every size that a table can claim, honest or not.
  @Test(arguments: 0...96)
  func tableOfAnySizeIsReadOrRefused(byteCount: Int) throws {
    // Every function but the last, which may be missing.
    let size = unsafe MemoryLayout<cpt_tokenizer_table>.offset(of: \.encode_batch) ?? 0
    if byteCount >= size && byteCount.isMultiple(of: 8) {
      #expect(try tokenizer(Self.honest(), byteCount: byteCount).vocabularySize == 256)
    } else {
      let text = try message { _ = try tokenizer(Self.honest(), byteCount: byteCount) }
      #expect(text.contains("lacks") || text.contains("struct_size"))
    }
  }

  @Test func instanceThatWasNotStoredIsAnError() throws {
    var table = Self.honest()
    unsafe table.train = { _, _, _, _ in cpt_status(CPT_OK) }
    #expect(
      try message { _ = try tokenizer(table) } == "train succeeded but stored no instance")
  }

  @Test func failureOfTheDocumentsIsNoticedThoughThePluginOverlooksIt() throws {
    var table = Self.honest()
    unsafe table.train = { _, documents, instance, _ in
      guard let documents = unsafe documents?.pointee else { return cpt_status(CPT_INTERNAL) }
      var document = unsafe cpt_text()
      _ = unsafe documents.next?(documents.context, &document)
      unsafe instance?.pointee = Nothing.pointer
      return cpt_status(CPT_OK)
    }
    let factory = try LoadedTokenizerFactory(HandMadePlugin(.tokenizer, table).load())
    let failure = PluginError(.unknown, "disk on fire")
    #expect(throws: failure) {
      try factory.train(on: ListedDocuments([], failure: failure), options: OptionValues())
    }
  }

  @Test(arguments: [0, -1, Int32.min])
  func vocabularyWithoutIdsIsAnError(size: Int32) throws {
    var table = Self.honest()
    if size == 0 { unsafe table.vocabulary_size = { _ in 0 } }
    if size == -1 { unsafe table.vocabulary_size = { _ in -1 } }
    if size == .min { unsafe table.vocabulary_size = { _ in .min } }
    #expect(
      try message { _ = try tokenizer(table) }
        == "vocabulary_size returned \(size); from 1 to 16777216 are allowed")
  }

  @Test func idsOutsideTheVocabularyAreAnError() throws {
    var table = Self.honest()
    unsafe table.vocabulary_size = { _ in 100 }
    #expect(
      try message { _ = try tokenizer(table).encode([99, 100]) }
        == "encode gave the id 100, outside 0 ..< 100")
  }

  @Test func countBeyondTheRoomIsAnError() throws {
    var table = Self.honest()
    unsafe table.encode = { _, _, _, _, _, count, _ in
      unsafe count?.pointee = 1 << 40
      return cpt_status(CPT_OK)
    }
    #expect(
      try message { _ = try tokenizer(table).encode([1, 2, 3]) }
        == "encode says it wrote 1099511627776 ids into room for 3")
  }

  @Test func roomGrowsToWhatIsAskedFor() throws {
    var table = Self.honest()
    unsafe table.encode = { _, _, length, ids, capacity, count, _ in
      unsafe count?.pointee = 3 * length
      guard capacity >= 3 * length else { return cpt_status(CPT_BUFFER_TOO_SMALL) }
      for index in 0..<3 * length { unsafe ids?[index] = 7 }
      return cpt_status(CPT_OK)
    }
    #expect(try tokenizer(table).encode([1, 2]) == [7, 7, 7, 7, 7, 7])
  }

  @Test func roomThatIsNeverEnoughIsAnError() throws {
    var table = Self.honest()
    unsafe table.encode = { _, _, _, _, capacity, count, _ in
      unsafe count?.pointee = capacity + 1
      return cpt_status(CPT_BUFFER_TOO_SMALL)
    }
    #expect(
      try message { _ = try tokenizer(table).encode([1]) }
        == "encode asks for room for 3 ids after it asked for 2")
  }

  @Test func statusOutsideTheListIsUnknown() throws {
    var table = Self.honest()
    unsafe table.decode = { _, _, _, _, _ in -77 }
    #expect(
      throws: PluginError(
        .unknown, "decode returned the status -77, which the ABI does not know",
        plugin: "hand-made")
    ) { try tokenizer(table).decode([1]) }
  }

  @Test func failureWithoutWordsNamesTheFunction() throws {
    var table = Self.honest()
    unsafe table.save = { _, _, _ in cpt_status(CPT_OUT_OF_MEMORY) }
    #expect(
      throws: PluginError(
        .outOfMemory, "save failed with the status 'outOfMemory' and gave no reason",
        plugin: "hand-made")
    ) { try tokenizer(table).save() }
  }

  @Test func bytesThatAreNullAreRefusedByTheSink() throws {
    var table = Self.honest()
    unsafe table.save = { _, sink, _ in
      guard let sink = unsafe sink?.pointee else { return cpt_status(CPT_INTERNAL) }
      return unsafe sink.write?(sink.context, nil, 5) ?? cpt_status(CPT_INTERNAL)
    }
    #expect(throws: PluginError.self) { try tokenizer(table).save() }
  }
}

/// The entry function's own answer is checked before anything of it is used.
struct BrokenEntryTests {
  private func message(_ plugin: HandMadePlugin) throws -> String {
    try #require(#expect(throws: PluginError.self) { try plugin.load() }).message
  }

  @Test func otherMajorVersionNamesBothSides() throws {
    var plugin = HandMadePlugin(.tokenizer, cpt_tokenizer_table())
    plugin.abiMajor = 2
    #expect(
      try message(plugin)
        == "speaks plugin ABI 2.0, this host 1.0: rebuild it against these headers or update the "
        + "host")
  }

  @Test(arguments: [(3, "optimizer"), (99, "unknown (99)")] as [(UInt32, String)])
  func otherKindThanTheRecordIsAnError(kind: UInt32, name: String) throws {
    var plugin = HandMadePlugin(.tokenizer, cpt_tokenizer_table())
    plugin.declaredKind = kind
    #expect(
      try message(plugin)
        == "its record says tokenizer, but its entry function hands over the kind \(name)")
  }

  @Test func missingTableIsAnError() throws {
    var plugin = HandMadePlugin(.tokenizer, cpt_tokenizer_table())
    unsafe plugin.table = nil
    #expect(try message(plugin) == "its entry function hands over no table")
  }

  @Test func swiftPluginRefusesAnotherHost() throws {
    var host = unsafe cpt_host()
    unsafe host.struct_size = MemoryLayout<cpt_host>.size
    unsafe host.abi_major = 9
    var plugin = unsafe cpt_plugin()
    unsafe plugin.struct_size = MemoryLayout<cpt_plugin>.size
    let status = unsafe exportTokenizer(SpecimenTokenizer.self, &host, &plugin, nil)
    #expect(status == cpt_status(CPT_UNSUPPORTED))
    #expect(unsafe plugin.table == nil)
  }

  @Test func swiftPluginWorksWithAHostThatOffersNothing() throws {
    var host = unsafe cpt_host()
    unsafe host.struct_size = 16  // size, major and minor: a host without a single service
    unsafe host.abi_major = UInt32(CPT_ABI_MAJOR)
    var plugin = unsafe cpt_plugin()
    unsafe plugin.struct_size = MemoryLayout<cpt_plugin>.size
    #expect(
      unsafe exportDataMixer(SpecimenMixer.self, &host, &plugin, nil) == cpt_status(CPT_OK))
    #expect(unsafe plugin.table != nil)
  }

  @Test func secondTypeOfOneKindIsRefused() throws {
    let host = ExportedHostServices(SilentHost())
    var plugin = unsafe cpt_plugin()
    unsafe plugin.struct_size = MemoryLayout<cpt_plugin>.size
    var error: UnsafeMutablePointer<cpt_error>?
    _ = unsafe exportDataMixer(SpecimenMixer.self, host.pointer, &plugin, &error)
    let status = unsafe exportDataMixer(OtherMixer.self, host.pointer, &plugin, &error)
    #expect(status == cpt_status(CPT_INTERNAL))
    let object = try unsafe #require(error)
    let length = unsafe object.pointee.message.length
    unsafe object.pointee.release(object)
    #expect(length > 0)
  }
}

/// A second mixer.
private struct OtherMixer: DataMixerPlugin {
  static let options: [OptionDeclaration] = []
  let sources = ["a"]

  init(options: OptionValues, host: any HostServices) {}

  func weights(at progress: MixingProgress) -> [Double] { [1] }
}
