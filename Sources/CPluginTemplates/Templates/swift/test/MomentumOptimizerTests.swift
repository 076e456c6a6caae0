import GraphLanguage
import PluginSDK
import Testing

@testable import ExamplePlugin

@Suite struct MomentumOptimizerTests {
  /// The new parameter and velocity of one update of single numbers.
  private func updated(
    _ parameter: Float, gradient: Float, velocity: Float, rate: Float
  ) throws -> (parameter: Float, velocity: Float) {
    let optimizer = try MomentumOptimizer(
      options: OptionValues(["momentum": .real(0.9), "weight_decay": .real(0.1)]),
      host: SilentHost())
    let graph = ScalarGraph()
    let info = ParameterInfo(name: "weight", shape: .scalar, decays: true)
    let results = try optimizer.describe(
      UpdateInputs(
        parameter: graph.value(parameter), gradient: graph.value(gradient),
        states: [graph.value(velocity)], step: graph.value(1), learningRate: graph.value(rate)),
      of: info, in: graph)
    return (graph[results.parameter], graph[results.states[0]])
  }

  @Test func theFirstStepIsTheFormula() throws {
    let new = try updated(1, gradient: 2, velocity: 0, rate: 0.5)
    #expect(new.velocity == 2)
    #expect(abs(new.parameter - (1 - 0.5 * 0.1 - 0.5 * 2)) < 1e-6)
  }

  @Test func itFallsIntoTheMinimumOfAQuadratic() throws {
    var (parameter, velocity): (Float, Float) = (4, 0)
    for _ in 0..<200 {
      (parameter, velocity) = try updated(
        parameter, gradient: parameter, velocity: velocity, rate: 0.1)
    }
    #expect(abs(parameter) < 0.01)
  }

  @Test func nothingMovesWithoutCause() throws {
    #expect(try updated(3, gradient: 0, velocity: 0, rate: 0) == (3, 0))
  }
}

/// A graph of single numbers that computes at once.
private final class ScalarGraph: GraphBuilder {
  private var numbers: [Float] = []

  subscript(value: Value) -> Float { numbers[Int(value.id)] }

  func value(_ number: Float) -> Value {
    numbers.append(number)
    return Value(id: Int32(numbers.count - 1), shape: .scalar, elementType: .float32)
  }

  func parameter(
    _ declaration: ParameterDeclaration, at location: GraphLanguage.SourceLocation
  ) throws(GraphError) -> Value {
    throw GraphError("an optimizer declares no parameters", at: location)
  }

  func add(
    _ operation: GraphLanguage.Operation, _ inputs: [Value],
    at location: GraphLanguage.SourceLocation
  ) throws(GraphError) -> Value {
    let x = inputs.map { self[$0] }
    return switch operation {
    case .constant(let number, _): value(number)
    case .unary(.negate): value(-x[0])
    case .unary(.squareRoot): value(x[0].squareRoot())
    case .unary(.sign): value(x[0] == 0 ? 0 : x[0] < 0 ? -1 : 1)
    case .binary(.add): value(x[0] + x[1])
    case .binary(.subtract): value(x[0] - x[1])
    case .binary(.multiply): value(x[0] * x[1])
    case .binary(.divide): value(x[0] / x[1])
    default: throw GraphError("this test computes no \(operation) yet: add it", at: location)
    }
  }
}
