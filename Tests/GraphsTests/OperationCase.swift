import GraphLanguage
import Graphs
import Testing

/// An operation with inputs of random shapes, for the tests that hold for every operation.
struct OperationCase: Sendable, CustomTestStringConvertible {
  let name: String
  /// The numbers that float32 inputs are drawn from: away from poles.
  let reals: ClosedRange<Double>
  /// The numbers that int32 inputs are drawn from.
  let integers: ClosedRange<Int>
  /// Draws the shapes.
  let make: @Sendable (inout SeededGenerator) -> (Operation, [TensorType])

  init(
    _ name: String, reals: ClosedRange<Double> = -2...2, integers: ClosedRange<Int> = 0...2,
    _ make: @escaping @Sendable (inout SeededGenerator) -> (Operation, [TensorType])
  ) {
    self.name = name
    self.reals = reals
    self.integers = integers
    self.make = make
  }

  var testDescription: String { name }

  static let all: [OperationCase] = elementwise + rearrangements + products + composites

  /// An operation whose inputs all have one random shape.
  private static func alike(
    _ operation: Operation, inputs count: Int, reals: ClosedRange<Double> = -2...2
  ) -> OperationCase {
    OperationCase(operation.name, reals: reals) { random in
      (operation, Array(repeating: TensorType(random.shape()), count: count))
    }
  }

  static let elementwise: [OperationCase] =
    UnaryFunction.allCases.map { function in
      let needsPositive: Set<UnaryFunction> = [.logarithm, .squareRoot, .reciprocalSquareRoot]
      return alike(
        .unary(function), inputs: 1, reals: needsPositive.contains(function) ? 0.3...2 : -2...2)
    }
    + BinaryFunction.allCases.map { function in
      let needsPositive: Set<BinaryFunction> = [.divide, .power]
      return alike(
        .binary(function), inputs: 2, reals: needsPositive.contains(function) ? 0.3...2 : -2...2)
    }
    + Comparison.allCases.map { alike(.compare($0), inputs: 2) }
    + [
      alike(.select, inputs: 3),
      alike(.convert(.float32), inputs: 1),
    ]

  static let rearrangements: [OperationCase] = [
    OperationCase("broadcast") { random in
      let shape = random.shape(rank: 1...4)
      let axes = shape.extents.indices.filter { _ in Bool.random(using: &random) }
      return (.broadcast(to: shape, axes: axes), [TensorType(Shape(axes.map { shape[$0] }))])
    },
    OperationCase("reshape") { random in
      let (a, b, c) = (random.extent(), random.extent(), random.extent())
      return (.reshape([a * b, c]), [TensorType([a, b * c])])
    },
    OperationCase("transpose") { random in
      let shape = random.shape(rank: 1...4)
      return (
        .transpose(shape.extents.indices.shuffled(using: &random)), [TensorType(shape)]
      )
    },
    OperationCase("slice") { random in
      let shape = random.shape(rank: 1...3)
      let starts = shape.extents.map { Int.random(in: 0..<$0, using: &random) }
      let ends = zip(starts, shape.extents).map { Int.random(in: ($0 + 1)...$1, using: &random) }
      return (.slice(starts: starts, ends: ends), [TensorType(shape)])
    },
    OperationCase("pad") { random in
      let shape = random.shape(rank: 1...3)
      func zeros() -> [Int] { shape.extents.map { _ in random.extent(0...2) } }
      return (.pad(before: zeros(), after: zeros()), [TensorType(shape)])
    },
    OperationCase("concatenate") { random in
      let shape = random.shape(rank: 1...3)
      let axis = Int.random(in: 0..<shape.rank, using: &random)
      let parts = (0..<random.extent()).map { _ in
        var extents = shape.extents
        extents[axis] = random.extent()
        return TensorType(Shape(extents))
      }
      return (.concatenate(axis: axis), parts)
    },
    reduction(.sum),
    reduction(.largest),
  ]

  private static func reduction(_ reduction: Reduction) -> OperationCase {
    OperationCase("reduce \(reduction)") { random in
      let shape = random.shape(rank: 1...3)
      let axes = shape.extents.indices.filter { _ in Bool.random(using: &random) }
      return (.reduce(reduction, axes: axes), [TensorType(shape)])
    }
  }

  static let products: [OperationCase] =
    [(false, false), (false, true), (true, false), (true, true)].map { left, right in
      OperationCase("matrixProduct \(left) \(right)") { random in
        let batch = random.shape(rank: 0...2).extents
        let (m, k, n) = (random.extent(), random.extent(), random.extent())
        return (
          .matrixProduct(transposeLeft: left, transposeRight: right),
          [
            TensorType(Shape(batch + (left ? [k, m] : [m, k]))),
            TensorType(Shape(batch + (right ? [n, k] : [k, n]))),
          ]
        )
      }
    } + [
      OperationCase("gather") { random in
        let table = Shape([3] + random.shape(rank: 0...2).extents)
        return (.gather, [TensorType(table), TensorType(random.shape(rank: 0...2), .int32)])
      },
      OperationCase("scatterAdd") { random in
        let indices = random.shape(rank: 0...2)
        let updates = Shape(indices.extents + random.shape(rank: 0...2).extents)
        return (.scatterAdd(rows: 3), [TensorType(indices, .int32), TensorType(updates)])
      },
    ]

  static let composites: [OperationCase] = [
    OperationCase("softmax") { random in
      (.softmax, [TensorType(random.shape(rank: 1...3))])
    },
    OperationCase("rmsNorm") { random in
      let shape = random.shape(rank: 1...3)
      let features = Shape([shape[shape.rank - 1]])
      return (.rmsNorm(epsilon: 0.01), [TensorType(shape), TensorType(features)])
    },
    OperationCase("layerNorm") { random in
      let shape = random.shape(rank: 1...3)
      let features = TensorType(Shape([shape[shape.rank - 1]]))
      return (.layerNorm(epsilon: 0.01), [TensorType(shape), features, features])
    },
    rotary(interleaved: false),
    rotary(interleaved: true),
    attention(withDocuments: false),
    attention(withDocuments: true),
    alike(.swiGLU, inputs: 2),
    alike(.gelu, inputs: 1),
    OperationCase("crossEntropy", integers: -1...2) { random in
      let rows = random.extent()
      return (
        .crossEntropy, [TensorType([rows, 3 + random.extent()]), TensorType([rows], .int32)]
      )
    },
    OperationCase("linearCrossEntropy", integers: -1...2) { random in
      let (rows, features) = (random.extent(), random.extent())
      return (
        .linearCrossEntropy,
        [
          TensorType([rows, features]), TensorType([3 + random.extent(), features]),
          TensorType([rows], .int32),
        ]
      )
    },
  ]

  private static func rotary(interleaved: Bool) -> OperationCase {
    OperationCase("rotary \(interleaved ? "interleaved" : "halves")") { random in
      let shape: Shape = [
        random.extent(1...2), random.extent(), random.extent(1...2), 2 * random.extent(1...3),
      ]
      return (.rotary(base: 100, interleaved: interleaved), [TensorType(shape)])
    }
  }

  private static func attention(withDocuments: Bool) -> OperationCase {
    OperationCase("causalAttention \(withDocuments ? "with" : "without") documents") { random in
      let (b, t, g, k) = (
        random.extent(1...2), random.extent(), random.extent(1...2), random.extent(1...3)
      )
      let heads = g * random.extent(1...3)
      let keys = TensorType([b, t, g, k])
      let documents = withDocuments ? [TensorType([b, t], .int32)] : []
      return (
        .causalAttention(scale: 0.7), [TensorType([b, t, heads, k]), keys, keys] + documents
      )
    }
  }
}
