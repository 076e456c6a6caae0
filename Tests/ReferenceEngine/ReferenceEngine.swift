import GraphLanguage
package import Graphs

/// An engine over the reference interpreter: float64 inside, float32 only on the way in and out.
package struct ReferenceEngine: Engine {
  package init() {}

  package var description: String { "reference interpreter, float64, one thread" }

  package var threads: Int { 1 }

  /// A session takes the thread of its caller, so that sessions can work beside one another.
  package func beside(_ share: ThreadShare) -> any Engine { self }

  package func measurePeak() -> Double? { nil }

  /// Every value is kept for the length of a run, as float64.
  package func workingByteCount(
    of graphs: [Graph], _ options: CompileOptions
  ) throws(EngineError) -> Int {
    graphs.map { graph in
      graph.values.reduce(0) { $0 + $1.shape.elementCount * MemoryLayout<Double>.size }
    }.max() ?? 0
  }

  package func makeSession(_ variables: [Variable]) throws(EngineError) -> any EngineSession {
    ReferenceSession(variables)
  }
}

/// Variables as float64.
private final class ReferenceSession: EngineSession {
  let variables: [String: Variable]
  var contents: [String: [Double]]

  init(_ variables: [Variable]) {
    self.variables = Dictionary(uniqueKeysWithValues: variables.map { ($0.name, $0) })
    contents = self.variables.mapValues { Array(repeating: 0, count: $0.shape.elementCount) }
  }

  func compile(
    _ graph: Graph, _ options: CompileOptions
  ) throws(EngineError) -> any EngineProgram {
    for variable in graph.variables where variables[variable.name]?.shape != variable.shape {
      throw EngineError(
        "the graph's variable '\(variable.name)' \(variable.shape) is not one of the session's")
    }
    do {
      return ReferenceProgram(graph, try ReferenceInterpreter(graph), self)
    } catch {
      throw EngineError("the graph cannot be decomposed: \(error)")
    }
  }

  func read(_ variable: String) throws(EngineError) -> [Float] {
    guard let content = contents[variable] else {
      throw EngineError("there is no variable '\(variable)'")
    }
    return content.map { Float($0) }
  }

  func write(_ variable: String, _ elements: [Float]) throws(EngineError) {
    guard let content = contents[variable], content.count == elements.count else {
      throw EngineError("there is no variable '\(variable)' of \(elements.count) elements")
    }
    contents[variable] = elements.map { Double($0) }
  }
}

/// A graph over a session's variables.
private final class ReferenceProgram: EngineProgram {
  private let graph: Graph
  private let interpreter: ReferenceInterpreter
  private let session: ReferenceSession

  init(_ graph: Graph, _ interpreter: ReferenceInterpreter, _ session: ReferenceSession) {
    self.graph = graph
    self.interpreter = interpreter
    self.session = session
  }

  /// The judge is not timed.
  var timings: [StepTiming] { [] }

  func run(_ inputs: [String: TensorData]) throws(EngineError) -> [String: TensorData] {
    for input in graph.inputs {
      guard let data = inputs[input.name], data.elementType == input.value.elementType else {
        throw EngineError("the input '\(input.name)' must be \(input.value.elementType)")
      }
    }
    let results = try interpreter.run(
      inputs: inputs.mapValues(\.doubles), variables: session.contents)
    for (name, content) in results.updates { session.contents[name] = content.elements }
    var outputs: [String: TensorData] = [:]
    for output in graph.outputs {
      outputs[output.name] = results.outputs[output.name]?.data(of: output.value.elementType)
    }
    return outputs
  }
}

extension TensorData {
  /// What each element is.
  fileprivate var elementType: ElementType {
    switch self {
    case .float32: .float32
    case .int32: .int32
    }
  }
}
