// B sequences in a batch, T tokens in a sequence, V ids in the vocabulary.

import GraphLanguage
import Graphs
import PluginSDK

/// A model as its architecture describes it for one batch.
struct DescribedModel {
  let graph: Graph
  /// [B · T] float32, nats.
  let losses: Value
  /// [B, T].
  let shape: Shape

  /// Asks the model to describe itself.
  init(_ model: any Architecture, sequences: Int, context: Int) throws {
    graph = Graph()
    shape = [sequences, context]
    let tokens = graph.addInput("tokens", shape, .int32)
    let targets = graph.addInput("targets", shape, .int32)
    losses = try model.describe(tokens: tokens, targets: targets, in: graph)
    try require(
      graph.contains(losses) && losses.elementType == .float32
        && losses.shape == [sequences * context],
      "for tokens \(shape) the losses are \(losses.elementType) \(losses.shape); float32 "
        + "[\(sequences * context)] is needed")
    graph.acceptsParameters = false
  }

  /// The number of elements of all parameters declared.
  var declaredParameterCount: Int {
    graph.variables.reduce(0) { $0 + $1.shape.elementCount }
  }

  /// Adds the mean loss over all targets as the output `loss`.
  func addMeanLoss() throws -> Value {
    let total = try graph.add(.reduce(.sum, axes: [0]), losses)
    let mean = try graph.apply(.divide, total, Float(losses.shape.elementCount))
    graph.addOutput("loss", mean)
    return mean
  }

  /// Makes the graph ready to run, with parameters drawn as they are declared.
  func program(
    on engine: any Engine, random: SeededGenerator
  ) throws -> (session: any EngineSession, program: any EngineProgram) {
    let session = try engine.makeSession(graph.variables)
    let program = try session.compile(graph, CompileOptions())
    var random = random
    for variable in graph.variables {
      try session.write(variable.name, variable.drawn(&random))
    }
    return (session, program)
  }

  /// Tokens in which each id follows another at random, and what follows each.
  func batch(vocabulary: Int, random: inout SeededGenerator) -> [String: TensorData] {
    let count = shape.elementCount
    let ids = (0...count).map { _ in Int32.random(in: 0..<Int32(vocabulary), using: &random) }
    return [
      "tokens": .int32(Array(ids.dropLast())), "targets": .int32(Array(ids.dropFirst())),
    ]
  }
}

extension Variable {
  /// First values, drawn as the initializer says.
  fileprivate func drawn(_ random: inout SeededGenerator) -> [Float] {
    switch initializer {
    case .constant(let value): Array(repeating: value, count: shape.elementCount)
    case .normal(let mean, let deviation):
      (0..<shape.elementCount).map { _ in mean + deviation * Float(random.normal()) }
    case .uniform(let least, let greatest):
      (0..<shape.elementCount).map { _ in Float.random(in: least...greatest, using: &random) }
    }
  }
}

extension [String: TensorData] {
  /// The elements of an output.
  func floats(_ name: String) throws(Breach) -> [Float] {
    guard case .float32(let elements)? = self[name] else {
      throw Breach("the engine gave no output '\(name)'")
    }
    return elements
  }
}

extension Subject<any ArchitectureFactory> {
  /// What a pipeline would fix for the models of a check.
  static var dimensions: ModelDimensions { ModelDimensions(vocabulary: 61, context: 16) }

  /// The sizes of models that are described: numbers of parameters beside the token tables.
  static var targets: [Int] { [4_000, 20_000, 100_000] }

  /// Makes a model from options; where they fix no size, of the smallest one.
  func model(
    _ options: OptionValues, near target: Int = 4_000, dimensions: ModelDimensions = Self.dimensions
  ) throws(PluginError) -> any Architecture {
    let chosen: OptionValues
    do throws(PluginError) {
      chosen = try factory.shape(near: target, options: options, dimensions: dimensions)
    } catch {
      // A model of one size only is made without a choice.
      guard let model = try? factory.make(options: options, dimensions: dimensions) else {
        throw error
      }
      return model
    }
    return try factory.make(options: options.merging(chosen), dimensions: dimensions)
  }

  /// Makes a model of some size with options that the plugin takes.
  func model(near target: Int = 4_000) throws -> any Architecture {
    try made { options throws(PluginError) in try model(options, near: target) }.made
  }
}
