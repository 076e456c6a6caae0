/// An elementwise function of one float32 input.
public enum UnaryFunction: UInt32, Hashable, Sendable, CaseIterable {
  case negate = 16
  case exponential, logarithm, squareRoot, reciprocalSquareRoot, tanh, logistic, sine, cosine
  case absolute, sign
}

/// An elementwise function of two float32 inputs of one shape.
public enum BinaryFunction: UInt32, Hashable, Sendable, CaseIterable {
  case add = 32
  case subtract, multiply, divide, maximum, minimum, power
}

/// A comparison of two inputs of one shape and type; the result is 1 or 0 as float32.
public enum Comparison: UInt32, Hashable, Sendable, CaseIterable {
  case equal = 48
  case less, lessOrEqual
}

/// A reduction over axes, which disappear.
public enum Reduction: UInt32, Hashable, Sendable, CaseIterable {
  case sum = 80
  case largest
}

/// One step of a computation, without its inputs.
///
/// `operations.h` of the C ABI says what each takes and gives; `Operation+Code.swift` maps between
/// the two.
public enum Operation: Hashable, Sendable {
  // Leaves.
  case constant(Float, Shape)
  case iota(axis: Int, Shape, ElementType)

  // Elementwise.
  case unary(UnaryFunction)
  case binary(BinaryFunction)
  case compare(Comparison)
  case select
  case convert(ElementType)

  // Shape.
  case broadcast(to: Shape, axes: [Int])
  case reshape(Shape)
  case transpose([Int])
  case slice(starts: [Int], ends: [Int])
  case pad(before: [Int], after: [Int])
  case concatenate(axis: Int)

  // Reductions, products and rows.
  case reduce(Reduction, axes: [Int])
  case matrixProduct(transposeLeft: Bool, transposeRight: Bool)
  case gather
  case scatterAdd(rows: Int)

  // Composites: each has a decomposition into the operations above.
  case softmax
  case rmsNorm(epsilon: Float)
  case layerNorm(epsilon: Float)
  case rotary(base: Float, interleaved: Bool)
  case causalAttention(scale: Float)
  case swiGLU
  case gelu
  case crossEntropy
  case linearCrossEntropy

  /// Whether the operation is defined by a decomposition into primitives.
  public var isComposite: Bool {
    switch self {
    case .softmax, .rmsNorm, .layerNorm, .rotary, .causalAttention, .swiGLU, .gelu,
      .crossEntropy, .linearCrossEntropy:
      true
    default: false
    }
  }
}
