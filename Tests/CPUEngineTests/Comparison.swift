import CPUEngine
import GraphLanguage
import Graphs
import ReferenceEngine
import Testing

/// Random numbers that a seed fixes (SplitMix64: Steele, Lea and Flood 2014).
struct Seeded: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: Int) { state = UInt64(bitPattern: Int64(seed)) }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// Numbers in a range.
  mutating func floats(_ count: Int, in range: ClosedRange<Float> = -2...2) -> [Float] {
    (0..<count).map { _ in Float.random(in: range, using: &self) }
  }

  mutating func integers(_ count: Int, in range: Range<Int32>) -> [Int32] {
    (0..<count).map { _ in Int32.random(in: range, using: &self) }
  }
}

/// A graph under construction, with random content for each input.
final class Trial {
  let graph = Graph()
  private(set) var inputs: [String: TensorData] = [:]
  private var random: Seeded

  init(seed: Int) { random = Seeded(seed) }

  /// A float32 input.
  func floats(_ shape: Shape, in range: ClosedRange<Float> = -2...2) -> Value {
    let name = "x\(inputs.count)"
    inputs[name] = .float32(random.floats(shape.elementCount, in: range))
    return graph.addInput(name, shape, .float32)
  }

  /// An int32 input.
  func integers(_ shape: Shape, in range: Range<Int32>) -> Value {
    integers(shape, random.integers(shape.elementCount, in: range))
  }

  /// An int32 input of given content.
  func integers(_ shape: Shape, _ content: [Int32]) -> Value {
    let name = "x\(inputs.count)"
    inputs[name] = .int32(content)
    return graph.addInput(name, shape, .int32)
  }

  func output(_ value: Value) { graph.addOutput("y\(graph.outputs.count)", value) }

  /// Adds a value and the gradients of its sum, weighted at random, by some inputs as outputs.
  func outputWithGradients(_ value: Value, by inputs: [Value]) throws {
    output(value)
    let weights = floats(value.shape)
    let loss = try graph.add(
      .reduce(.sum, axes: Array(0..<value.shape.rank)), graph.product(value, weights))
    for gradient in try graph.gradients(of: loss, withRespectTo: inputs) { output(gradient) }
  }
}

/// Runs a graph once.
func run(
  _ graph: Graph, _ inputs: [String: TensorData], on engine: any Engine
) throws -> [String: TensorData] {
  let session = try engine.makeSession(graph.variables)
  return try session.compile(graph, CompileOptions()).run(inputs)
}

/// Holds the engine against the reference: the largest difference, relative to the tensor's largest
/// number or 1, may not exceed a tolerance.
func expectAgreement(
  _ trial: Trial, tolerance: Double, on engine: any Engine = CPUEngine(threads: 2),
  _ comment: Comment? = nil, sourceLocation: Testing.SourceLocation = #_sourceLocation
) throws {
  let expected = try run(trial.graph, trial.inputs, on: ReferenceEngine())
  let actual = try run(trial.graph, trial.inputs, on: engine)
  #expect(Set(actual.keys) == Set(expected.keys), comment, sourceLocation: sourceLocation)
  for (name, reference) in expected {
    let distance = difference(actual[name], reference)
    #expect(
      distance <= tolerance, "\(name): \(comment?.description ?? "")",
      sourceLocation: sourceLocation)
  }
}

/// The largest difference, relative to the largest number or 1; infinity where only one is a NaN or
/// infinite, or where types or lengths differ.
func difference(_ actual: TensorData?, _ reference: TensorData) -> Double {
  let a: [Double]
  switch (actual, reference) {
  case (.float32(let elements), .float32): a = elements.map { Double($0) }
  case (.int32(let elements), .int32): a = elements.map { Double($0) }
  default: return .infinity
  }
  let b = reference.doubles
  guard a.count == b.count else { return .infinity }
  let scale = b.filter(\.isFinite).reduce(1) { max($0, abs($1)) }
  return zip(a, b).reduce(0) { largest, pair in
    if pair.0 == pair.1 || (pair.0.isNaN && pair.1.isNaN) { return largest }
    let difference = abs(pair.0 - pair.1) / scale
    return difference.isFinite ? max(largest, difference) : .infinity
  }
}
