import CPluginABI
import GraphLanguage
import Graphs
import PluginBridges
import PluginSDK
import Testing

/// What a plugin describes through the C table is the graph that it describes without it.
struct GraphBridgeTests {
  static let dimensions = ModelDimensions(vocabulary: 11, context: 4)
  static let width = OptionValues(["width": .integer(6)])

  private func factory() throws -> LoadedArchitectureFactory {
    try LoadedArchitectureFactory(
      try unsafe loaded("specimen", .architecture) { host, plugin, error in
        unsafe exportArchitecture(SpecimenArchitecture.self, host, plugin, error)
      })
  }

  private func describe(_ architecture: any Architecture) throws -> (graph: Graph, losses: Value) {
    let graph = Graph()
    let tokens = graph.addInput("tokens", [2, 4], .int32)
    let targets = graph.addInput("targets", [2, 4], .int32)
    return (graph, try architecture.describe(tokens: tokens, targets: targets, in: graph))
  }

  @Test func architectureDescribesTheSameGraph() throws {
    let direct = try DirectArchitectureFactory(SpecimenArchitecture.self, name: "specimen")
      .make(options: Self.width, dimensions: Self.dimensions)
    let throughTable = try factory().make(options: Self.width, dimensions: Self.dimensions)
    let (one, other) = (try describe(direct), try describe(throughTable))
    #expect(one.graph.nodes.map(\.operation) == other.graph.nodes.map(\.operation))
    #expect(one.graph.nodes.map(\.inputs) == other.graph.nodes.map(\.inputs))
    #expect(one.graph.variables == other.graph.variables)
    #expect(one.losses == other.losses)
    #expect(try direct.parameterCount == throughTable.parameterCount)
  }

  @Test func operationsKeepThePlaceThatAskedForThem() throws {
    let (graph, losses) = try describe(
      try factory().make(options: Self.width, dimensions: Self.dimensions))
    let place = graph.nodes[graph.producers[Int(losses.id)]].location.description
    #expect(place.hasPrefix("PluginSDKTests/Specimens.swift:"))
  }

  @Test func refusalNamesPluginOperationAndPlaceOnce() throws {
    var options = Self.width
    options["broken"] = .boolean(true)
    let architecture = try factory().make(options: options, dimensions: Self.dimensions)
    let error = #expect(throws: PluginError.self) { try describe(architecture) }
    let text = try #require(error).description
    #expect(text.hasPrefix("plugin 'specimen': "))
    #expect(text.components(of: "Specimens.swift:") == 1)
  }

  @Test func shapeComesThroughTheSink() throws {
    let factory = try factory()
    let chosen = try factory.shape(
      near: 12, options: OptionValues(), dimensions: Self.dimensions)
    #expect(chosen == OptionValues(["width": .integer(12)]))
    #expect(
      throws: PluginError(.invalidArgument, "a target of at least 1, please", plugin: "specimen")
    ) { try factory.shape(near: 0, options: OptionValues(), dimensions: Self.dimensions) }
  }

  @Test func chosenOptionsAreCheckedAgainstTheirDeclaration() throws {
    #expect(
      throws: PluginError(
        .invalidArgument, "the option 'width' is 100, but it must be a whole number from 1 to 64",
        plugin: "specimen")
    ) {
      try factory().shape(near: 1000, options: OptionValues(), dimensions: Self.dimensions)
    }
  }

  @Test func dimensionsBelowOneAreRefused() throws {
    let wrong = ModelDimensions(vocabulary: 0, context: 4)
    #expect(throws: PluginError.self) {
      try factory().make(options: Self.width, dimensions: wrong)
    }
  }
}

extension String {
  /// How often a text occurs.
  fileprivate func components(of text: String) -> Int { split(separator: text).count - 1 }
}

/// What an optimizer describes through the C table is the graph that it describes without it.
struct OptimizerBridgeTests {
  private func factory() throws -> LoadedOptimizerFactory {
    try LoadedOptimizerFactory(
      try unsafe loaded("specimen", .optimizer) { host, plugin, error in
        unsafe exportOptimizer(SpecimenOptimizer.self, host, plugin, error)
      })
  }

  private func describe(
    _ optimizer: any Optimizer, name: String = "weight"
  ) throws -> (graph: Graph, results: UpdateResults) {
    let graph = Graph()
    func input(_ name: String, _ shape: Shape) -> Value { graph.addInput(name, shape, .float32) }
    let inputs = UpdateInputs(
      parameter: input("parameter", [3, 2]), gradient: input("gradient", [3, 2]),
      states: [input("average", [3, 2]), input("count", .scalar)], step: input("step", .scalar),
      learningRate: input("rate", .scalar))
    let info = ParameterInfo(name: name, shape: [3, 2], decays: true)
    return (graph, try optimizer.describe(inputs, of: info, in: graph))
  }

  @Test func updateIsTheSameGraph() throws {
    let direct = try DirectOptimizerFactory(SpecimenOptimizer.self, name: "specimen")
      .make(options: OptionValues())
    let throughTable = try factory().make(options: OptionValues())
    let (one, other) = (try describe(direct), try describe(throughTable))
    #expect(one.graph.nodes.map(\.operation) == other.graph.nodes.map(\.operation))
    #expect(one.results == other.results)
  }

  @Test func statesSurvive() throws {
    let info = ParameterInfo(name: "weight", shape: [3, 2, 4], decays: false)
    let optimizer = try factory().make(options: OptionValues())
    #expect(
      try optimizer.states(for: info)
        == [
          OptimizerState("average", [3, 2, 4], initialValue: 0.5),
          OptimizerState("count", .scalar, initialValue: 0),
        ])
  }

  @Test func optimizerCannotDeclareParameters() throws {
    let optimizer = try factory().make(options: OptionValues())
    let error = #expect(throws: PluginError.self) { try describe(optimizer, name: "greedy") }
    #expect(try #require(error).message.contains("only an architecture declares parameters"))
  }
}
