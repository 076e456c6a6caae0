import Foundation
import GraphLanguage
import Graphs
import PluginHost
import PluginSDK
import Testing

/// A plugin in a worker gives what it gives in process, bit for bit and word for word.
@Suite(.enabled(if: BuiltPlugins.areThere)) struct WorkerEqualityTests {
  static let here = BuiltPlugins.registry(BuiltPlugins.folder)
  static let isolated = PluginRegistry.isolated(BuiltPlugins.folder)

  @Test(arguments: OurPluginsTests.plugins)
  func optionsAndIdentityAreThoseInProcess(
    kind: PluginKind, name: String, library: String
  ) throws {
    let options = try Self.isolated.options(of: kind, named: name)
    #expect(options == (try Self.here.options(of: kind, named: name)))
    let loaded = try Self.isolated.library(of: kind, named: name)
    #expect(loaded == (try Self.here.library(of: kind, named: name)))
  }

  @Test(arguments: ["byte-pair", "bytes"])
  func tokenizersTrainEncodeAndSaveAlike(name: String) throws {
    let options = OptionValues(name == "bytes" ? [:] : ["vocabulary": .integer(400)])
    let texts = (0..<200).map { "the \($0)th of many documents, naïve and 数据 \($0 * 7919)" }
    let (one, other) = try both { try $0.tokenizer(named: name) }
    let here = try one.train(on: Texts(texts), options: options)
    let there = try other.train(on: Texts(texts), options: options)
    #expect(there.vocabularySize == here.vocabularySize)
    let model = try there.save()
    #expect(model == (try here.save()))
    let again = try other.load(model: model, options: options)
    let samples: [[UInt8]] =
      [[], [0], Array(0...255), [UInt8](repeating: 97, count: 100_000)]
      + texts.map { Array($0.utf8) }
    for sample in samples {
      let ids = try there.encode(sample)
      #expect(ids == (try here.encode(sample)))
      #expect(ids == (try again.encode(sample)))
      #expect(try there.decode(ids) == sample)
    }
    let batch = ConcatenatedLists(samples)
    let ids = try there.encode(batch: batch)
    #expect(ids == (try here.encode(batch: batch)))
    #expect(ids.map(Array.init) == (try samples.map { try here.encode($0) }))
    #expect(try there.decode(batch: ids) == batch)
  }

  @Test func anErrorInABatchSaysWhereAsHere() throws {
    let (one, other) = try both { try $0.tokenizer(named: "bytes") }
    let lists = ConcatenatedLists<TokenID>([[1, 2], [3, 256], [257]])
    func failure(_ factory: any TokenizerFactory) throws -> PluginError {
      let tokenizer = try factory.train(on: Texts([]), options: OptionValues())
      return try #require(
        #expect(throws: PluginError.self) { try tokenizer.decode(batch: lists) })
    }
    let error = try failure(other)
    #expect(error.batchIndex == 1)
    #expect(error == (try failure(one)))
  }

  @Test func tokenizerErrorsHaveTheSameWords() throws {
    let (one, other) = try both { try $0.tokenizer(named: "byte-pair") }
    let none = OptionValues()
    #expect(
      try words { _ = try other.load(model: [1, 2, 3], options: none) }
        == words { _ = try one.load(model: [1, 2, 3], options: none) })
    let wrong = OptionValues(["vocabulary": .text("many")])
    #expect(
      try words { _ = try other.train(on: Texts(["a"]), options: wrong) }
        == words { _ = try one.train(on: Texts(["a"]), options: wrong) })
    let small = OptionValues(["vocabulary": .integer(300)])
    let here = try one.train(on: Texts(["abcabc"]), options: small)
    let there = try other.train(on: Texts(["abcabc"]), options: small)
    #expect(
      try words { _ = try there.decode([5, 70_000]) }
        == words { _ = try here.decode([5, 70_000]) })
  }

  @Test func failureOfTheDocumentsIsTheErrorOfTraining() throws {
    let (one, other) = try both { try $0.tokenizer(named: "byte-pair") }
    let options = OptionValues(["vocabulary": .integer(300)])
    let here = try words { _ = try one.train(on: BrokenTexts(), options: options) }
    #expect(here.contains("the third document is gone"))
    #expect(try words { _ = try other.train(on: BrokenTexts(), options: options) } == here)
  }

  @Test(arguments: ["llama", "gpt2"])
  func architecturesDescribeTheSameGraph(name: String) throws {
    let dimensions = ModelDimensions(vocabulary: 300, context: 16)
    let (one, other) = try both { try $0.architecture(named: name) }
    let shape = try other.shape(near: 60_000, options: OptionValues(), dimensions: dimensions)
    #expect(
      shape == (try one.shape(near: 60_000, options: OptionValues(), dimensions: dimensions)))
    func described(_ factory: any ArchitectureFactory) throws -> (Graph, ParameterCount, Value) {
      let model = try factory.make(options: shape, dimensions: dimensions)
      let graph = Graph()
      let losses = try model.describe(
        tokens: graph.addInput("tokens", [2, 16], .int32),
        targets: graph.addInput("targets", [2, 16], .int32), in: graph)
      return (graph, try model.parameterCount, losses)
    }
    let (here, there) = (try described(one), try described(other))
    #expect(there.0.nodes == here.0.nodes)
    #expect(there.0.variables == here.0.variables)
    #expect(there.1 == here.1)
    #expect(there.2 == here.2)
  }

  @Test(arguments: ["llama", "gpt2"])
  func shapeErrorNamesTheSameLine(name: String) throws {
    let dimensions = ModelDimensions(vocabulary: 300, context: 16)
    func refusal(_ factory: any ArchitectureFactory) throws -> String {
      let shape = try factory.shape(
        near: 10_000, options: OptionValues(), dimensions: dimensions)
      let model = try factory.make(options: shape, dimensions: dimensions)
      let graph = Graph()
      return try words {
        _ = try model.describe(
          tokens: graph.addInput("tokens", [2, 16], .float32),
          targets: graph.addInput("targets", [2, 16], .int32), in: graph)
      }
    }
    let (one, other) = try both { try $0.architecture(named: name) }
    let here = try refusal(one)
    #expect(here.contains(".swift:"))
    #expect(try refusal(other) == here)
  }

  @Test(arguments: ["adamw", "sgd"])
  func optimizersDescribeTheSameUpdate(name: String) throws {
    let info = ParameterInfo(name: "weight", shape: [4, 3], decays: true)
    func described(_ factory: any OptimizerFactory) throws -> (
      [OptimizerState], Graph, UpdateResults
    ) {
      let optimizer = try factory.make(options: OptionValues())
      let states = try optimizer.states(for: info)
      let graph = Graph()
      func input(_ name: String, _ shape: Shape) -> Value {
        graph.addInput(name, shape, .float32)
      }
      let results = try optimizer.describe(
        UpdateInputs(
          parameter: input("parameter", [4, 3]), gradient: input("gradient", [4, 3]),
          states: states.map { input($0.name, $0.shape) }, step: input("step", .scalar),
          learningRate: input("rate", .scalar)),
        of: info, in: graph)
      return (states, graph, results)
    }
    let (one, other) = try both { try $0.optimizer(named: name) }
    let (here, there) = (try described(one), try described(other))
    #expect(there.0 == here.0)
    #expect(there.1.nodes == here.1.nodes)
    #expect(there.2 == here.2)
    #expect(
      try words { _ = try other.make(options: OptionValues(["rate": .real(1)])) }
        == words { _ = try one.make(options: OptionValues(["rate": .real(1)])) })
  }

  @Test func mixersGiveTheSameWeights() throws {
    let options = OptionValues([
      "target": .text("b"), "replay": .shares([CorpusShare(corpus: "a", share: 0.3)]),
      "final_replay": .real(0.01),
    ])
    let (one, other) = try both { try $0.dataMixer(named: "replay") }
    let (here, there) = (try one.make(options: options), try other.make(options: options))
    #expect(there.sources == here.sources)
    for drawn in 0...100 {
      let progress = MixingProgress(
        tokensDrawn: drawn, tokensPlanned: 100, sourceTokensDrawn: [drawn, 0])
      #expect(
        try there.weights(at: progress).map(\.bitPattern)
          == here.weights(at: progress).map(\.bitPattern))
    }
  }

  @Test(arguments: ["chinchilla", "cpt-extended"])
  func lawsPredictTheSameBits(name: String) throws {
    let (one, other) = try both { try $0.scalingLaw(named: name) }
    let (here, there) = (
      try one.make(options: OptionValues()), try other.make(options: OptionValues())
    )
    #expect(there.variables == here.variables)
    #expect(there.parameters == here.parameters)
    for seed in 1...20 {
      let theta = here.parameters.map { parameter in
        min(max(0.37 * Double(seed) / 7, parameter.bounds.lowerBound), parameter.bounds.upperBound)
      }
      let columns = here.variables.indices.map { column in
        (1...50).map { Double($0 * (column + 1)) * 1e5 }
      }
      let expected = try here.predict(theta, at: columns, wantsGradients: true)
      let found = try there.predict(theta, at: columns, wantsGradients: true)
      #expect(found.losses.map(\.bitPattern) == expected.losses.map(\.bitPattern))
      #expect(found.gradients.map(\.bitPattern) == expected.gradients.map(\.bitPattern))
      #expect(
        try there.predict(theta, at: columns, wantsGradients: false).gradients.isEmpty)
      #expect(
        Result { try there.optimum(theta, compute: 1e18) }.mapError { "\($0)" as Words }
          == Result { try here.optimum(theta, compute: 1e18) }.mapError { "\($0)" as Words })
    }
  }

  /// The same thing from both registries.
  private func both<Factory>(
    _ find: (PluginRegistry) throws -> Factory
  ) rethrows -> (here: Factory, there: Factory) {
    (try find(Self.here), try find(Self.isolated))
  }
}

/// Words as an error that can be compared.
private struct Words: Error, Equatable, ExpressibleByStringInterpolation {
  let text: String
  init(stringLiteral text: String) { self.text = text }
}

/// Documents of which the third cannot be read.
private final class BrokenTexts: DocumentSource {
  private var count = 0
  let byteCount = 100

  func next() throws(PluginError) -> [UInt8]? {
    count += 1
    if count == 3 { throw PluginError(.corruptData, "the third document is gone") }
    return [97, 98, 99]
  }
}
