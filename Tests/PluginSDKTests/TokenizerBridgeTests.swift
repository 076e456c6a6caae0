import CPluginABI
import PluginBridges
import PluginSDK
import Testing

/// A Swift tokenizer gives the same through its C table as without it.
///
/// One test after the other: a plugin has one host to write to, whichever test asked for it last.
@Suite(.serialized) struct TokenizerBridgeTests {
  static let need = OptionValues(["need": .integer(1)])

  private func factory(
    host: any HostServices = SilentHost()
  ) throws -> LoadedTokenizerFactory {
    try LoadedTokenizerFactory(
      try unsafe loaded("specimen", .tokenizer, host: host) { host, plugin, error in
        unsafe exportTokenizer(SpecimenTokenizer.self, host, plugin, error)
      })
  }

  @Test(
    arguments: [
      [], [0], Array("plain".utf8), [0xFF, 0xC3, 0x28, 0x00], Array(repeating: 7, count: 100_000),
    ] as [[UInt8]])
  func encodesAndDecodesAsTheTypeItWraps(bytes: [UInt8]) throws {
    let documents = ["a", "", "c"]
    let throughTable = try factory().train(on: ListedDocuments(documents), options: Self.need)
    let direct = try DirectTokenizerFactory(SpecimenTokenizer.self, name: "specimen")
      .train(on: ListedDocuments(documents), options: Self.need)
    let ids = try throughTable.encode(bytes)
    #expect(ids == (try direct.encode(bytes)))
    #expect(try throughTable.decode(ids) == bytes)
    #expect(throughTable.vocabularySize == direct.vocabularySize)
  }

  @Test func documentsArriveInOrderAndWhole() throws {
    let documents = ["first", "", "drítt", String(repeating: "x", count: 70_000)]
    let tokenizer = try factory().train(on: ListedDocuments(documents), options: Self.need)
    let model = String(decoding: try tokenizer.save(), as: UTF8.self)
    #expect(model.hasPrefix("4 70011 [5, 0, 6, 70000] "))
  }

  @Test func savedModelReadsBackAsTheSameTokenizer() throws {
    let factory = try factory()
    let trained = try factory.train(on: ListedDocuments(["a", "b"]), options: Self.need)
    let model = try trained.save()
    let read = try factory.load(model: model, options: Self.need)
    #expect(try read.save() == model)
    #expect(read.vocabularySize == trained.vocabularySize)
  }

  @Test func errorsKeepStatusAndWordsAndNameThePlugin() throws {
    let factory = try factory()
    #expect(
      throws: PluginError(
        .corruptData, "the model has no shift: train it again", plugin: "specimen")
    ) { try factory.load(model: [0xFF], options: Self.need) }
    let tokenizer = try factory.train(on: ListedDocuments([]), options: Self.need)
    #expect(
      throws: PluginError(
        .invalidArgument, "the id 256 lies outside 0 ..< 256", plugin: "specimen")
    ) { try tokenizer.decode([1, 256]) }
  }

  @Test func failureOfTheDocumentsReachesTheCallerInItsOwnWords() throws {
    let documents = ListedDocuments(["a", "b"], failure: PluginError(.unknown, "disk on fire"))
    #expect(throws: PluginError(.unknown, "disk on fire")) {
      try factory().train(on: documents, options: Self.need)
    }
  }

  @Test func hostServicesWorkThroughTheirTable() throws {
    let host = RecordingHost()
    _ = try factory(host: host).train(on: ListedDocuments(["ab", "c"]), options: Self.need)
    #expect(
      host.lines == [
        "info: document of 2", "progress 0.75 reading", "info: document of 1",
        "progress 1.0 reading",
      ])
    host.cancel()
    #expect(throws: PluginError(.cancelled, "stopped after 0", plugin: "specimen")) {
      try factory(host: host).train(on: ListedDocuments(["ab"]), options: Self.need)
    }
  }
}
