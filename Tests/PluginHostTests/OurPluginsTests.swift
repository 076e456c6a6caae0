import Foundation
import GraphLanguage
import Graphs
import PluginHost
import PluginSDK
import Testing

/// Every plugin of ours loads from its file and keeps its promises through the C ABI.
@Suite(.enabled(if: BuiltPlugins.areThere)) struct OurPluginsTests {
  static let registry = BuiltPlugins.registry(BuiltPlugins.folder)

  static let plugins: [(PluginKind, String, String)] = [
    (.tokenizer, "byte-pair", "BytePair"), (.tokenizer, "bytes", "Bytes"),
    (.architecture, "llama", "Llama"), (.architecture, "gpt2", "GPT2"),
    (.optimizer, "adamw", "AdamW"), (.optimizer, "sgd", "SGD"),
    (.dataMixer, "weighted", "Weighted"), (.dataMixer, "replay", "Replay"),
    (.scalingLaw, "chinchilla", "Chinchilla"), (.scalingLaw, "cpt-extended", "CPTExtended"),
    (.scalingLaw, "power-law", "PowerLaw"), (.scalingLaw, "kaplan", "Kaplan"),
    (.scalingLaw, "hernandez-transfer", "HernandezTransfer"),
    (.scalingLaw, "data-constrained", "DataConstrained"), (.scalingLaw, "d-cpt", "DCPT"),
    (.scalingLaw, "replay-forgetting", "ReplayForgetting"), (.scalingLaw, "farseer", "Farseer"),
  ].filter { FileManager.default.fileExists(atPath: BuiltPlugins.path($0.2)) }

  @Test(arguments: plugins)
  func recordSaysWhatTheFileIs(kind: PluginKind, name: String, library: String) throws {
    let file = try PluginFile(path: BuiltPlugins.path(library))
    #expect(file.identity.kind == kind)
    #expect(file.identity.name == name)
    #expect(file.identity.abiMajor == 1)
    #expect(file.identity.toolchain.contains("Clang"))
    #expect(file.needed.contains { $0.hasPrefix("libswiftCore") })
  }

  @Test(arguments: plugins)
  func loadsAndDeclaresDocumentedOptions(
    kind: PluginKind, name: String, library: String
  ) throws {
    for option in try Self.registry.options(of: kind, named: name) {
      #expect(!option.help.isEmpty)
      #expect(!option.help.contains("\n"))
      #expect(option.name.wholeMatch(of: /[a-z][a-z0-9]*(_[a-z0-9]+)*/) != nil)
    }
    let loaded = try Self.registry.library(of: kind, named: name)
    #expect(loaded.file.path == BuiltPlugins.path(library))
    let (status, output) = try run("/usr/bin/sha256sum", [loaded.file.path])
    #expect(status == 0)
    #expect(output.hasPrefix(loaded.digest + " "))
  }

  @Test(arguments: ["llama", "gpt2"], [10_000, 60_000, 1_000_000])
  func architectureDeclaresWhatItCounts(name: String, target: Int) throws {
    let factory = try Self.registry.architecture(named: name)
    let dimensions = ModelDimensions(vocabulary: 300, context: 16)
    let shape = try factory.shape(near: target, options: OptionValues(), dimensions: dimensions)
    let model = try factory.make(options: shape, dimensions: dimensions)
    let graph = Graph()
    let tokens = graph.addInput("tokens", [2, 16], .int32)
    let targets = graph.addInput("targets", [2, 16], .int32)
    let losses = try model.describe(tokens: tokens, targets: targets, in: graph)
    #expect(losses.shape == [32])
    #expect(
      graph.variables.reduce(0) { $0 + $1.shape.elementCount }
        == (try model.parameterCount.total))
  }

  @Test(arguments: ["adamw", "sgd"])
  func optimizerUpdatesWithinItsStates(name: String) throws {
    let optimizer = try Self.registry.optimizer(named: name).make(options: OptionValues())
    let info = ParameterInfo(name: "weight", shape: [4, 3], decays: true)
    let states = try optimizer.states(for: info)
    let graph = Graph()
    func input(_ name: String, _ shape: Shape) -> Value { graph.addInput(name, shape, .float32) }
    let results = try optimizer.describe(
      UpdateInputs(
        parameter: input("parameter", [4, 3]), gradient: input("gradient", [4, 3]),
        states: states.map { input($0.name, $0.shape) }, step: input("step", .scalar),
        learningRate: input("rate", .scalar)),
      of: info, in: graph)
    #expect(results.states.map(\.shape) == states.map(\.shape))
  }

  @Test func mixersMix() throws {
    let weighted = try Self.registry.dataMixer(named: "weighted").make(
      options: OptionValues([
        "weights": .shares([
          CorpusShare(corpus: "a", share: 3), CorpusShare(corpus: "b", share: 1),
        ])
      ]))
    let progress = MixingProgress(
      tokensDrawn: 5, tokensPlanned: 10, sourceTokensDrawn: [5, 0])
    #expect(try weighted.weights(at: progress) == [0.75, 0.25])
    let replay = try Self.registry.dataMixer(named: "replay").make(
      options: OptionValues([
        "target": .text("b"), "replay": .shares([CorpusShare(corpus: "a", share: 0.5)]),
        "final_replay": .real(0),
      ]))
    #expect(replay.sources == ["b", "a"])
    #expect(try replay.weights(at: progress) == [0.75, 0.25])
  }

  @Test func wrongOptionIsRefusedByName() throws {
    let error = #expect(throws: PluginError.self) {
      try Self.registry.optimizer(named: "adamw").make(
        options: OptionValues(["beta1": .real(1.5)]))
    }
    #expect(
      try #require(error).description
        == "plugin 'adamw': the option 'beta1' is 1.5, but it must be a number from 0.0 to 0.999999"
    )
  }

  @Test func fileIsLoadedOnceFromManyThreads() async throws {
    let registry = BuiltPlugins.registry(BuiltPlugins.folder)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<16 {
        group.addTask {
          let mixer = try registry.dataMixer(named: "weighted").make(
            options: OptionValues([
              "weights": .shares([CorpusShare(corpus: "a", share: 2)])
            ]))
          #expect(mixer.sources == ["a"])
        }
      }
      try await group.waitForAll()
    }
    #expect(registry.libraries.count == 1)
  }
}
