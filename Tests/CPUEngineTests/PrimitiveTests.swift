import CPUEngine
import GraphLanguage
import Graphs
import ReferenceEngine
import Testing

/// Each primitive against the float64 reference, with its gradient.
struct PrimitiveTests {
  /// Float32 rounding of a few operations, and sums of up to some thousands of numbers.
  private let tolerance = 2e-6

  /// Shapes of one element, of one block of a tape, just beside one, and of several pieces.
  static let shapes: [Shape] = [
    [], [1], [3, 5], [16], [17], [511], [513, 1], [3, 70, 41], [20000],
  ]

  @Test(arguments: UnaryFunction.allCases, shapes)
  func unaryFunctionsAgreeWithTheReference(function: UnaryFunction, shape: Shape) throws {
    let trial = Trial(seed: shape.elementCount)
    let positive: Set<UnaryFunction> = [.logarithm, .squareRoot, .reciprocalSquareRoot]
    let x = trial.floats(shape, in: positive.contains(function) ? 0.1...9 : -6...6)
    let y = try trial.graph.apply(function, x)
    if function == .sign { trial.output(y) } else { try trial.outputWithGradients(y, by: [x]) }
    // The derivative of the reciprocal root at 0.1 is the cube of its error.
    try expectAgreement(trial, tolerance: 4 * tolerance)
  }

  @Test(arguments: BinaryFunction.allCases, shapes)
  func binaryFunctionsAgreeWithTheReference(function: BinaryFunction, shape: Shape) throws {
    let trial = Trial(seed: shape.elementCount)
    let x = trial.floats(shape, in: function == .power ? 0.2...3 : -3...3)
    let y = trial.floats(shape, in: 0.5...3)
    try trial.outputWithGradients(trial.graph.apply(function, x, y), by: [x, y])
    try expectAgreement(trial, tolerance: 4 * tolerance)
  }

  @Test(arguments: Comparison.allCases, ElementType.allCases)
  func comparisonsAgreeWithTheReference(comparison: Comparison, type: ElementType) throws {
    let trial = Trial(seed: 1)
    let shape: Shape = [7, 90]
    let x = trial.integers(shape, in: -2..<3)
    let y = trial.integers(shape, in: -2..<3)
    let left = type == .int32 ? x : try trial.graph.add(.convert(.float32), x)
    let right = type == .int32 ? y : try trial.graph.add(.convert(.float32), y)
    let truth = try trial.graph.add(.compare(comparison), left, right)
    trial.output(truth)
    let (a, b) = (trial.floats(shape), trial.floats(shape))
    try trial.outputWithGradients(trial.graph.add(.select, truth, a, b), by: [a, b])
    try expectAgreement(trial, tolerance: tolerance)
  }

  @Test func conversionToIntegersTruncates() throws {
    let trial = Trial(seed: 2)
    let x = trial.floats([300], in: -9...9)
    trial.output(try trial.graph.add(.convert(.int32), x))
    try expectAgreement(trial, tolerance: 0)
  }

  struct Repetition {
    let shape: Shape
    let axes: [Int]
  }

  static let repetitions = [
    Repetition(shape: [3, 4, 5], axes: [1]), Repetition(shape: [3, 4, 5], axes: [2]),
    Repetition(shape: [3, 4, 5], axes: [0]), Repetition(shape: [3, 4, 5], axes: [0, 2]),
    Repetition(shape: [3, 4, 5], axes: [0, 1]), Repetition(shape: [3, 4], axes: []),
    Repetition(shape: [1, 7, 4, 3], axes: [0, 2]), Repetition(shape: [700, 3], axes: [0]),
    Repetition(shape: [3, 700], axes: [1]),
  ]

  @Test(arguments: repetitions)
  func broadcastsAgreeWithTheReference(repetition: Repetition) throws {
    let trial = Trial(seed: 3)
    let shape = repetition.shape
    let x = trial.floats(Shape(repetition.axes.map { shape[$0] }))
    let repeated = try trial.graph.add(.broadcast(to: shape, axes: repetition.axes), x)
    try trial.outputWithGradients(repeated, by: [x])
    // Read by an elementwise node, a broadcast need not be in memory.
    let other = trial.floats(shape)
    try trial.outputWithGradients(trial.graph.product(repeated, other), by: [x, other])
    try expectAgreement(trial, tolerance: tolerance)
  }

  @Test(arguments: [[1, 0], [0, 2, 1, 3], [3, 1, 0, 2], [2, 1, 0, 3], [4, 3, 2, 1, 0]])
  func transposesAgreeWithTheReference(axes: [Int]) throws {
    let trial = Trial(seed: 4)
    let x = trial.floats(Shape([7, 3, 1, 5, 6].prefix(axes.count) + []))
    try trial.outputWithGradients(trial.graph.add(.transpose(axes), x), by: [x])
    try expectAgreement(trial, tolerance: tolerance)
  }

  static let cuts: [[Range<Int>]] = [
    [1..<4, 0..<6, 2..<5], [2..<4, 0..<6, 0..<7], [2..<3, 1..<3, 0..<7], [4..<5, 5..<6, 6..<7],
    [0..<5, 0..<6, 3..<4],
  ]

  @Test(arguments: cuts) func slicesAndPadsAgreeWithTheReference(ranges: [Range<Int>]) throws {
    let trial = Trial(seed: 5)
    let shape: Shape = [5, 6, 7]
    let (starts, ends) = (ranges.map(\.lowerBound), ranges.map(\.upperBound))
    let x = trial.floats(shape)
    let part = try trial.graph.add(.slice(starts: starts, ends: ends), x)
    try trial.outputWithGradients(part, by: [x])
    // A slice read at once by an elementwise node may be another view of its source.
    try trial.outputWithGradients(trial.graph.apply(.tanh, part), by: [x])
    let after = zip(shape.extents, ends).map { $0 - $1 }
    try trial.outputWithGradients(
      trial.graph.add(.pad(before: starts, after: after), part), by: [x])
    try expectAgreement(trial, tolerance: tolerance)
  }

  @Test(arguments: 0..<3) func concatenationsAgreeWithTheReference(axis: Int) throws {
    let trial = Trial(seed: 6)
    let parts = (1...3).map { extent in
      var extents = [4, 5, 6]
      extents[axis] = extent
      return trial.floats(Shape(extents))
    }
    let joined = try trial.graph.add(
      .concatenate(axis: axis), parts, at: SourceLocation("test"))
    try trial.outputWithGradients(joined, by: parts)
    try expectAgreement(trial, tolerance: tolerance)
  }

  @Test(arguments: [0, 1], ElementType.allCases)
  func indicesAgreeWithTheReference(axis: Int, type: ElementType) throws {
    let trial = Trial(seed: 7)
    let index = try trial.graph.add(.iota(axis: axis, [40, 30], type))
    trial.output(index)
    trial.output(try trial.graph.add(.convert(.float32), index))
    try expectAgreement(trial, tolerance: 0)
  }

  struct Fold {
    let shape: Shape
    let axes: [Int]
  }

  static let folds = [
    Fold(shape: [3, 4, 5], axes: [0]), Fold(shape: [3, 4, 5], axes: [1]),
    Fold(shape: [3, 4, 5], axes: [2]), Fold(shape: [3, 4, 5], axes: [0, 2]),
    Fold(shape: [3, 4, 5], axes: [0, 1, 2]), Fold(shape: [3, 1, 5], axes: [1]),
    Fold(shape: [1000, 33], axes: [0]), Fold(shape: [2, 9000], axes: [1]),
    Fold(shape: [40000], axes: [0]), Fold(shape: [2, 3, 4, 5, 6], axes: [0, 2, 4]),
    Fold(shape: [1, 1], axes: [0, 1]), Fold(shape: [3, 600, 70], axes: [1]),
  ]

  @Test(arguments: [Reduction.sum, .largest], folds)
  func reductionsAgreeWithTheReference(reduction: Reduction, fold: Fold) throws {
    let trial = Trial(seed: 8)
    let x = trial.floats(fold.shape)
    try trial.outputWithGradients(
      trial.graph.add(.reduce(reduction, axes: fold.axes), x), by: [x])
    try expectAgreement(trial, tolerance: 5 * tolerance)
  }

  @Test(arguments: [false, true], [false, true])
  func productsAgreeWithTheReference(transposeLeft: Bool, transposeRight: Bool) throws {
    let sizes: [[Int]] = [
      [1, 1, 1], [5, 7, 3], [130, 70, 90], [1, 40, 300], [200, 1, 3], [3, 17, 9, 5],
      [2, 3, 8, 8, 16], [16, 300, 257], [50, 1100, 30], [13, 65, 700],
    ]
    for size in sizes {
      let batch = Array(size.dropLast(3))
      let (m, n, k) = (size[size.count - 3], size[size.count - 2], size[size.count - 1])
      let trial = Trial(seed: 9)
      let x = trial.floats(Shape(batch + (transposeLeft ? [k, m] : [m, k])))
      let y = trial.floats(Shape(batch + (transposeRight ? [n, k] : [k, n])))
      let product = try trial.graph.add(
        .matrixProduct(transposeLeft: transposeLeft, transposeRight: transposeRight), x, y)
      try trial.outputWithGradients(product, by: [x, y])
      try expectAgreement(trial, tolerance: 5 * tolerance, "\(batch) \(m) \(n) \(k)")
    }
  }

  @Test func productsSeeThroughTransposes() throws {
    let trial = Trial(seed: 10)
    let x = trial.floats([3, 20, 30])
    let y = trial.floats([3, 20, 40])
    let turned = try trial.graph.add(.transpose([0, 2, 1]), x)
    try trial.outputWithGradients(
      trial.graph.add(.matrixProduct(transposeLeft: false, transposeRight: false), turned, y),
      by: [x, y])
    try expectAgreement(trial, tolerance: tolerance)
  }

  @Test(
    arguments: zip(
      [[9], [9, 5], [1, 17], [40, 3, 5]] as [Shape], [[4], [4, 3], [6], []] as [Shape]))
  func gathersAndScattersAgreeWithTheReference(table: Shape, places: Shape) throws {
    let trial = Trial(seed: 11)
    let x = trial.floats(table)
    let indices = trial.integers(places, in: 0..<Int32(table[0]))
    let rows = try trial.graph.add(.gather, x, indices)
    try trial.outputWithGradients(rows, by: [x])
    try trial.outputWithGradients(
      trial.graph.add(.scatterAdd(rows: table[0] + 2), indices, rows), by: [x])
    try expectAgreement(trial, tolerance: tolerance)
  }

  @Test func nanAndInfinityPropagate() throws {
    let graph = Graph()
    let x = graph.addInput("x", [5], .float32)
    for function in UnaryFunction.allCases {
      graph.addOutput("\(function)", try graph.apply(function, x))
    }
    let one = try graph.constant(1, [5])
    for function in [BinaryFunction.add, .subtract, .multiply, .divide, .maximum, .minimum] {
      graph.addOutput("\(function) left", try graph.apply(function, x, one))
      graph.addOutput("\(function) right", try graph.apply(function, one, x))
    }
    graph.addOutput("largest", try graph.add(.reduce(.largest, axes: [0]), x))
    graph.addOutput("sum", try graph.add(.reduce(.sum, axes: [0]), x))
    let inputs: [String: TensorData] = ["x": .float32([.nan, .infinity, -.infinity, 0, -1])]
    let outputs = try run(graph, inputs, on: CPUEngine(threads: 1))
    for (name, data) in outputs {
      #expect(data.doubles[0].isNaN, "\(name)")
    }
    let exponentials = try #require(outputs["exponential"]).doubles
    #expect(exponentials[1] == .infinity && exponentials[2] == 0 && exponentials[3] == 1)
    let logarithms = try #require(outputs["logarithm"]).doubles
    #expect(logarithms[1] == .infinity && logarithms[3] == -.infinity && logarithms[4].isNaN)
    let tangents = try #require(outputs["tanh"]).doubles
    #expect(tangents[1] == 1 && tangents[2] == -1 && tangents[3] == 0)
    let logistics = try #require(outputs["logistic"]).doubles
    #expect(logistics[1] == 1 && logistics[2] == 0 && logistics[3] == 0.5)
  }
}
