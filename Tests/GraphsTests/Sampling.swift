import GraphLanguage
import Graphs
import ReferenceEngine

/// Numbers that depend on a seed alone: SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// An extent small enough for finite differences over every element.
  mutating func extent(_ range: ClosedRange<Int> = 1...4) -> Int {
    .random(in: range, using: &self)
  }

  /// A shape of small extents.
  mutating func shape(rank: ClosedRange<Int> = 0...3) -> Shape {
    Shape((0..<Int.random(in: rank, using: &self)).map { _ in extent() })
  }

  /// A tensor of numbers from a range, integers for int32.
  mutating func tensor(
    _ type: TensorType, reals: ClosedRange<Double>, integers: ClosedRange<Int>
  ) -> ReferenceTensor {
    ReferenceTensor(
      type.shape,
      (0..<type.shape.elementCount).map { _ in
        type.elementType == .int32
          ? Double(Int.random(in: integers, using: &self)) : .random(in: reals, using: &self)
      })
  }
}

/// Runs one operation through the reference interpreter.
func evaluate(_ operation: Operation, _ inputs: [ReferenceTensor]) throws -> ReferenceTensor {
  let integers = operation.integerInputs(count: inputs.count)
  let graph = Graph()
  let values = inputs.enumerated().map { place, tensor in
    graph.addInput("\(place)", tensor.shape, integers.contains(place) ? .int32 : .float32)
  }
  graph.addOutput("result", try graph.add(operation, values, at: SourceLocation("")))
  return try graph.evaluate(inputs)
}

extension Graph {
  /// Runs a graph whose inputs are named by their places and whose output is `result`.
  func evaluate(_ inputs: [ReferenceTensor]) throws -> ReferenceTensor {
    let named = inputs.enumerated().map { ("\($0)", $1.elements) }
    let results = try ReferenceInterpreter(self).run(
      inputs: Dictionary(uniqueKeysWithValues: named))
    return results.outputs["result"] ?? ReferenceTensor(.scalar, [.nan])
  }
}

extension Operation {
  /// The places of the inputs that are int32.
  func integerInputs(count: Int) -> Set<Int> {
    switch self {
    case .gather, .crossEntropy: [1]
    case .scatterAdd: [0]
    case .linearCrossEntropy: [2]
    case .causalAttention: count == 4 ? [3] : []
    default: []
    }
  }
}
