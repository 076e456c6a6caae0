import Foundation
import GraphLanguage
import Graphs
import Logging
import PluginHost
import PluginSDK
import TestFolders
import Testing

/// Plugins built with the headers of any version, older or newer, work in this host.
@Suite(.enabled(if: CCompiler.isThere, "there is no C compiler")) struct KeptPluginTests {
  static let versions = KeptPlugins.versions
  static let headers: [KeptPlugins.Headers] =
    versions.map { .kept($0) } + [.current, .grown]

  @Test(arguments: versions, headers)
  func tokenizerWorks(version: String, headers: KeptPlugins.Headers) throws {
    let plugin = try KeptPlugins(version, "tokenizer", headers)
    let factory = try plugin.registry.tokenizer(named: "kept-tokenizer")
    let tokenizer = try factory.train(on: Documents(["a", "bc"]), options: OptionValues())
    #expect(try tokenizer.encode([0, 255]) == [3, 258])
    #expect(try tokenizer.decode([3, 258]) == [0, 255])
    #expect(
      try tokenizer.encode(batch: ConcatenatedLists([[0], [], [1, 255]]))
        == ConcatenatedLists([[3], [], [4, 258]]))
    #expect(tokenizer.vocabularySize == 259)
    #expect(try tokenizer.save() == [2])
    let options = OptionValues(["offset": .integer(7)])
    #expect(try factory.load(model: [9], options: options).encode([1]) == [8])
    #expect(
      throws: PluginError(
        .corruptData, "the model must have one byte", plugin: "kept-tokenizer")
    ) { try factory.load(model: [], options: options) }
  }

  @Test(arguments: versions, headers)
  func architectureWorks(version: String, headers: KeptPlugins.Headers) throws {
    let plugin = try KeptPlugins(version, "architecture", headers)
    let factory = try plugin.registry.architecture(named: "kept-architecture")
    let dimensions = ModelDimensions(vocabulary: 10, context: 4)
    let shape = try factory.shape(near: 60, options: OptionValues(), dimensions: dimensions)
    #expect(shape["width"] == .integer(6))
    let model = try factory.make(options: shape, dimensions: dimensions)
    #expect(try model.parameterCount == ParameterCount(total: 60, embedding: 60))
    let graph = Graph()
    let losses = try model.describe(
      tokens: graph.addInput("tokens", [2, 4], .int32),
      targets: graph.addInput("targets", [2, 4], .int32), in: graph)
    #expect(losses.shape == [8])
    #expect(graph.variables.map(\.shape) == [[10, 6]])
  }

  @Test(arguments: versions, headers)
  func optimizerWorks(version: String, headers: KeptPlugins.Headers) throws {
    let plugin = try KeptPlugins(version, "optimizer", headers)
    let optimizer = try plugin.registry.optimizer(named: "kept-optimizer")
      .make(options: OptionValues())
    let info = ParameterInfo(name: "weight", shape: [4, 3], decays: true)
    #expect(
      try optimizer.states(for: info) == [OptimizerState("velocity", [4, 3], initialValue: 0.5)])
    let graph = Graph()
    func input(_ name: String, _ shape: Shape) -> Value { graph.addInput(name, shape, .float32) }
    let results = try optimizer.describe(
      UpdateInputs(
        parameter: input("parameter", [4, 3]), gradient: input("gradient", [4, 3]),
        states: [input("velocity", [4, 3])], step: input("step", .scalar),
        learningRate: input("rate", .scalar)),
      of: info, in: graph)
    #expect(results.parameter.shape == [4, 3])
  }

  @Test(arguments: versions, headers)
  func dataMixerWorks(version: String, headers: KeptPlugins.Headers) throws {
    let plugin = try KeptPlugins(version, "data_mixer", headers)
    let shares = [CorpusShare(corpus: "a", share: 3), CorpusShare(corpus: "b", share: 1)]
    let mixer = try plugin.registry.dataMixer(named: "kept-mixer")
      .make(options: OptionValues(["weights": .shares(shares)]))
    #expect(mixer.sources == ["a", "b"])
    #expect(
      try mixer.weights(
        at: MixingProgress(tokensDrawn: 1, tokensPlanned: 2, sourceTokensDrawn: [1, 0]))
        == [0.75, 0.25])
  }

  @Test(arguments: versions, headers)
  func scalingLawWorks(version: String, headers: KeptPlugins.Headers) throws {
    let plugin = try KeptPlugins(version, "scaling_law", headers)
    let law = try plugin.registry.scalingLaw(named: "kept-law").make(options: OptionValues())
    #expect(law.variables == ["D"])
    #expect(law.parameters.map(\.name) == ["E", "A"])
    #expect(
      try law.predict([1, 4], at: [[2, 8]], wantsGradients: true)
        == LawPrediction(losses: [3, 1.5], gradients: [1, 0.5, 1, 0.125]))
    #expect(try law.optimum([1, 4], compute: 60) == Allocation(parameters: 1, tokens: 10))
  }

  @Test func everyVersionKeepsAPluginOfEachKind() throws {
    #expect(!Self.versions.isEmpty)
    for version in Self.versions {
      let plugins = KeptPlugins.folder.appending(path: "\(version)/plugins")
      let names = try FileManager.default.contentsOfDirectory(
        atPath: plugins.path(percentEncoded: false))
      #expect(names.count == PluginKind.ofLibraries.count)
    }
  }
}

/// A plugin whose source is kept, built with some headers.
struct KeptPlugins {
  enum Headers: Sendable, CustomTestStringConvertible {
    /// Those of a version that is kept.
    case kept(String)
    case current
    /// The current ones as a later version may have them: every size-prefixed struct is larger.
    case grown

    var testDescription: String {
      switch self {
      case .kept(let version): "headers \(version)"
      case .current: "current headers"
      case .grown: "grown headers"
      }
    }
  }

  static let folder = ProjectFolders.repository.appending(path: "Tests/PluginSDKTests/ABI")
  static let versions =
    ((try? FileManager.default.contentsOfDirectory(
      atPath: folder.path(percentEncoded: false))) ?? [])
    .filter { !$0.hasSuffix(".txt") }.sorted()

  private let library: TemporaryFolder
  let registry: PluginRegistry

  /// Builds the plugin of a version and kind.
  init(_ version: String, _ kind: String, _ headers: Headers) throws {
    library = try TemporaryFolder()
    let include: URL
    switch headers {
    case .kept(let version): include = Self.folder.appending(path: "\(version)/include")
    case .current: include = CCompiler.headers
    case .grown:
      include = library.url.appending(path: "include")
      try Self.grow(into: include)
    }
    try CCompiler.build(
      Self.folder.appending(path: "\(version)/plugins/\(kind).c").path(percentEncoded: false),
      headers: include, to: library.path("\(kind).so"))
    registry = BuiltPlugins.registry(library.path)
  }

  /// Copies the headers and puts more members behind the last of every size-prefixed struct.
  private static func grow(into folder: URL) throws {
    try FileManager.default.copyItem(at: CCompiler.headers, to: folder)
    var grown = 0
    let names = try FileManager.default.subpathsOfDirectory(
      atPath: folder.path(percentEncoded: false))
    for name in names where name.hasSuffix(".h") {
      let file = folder.appending(path: name)
      let text = try String(contentsOf: file, encoding: .utf8)
      let larger = text.replacing(/(?s)(\{\s*size_t struct_size;.*?)(\n\} \w+;)/) { match in
        grown += 1
        return "\(match.1)\n  void (*later)(void *);\n  double more[3];\(match.2)"
      }
      try larger.write(to: file, atomically: true, encoding: .utf8)
    }
    try #require(grown >= 20, "\(grown) structs were found in the headers")
  }
}

/// Documents from a list.
private final class Documents: DocumentSource {
  private var rest: [[UInt8]]
  let byteCount: Int

  init(_ texts: [String]) {
    rest = texts.map { Array($0.utf8) }
    byteCount = texts.reduce(0) { $0 + $1.utf8.count }
  }

  func next() -> [UInt8]? { rest.isEmpty ? nil : rest.removeFirst() }
}
