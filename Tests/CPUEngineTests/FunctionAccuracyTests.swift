import CPUEngine
import GraphLanguage
import Graphs
import ReferenceEngine
import Testing

/// The vector forms of transcendental functions over their whole range, in units of the last place.
struct FunctionAccuracyTests {
  struct Range {
    let function: UnaryFunction
    let lowest: Float
    let highest: Float
    /// Units in the last place of the float32 result.
    let limit: Double
  }

  /// The series end below half a unit; each further rounding adds up to half a unit.
  static let ranges = [
    Range(function: .exponential, lowest: -87, highest: 88.7, limit: 1.5),
    Range(function: .exponential, lowest: -1e-3, highest: 1e-3, limit: 1),
    Range(function: .logarithm, lowest: 1e-30, highest: 1e-3, limit: 1.5),
    Range(function: .logarithm, lowest: 0.3, highest: 3, limit: 1.5),
    Range(function: .logarithm, lowest: 1, highest: 1e30, limit: 1.5),
    Range(function: .tanh, lowest: -1e-4, highest: 1e-4, limit: 3),
    Range(function: .tanh, lowest: -12, highest: 12, limit: 3),
    Range(function: .logistic, lowest: -80, highest: 40, limit: 3),
    Range(function: .reciprocalSquareRoot, lowest: 1e-20, highest: 1e20, limit: 1.5),
  ]

  @Test(arguments: ranges, InstructionSet.available)
  func errorsStayWithinUnitsOfTheLastPlace(range: Range, instructions: InstructionSet) throws {
    var random = Seeded(3)
    let x = random.floats(40_000, in: range.lowest...range.highest)
    let graph = Graph()
    let input = graph.addInput("x", [x.count], .float32)
    graph.addOutput("y", try graph.apply(range.function, input))
    let engine = CPUEngine(threads: 1, instructions: instructions)
    let output = try run(graph, ["x": .float32(x)], on: engine)["y"]
    guard case .float32(let y)? = output else {
      Issue.record("no float32 output")
      return
    }
    var largest = 0.0
    var worst: Float = 0
    for (x, y) in zip(x, y) {
      let exact = range.function(Double(x))
      let units = abs(Double(y) - exact) / Double(Float(exact).ulp)
      if units > largest { (largest, worst) = (units, x) }
    }
    #expect(largest <= range.limit, "at \(worst)")
  }
}
