import GraphLanguage
import Graphs
import PluginSDK

/// An update as its optimizer describes it for one parameter, with everything it reads as an input.
struct DescribedUpdate {
  let graph: Graph
  let info: ParameterInfo
  let states: [OptimizerState]

  /// Asks the optimizer to describe an update.
  init(_ optimizer: any Optimizer, of info: ParameterInfo) throws {
    graph = Graph()
    graph.acceptsParameters = false
    self.info = info
    states = try optimizer.states(for: info)
    let parameter = graph.addInput("parameter", info.shape, .float32)
    let inputs = UpdateInputs(
      parameter: parameter, gradient: graph.addInput("gradient", info.shape, .float32),
      states: states.map { [graph] in graph.addInput("state \($0.name)", $0.shape, .float32) },
      step: graph.addInput("step", .scalar, .float32),
      learningRate: graph.addInput("rate", .scalar, .float32))
    let results = try optimizer.describe(inputs, of: info, in: graph)
    try require(
      results.states.count == states.count,
      "for '\(info.name)' \(info.shape) it declares \(states.count) states and gives "
        + "\(results.states.count)")
    for (new, old) in zip(
      [results.parameter] + results.states, [inputs.parameter] + inputs.states)
    {
      try require(
        graph.contains(new) && new.type == old.type,
        "for '\(info.name)' it turns \(old.type) into \(new.type); an update keeps shape and type")
    }
    graph.addOutput("parameter", results.parameter)
    for (state, value) in zip(states, results.states) {
      graph.addOutput("state \(state.name)", value)
    }
  }

  /// What an update starts from and ends with.
  struct Content: Equatable {
    var parameter: [Float]
    var states: [[Float]]

    /// The bits of every number.
    var bits: [[UInt32]] { ([parameter] + states).map { $0.map(\.bitPattern) } }
    /// Whether every number is finite.
    var isFinite: Bool { ([parameter] + states).allSatisfy { $0.allSatisfy(\.isFinite) } }
  }

  /// A parameter with its states as they begin.
  func fresh(_ parameter: [Float]) -> Content {
    Content(
      parameter: parameter,
      states: states.map { Array(repeating: $0.initialValue, count: $0.shape.elementCount) })
  }

  /// Makes the update ready to run.
  func runner(on engine: any Engine) throws -> Runner {
    let session = try engine.makeSession([])
    return Runner(
      states: states, session: session,
      program: try session.compile(graph, CompileOptions()))
  }

  /// An update that can be run.
  struct Runner {
    fileprivate let states: [OptimizerState]
    fileprivate let session: any EngineSession
    fileprivate let program: any EngineProgram

    /// Runs one update.
    func run(
      _ content: Content, gradient: [Float], step: Int, rate: Float
    ) throws -> Content {
      var inputs: [String: TensorData] = [
        "parameter": .float32(content.parameter), "gradient": .float32(gradient),
        "step": .float32([Float(step)]), "rate": .float32([rate]),
      ]
      for (state, elements) in zip(states, content.states) {
        inputs["state \(state.name)"] = .float32(elements)
      }
      let outputs = try program.run(inputs)
      return Content(
        parameter: try outputs.floats("parameter"),
        states: try states.map { try outputs.floats("state \($0.name)") })
    }
  }
}
