import CPUEngine
import GraphLanguage
import Graphs
import ReferenceEngine
import Testing

/// Each composite and its gradient against its decomposition, which the float64 reference runs, over
/// shapes that nobody tuned for.
struct CompositeTests {
  /// Float32 rounding of sums of up to some hundreds of products, and functions of them.
  private let tolerance = 1e-5

  static let matrices: [Shape] = [
    [1], [1, 1], [5, 7], [3, 16], [2, 3, 33], [70, 48], [300, 100],
  ]

  @Test(arguments: matrices, InstructionSet.available)
  func softmaxAgrees(shape: Shape, instructions: InstructionSet) throws {
    let trial = Trial(seed: 1)
    let x = trial.floats(shape, in: -9...9)
    try trial.outputWithGradients(trial.graph.add(.softmax, x), by: [x])
    try expectAgreement(trial, tolerance: tolerance, on: engine(instructions))
  }

  @Test(arguments: matrices, InstructionSet.available)
  func normsAgree(shape: Shape, instructions: InstructionSet) throws {
    let trial = Trial(seed: 2)
    let x = trial.floats(shape)
    let weight = trial.floats([shape[shape.rank - 1]])
    let bias = trial.floats([shape[shape.rank - 1]])
    try trial.outputWithGradients(
      trial.graph.add(.rmsNorm(epsilon: 1e-3), x, weight), by: [x, weight])
    try trial.outputWithGradients(
      trial.graph.add(.layerNorm(epsilon: 1e-3), x, weight, bias), by: [x, weight, bias])
    // A row of one number is its own mean, so that 1 / sqrt(epsilon) magnifies every rounding.
    let magnified = shape[shape.rank - 1] == 1 ? 32 * tolerance : tolerance
    try expectAgreement(trial, tolerance: magnified, on: engine(instructions))
  }

  @Test(arguments: matrices, InstructionSet.available)
  func gatesAgree(shape: Shape, instructions: InstructionSet) throws {
    let trial = Trial(seed: 3)
    let (x, y) = (trial.floats(shape, in: -6...6), trial.floats(shape))
    try trial.outputWithGradients(trial.graph.add(.swiGLU, x, y), by: [x, y])
    try trial.outputWithGradients(trial.graph.add(.gelu, x), by: [x])
    try expectAgreement(trial, tolerance: tolerance, on: engine(instructions))
  }

  @Test(arguments: [false, true], [[1, 1, 1, 2], [2, 5, 3, 6], [1, 40, 2, 32], [3, 7, 1, 66]])
  func rotaryAgrees(interleaved: Bool, extents: [Int]) throws {
    for instructions in InstructionSet.available {
      let trial = Trial(seed: 4)
      let x = trial.floats(Shape(extents))
      let turned = try trial.graph.add(.rotary(base: 10000, interleaved: interleaved), x)
      try trial.outputWithGradients(turned, by: [x])
      // The decomposition's constants are float32, and a position multiplies their rounding.
      try expectAgreement(trial, tolerance: 2 * tolerance, on: engine(instructions))
    }
  }

  /// B sequences, T positions, H query heads, G key heads, K features.
  struct AttentionCase {
    let b, t, h, g, k: Int
    /// How often a new document begins; nil has no mask.
    let documentLength: Int?
  }

  static let attentions = [
    AttentionCase(b: 1, t: 1, h: 1, g: 1, k: 2, documentLength: nil),
    AttentionCase(b: 2, t: 5, h: 4, g: 2, k: 3, documentLength: nil),
    AttentionCase(b: 1, t: 17, h: 6, g: 1, k: 8, documentLength: 5),
    AttentionCase(b: 2, t: 64, h: 2, g: 2, k: 16, documentLength: 1),
    AttentionCase(b: 1, t: 65, h: 3, g: 3, k: 5, documentLength: 30),
    AttentionCase(b: 2, t: 130, h: 4, g: 2, k: 20, documentLength: 47),
    AttentionCase(b: 1, t: 150, h: 2, g: 1, k: 32, documentLength: nil),
    AttentionCase(b: 1, t: 400, h: 3, g: 1, k: 64, documentLength: nil),
    AttentionCase(b: 1, t: 330, h: 1, g: 1, k: 80, documentLength: 129),
    AttentionCase(b: 1, t: 1, h: 1, g: 1, k: 1, documentLength: nil),
  ]

  @Test(arguments: attentions, InstructionSet.available)
  func attentionAgrees(sizes: AttentionCase, instructions: InstructionSet) throws {
    let trial = Trial(seed: 5)
    let q = trial.floats([sizes.b, sizes.t, sizes.h, sizes.k])
    let k = trial.floats([sizes.b, sizes.t, sizes.g, sizes.k])
    let v = trial.floats([sizes.b, sizes.t, sizes.g, sizes.k])
    var inputs = [q, k, v]
    if let length = sizes.documentLength {
      let ids = (0..<(sizes.b * sizes.t)).map { Int32($0 % sizes.t / length) }
      inputs.append(trial.integers([sizes.b, sizes.t], ids))
    }
    let mixed = try trial.graph.add(
      .causalAttention(scale: 0.4), inputs, at: SourceLocation("test"))
    try trial.outputWithGradients(mixed, by: [q, k, v])
    try expectAgreement(trial, tolerance: tolerance, on: engine(instructions))
  }

  @Test func attentionReadsDocumentsThatAreNotInOnePiece() throws {
    let trial = Trial(seed: 6)
    let shape: Shape = [1, 90, 2, 4]
    let (q, k, v) = (trial.floats(shape), trial.floats(shape), trial.floats(shape))
    let documents = trial.integers([1, 90], in: -1..<3)
    let mixed = try trial.graph.add(.causalAttention(scale: 0.5), q, k, v, documents)
    try trial.outputWithGradients(mixed, by: [q, k, v])
    try expectAgreement(trial, tolerance: tolerance)
  }

  @Test(arguments: [[1, 1], [1, 9], [7, 3], [40, 65], [300, 33], [9, 4000]])
  func crossEntropyAgrees(extents: [Int]) throws {
    for instructions in InstructionSet.available {
      let trial = Trial(seed: 7)
      let logits = trial.floats(Shape(extents), in: -9...9)
      // A negative target is not scored.
      let targets = trial.integers([extents[0]], in: -1..<Int32(extents[1]))
      try trial.outputWithGradients(
        trial.graph.add(.crossEntropy, logits, targets), by: [logits])
      try expectAgreement(trial, tolerance: tolerance, on: engine(instructions))
    }
  }

  /// R rows, K features, V classes.
  static let heads = [[1, 1, 1], [3, 5, 7], [130, 16, 50], [600, 8, 37], [20, 12, 2100]]

  @Test(arguments: heads)
  func linearCrossEntropyAgrees(sizes: [Int]) throws {
    let trial = Trial(seed: 8)
    let x = trial.floats([sizes[0], sizes[1]])
    let weight = trial.floats([sizes[2], sizes[1]])
    let targets = trial.integers([sizes[0]], in: -1..<Int32(sizes[2]))
    let losses = try trial.graph.add(.linearCrossEntropy, x, weight, targets)
    // Forward and gradient in one pass, since the weights of the sum do not depend on the losses.
    try trial.outputWithGradients(losses, by: [x, weight])
    try expectAgreement(trial, tolerance: tolerance)
  }

  @Test(arguments: heads)
  func linearCrossEntropyAgreesInTwoPasses(sizes: [Int]) throws {
    let trial = Trial(seed: 9)
    let x = trial.floats([sizes[0], sizes[1]])
    let weight = trial.floats([sizes[2], sizes[1]])
    let targets = trial.integers([sizes[0]], in: 0..<Int32(sizes[2]))
    let losses = try trial.graph.add(.linearCrossEntropy, x, weight, targets)
    // The gradient of the square depends on the losses.
    try trial.outputWithGradients(trial.graph.product(losses, losses), by: [x])
    try trial.outputWithGradients(trial.graph.product(losses, losses), by: [weight])
    try expectAgreement(trial, tolerance: tolerance)
  }

  @Test func kernelsAndDecompositionsAgreeOnThisEngine() throws {
    let trial = Trial(seed: 10)
    let x = trial.floats([2, 9, 4, 6])
    let weight = trial.floats([6])
    let normal = try trial.graph.add(.rmsNorm(epsilon: 1e-5), x, weight)
    let turned = try trial.graph.add(.rotary(base: 100, interleaved: true), normal)
    let mixed = try trial.graph.add(.causalAttention(scale: 0.3), turned, normal, x)
    let gated = try trial.graph.add(.swiGLU, mixed, x)
    try trial.outputWithGradients(gated, by: [x, weight])
    let whole = try run(trial.graph, trial.inputs, on: CPUEngine(threads: 2))
    let parts = try run(trial.graph.decomposed(), trial.inputs, on: CPUEngine(threads: 2))
    for (name, data) in whole {
      #expect(difference(parts[name], data) <= tolerance, "\(name)")
    }
  }

  private func engine(_ instructions: InstructionSet) -> CPUEngine {
    CPUEngine(threads: 2, instructions: instructions)
  }
}
