import CPUEngine
import GraphLanguage
import Graphs
import ReferenceEngine
import Testing

/// Where the numbers of a graph are computed.
enum Arithmetic: Sendable, CustomTestStringConvertible {
  /// The reference interpreter, with variables and results in float64 throughout.
  case reference
  /// The CPU engine, in float32.
  case engine(InstructionSet)

  static let all = [.reference] + InstructionSet.available.map(Self.engine)

  var testDescription: String {
    switch self {
    case .reference: "float64"
    case .engine(let instructions): "float32, \(instructions.rawValue)"
    }
  }

  /// Makes a graph ready to run, given the content of its variables.
  func prepare(
    _ graph: Graph, _ content: (Variable) -> [Float]
  ) throws -> any PreparedGraph {
    switch self {
    case .reference: try InterpretedGraph(graph, content)
    case .engine(let instructions): try CompiledGraph(graph, content, instructions)
    }
  }
}

/// A graph with its variables, ready to run.
protocol PreparedGraph {
  /// Runs once and updates the variables; gives the outputs.
  mutating func run(_ inputs: [String: TensorData]) throws -> [String: [Double]]
  func read(_ variable: String) throws -> [Double]
}

private struct InterpretedGraph: PreparedGraph {
  private let interpreter: ReferenceInterpreter
  private var variables: [String: [Double]] = [:]

  init(_ graph: Graph, _ content: (Variable) -> [Float]) throws {
    interpreter = try ReferenceInterpreter(graph)
    for variable in graph.variables {
      variables[variable.name] = content(variable).map { Double($0) }
    }
  }

  mutating func run(_ inputs: [String: TensorData]) throws -> [String: [Double]] {
    let results = try interpreter.run(inputs: inputs.mapValues(\.doubles), variables: variables)
    for (name, content) in results.updates { variables[name] = content.elements }
    return results.outputs.mapValues(\.elements)
  }

  func read(_ variable: String) throws -> [Double] { try #require(variables[variable]) }
}

private struct CompiledGraph: PreparedGraph {
  private let session: any EngineSession
  private let program: any EngineProgram

  init(
    _ graph: Graph, _ content: (Variable) -> [Float], _ instructions: InstructionSet
  ) throws {
    session = try CPUEngine(threads: 2, instructions: instructions).makeSession(graph.variables)
    program = try session.compile(graph, CompileOptions())
    for variable in graph.variables { try session.write(variable.name, content(variable)) }
  }

  func run(_ inputs: [String: TensorData]) throws -> [String: [Double]] {
    try program.run(inputs).mapValues(\.doubles)
  }

  func read(_ variable: String) throws -> [Double] {
    try session.read(variable).map { Double($0) }
  }
}
