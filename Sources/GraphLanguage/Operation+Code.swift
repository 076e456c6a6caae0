/// An operation as the C ABI carries it: a code of `operations.h` with its attributes.
public struct EncodedOperation: Hashable, Sendable {
  /// The operation's code.
  public var code: UInt32
  /// Integer attributes in the order of `operations.h`.
  public var integers: [Int64]
  /// Real attributes in the order of `operations.h`.
  public var reals: [Double]

  /// Creates an encoded operation.
  public init(code: UInt32, integers: [Int64] = [], reals: [Double] = []) {
    self.code = code
    self.integers = integers
    self.reals = reals
  }
}

/// The codes of operations that are not in one of the function enumerations.
private enum Code {
  static let constant: UInt32 = 1
  static let iota: UInt32 = 2
  static let convert: UInt32 = 27
  static let select: UInt32 = 51
  static let broadcast: UInt32 = 64
  static let reshape: UInt32 = 65
  static let transpose: UInt32 = 66
  static let slice: UInt32 = 67
  static let pad: UInt32 = 68
  static let concatenate: UInt32 = 69
  static let matrixProduct: UInt32 = 96
  static let gather: UInt32 = 97
  static let scatterAdd: UInt32 = 98
  static let softmax: UInt32 = 128
  static let rmsNorm: UInt32 = 129
  static let layerNorm: UInt32 = 130
  static let rotary: UInt32 = 131
  static let causalAttention: UInt32 = 132
  static let swiGLU: UInt32 = 133
  static let gelu: UInt32 = 134
  static let crossEntropy: UInt32 = 135
  static let linearCrossEntropy: UInt32 = 136
}

extension Operation {
  /// The operation as the C ABI carries it.
  public var encoded: EncodedOperation {
    switch self {
    case .constant(let value, let shape):
      EncodedOperation(
        code: Code.constant, integers: shape.extents.map(Int64.init), reals: [Double(value)])
    case .iota(let axis, let shape, let type):
      EncodedOperation(
        code: Code.iota,
        integers: [Int64(axis), Int64(type.rawValue)] + shape.extents.map(Int64.init))
    case .unary(let function): EncodedOperation(code: function.rawValue)
    case .binary(let function): EncodedOperation(code: function.rawValue)
    case .compare(let comparison): EncodedOperation(code: comparison.rawValue)
    case .select: EncodedOperation(code: Code.select)
    case .convert(let type):
      EncodedOperation(code: Code.convert, integers: [Int64(type.rawValue)])
    case .broadcast(let shape, let axes):
      EncodedOperation(
        code: Code.broadcast,
        integers: [Int64(axes.count)] + (axes + shape.extents).map(Int64.init))
    case .reshape(let shape):
      EncodedOperation(code: Code.reshape, integers: shape.extents.map(Int64.init))
    case .transpose(let axes):
      EncodedOperation(code: Code.transpose, integers: axes.map(Int64.init))
    case .slice(let starts, let ends):
      EncodedOperation(code: Code.slice, integers: (starts + ends).map(Int64.init))
    case .pad(let before, let after):
      EncodedOperation(code: Code.pad, integers: (before + after).map(Int64.init))
    case .concatenate(let axis):
      EncodedOperation(code: Code.concatenate, integers: [Int64(axis)])
    case .reduce(let reduction, let axes):
      EncodedOperation(code: reduction.rawValue, integers: axes.map(Int64.init))
    case .matrixProduct(let left, let right):
      EncodedOperation(code: Code.matrixProduct, integers: [left ? 1 : 0, right ? 1 : 0])
    case .gather: EncodedOperation(code: Code.gather)
    case .scatterAdd(let rows):
      EncodedOperation(code: Code.scatterAdd, integers: [Int64(rows)])
    case .softmax: EncodedOperation(code: Code.softmax)
    case .rmsNorm(let epsilon): EncodedOperation(code: Code.rmsNorm, reals: [Double(epsilon)])
    case .layerNorm(let epsilon): EncodedOperation(code: Code.layerNorm, reals: [Double(epsilon)])
    case .rotary(let base, let interleaved):
      EncodedOperation(
        code: Code.rotary, integers: [interleaved ? 1 : 0], reals: [Double(base)])
    case .causalAttention(let scale):
      EncodedOperation(code: Code.causalAttention, reals: [Double(scale)])
    case .swiGLU: EncodedOperation(code: Code.swiGLU)
    case .gelu: EncodedOperation(code: Code.gelu)
    case .crossEntropy: EncodedOperation(code: Code.crossEntropy)
    case .linearCrossEntropy: EncodedOperation(code: Code.linearCrossEntropy)
    }
  }

  /// Reads an operation that came over the C ABI; nil if the code or its attributes are not known.
  public init?(_ encoded: EncodedOperation) {
    guard encoded.integers.allSatisfy({ Int32(exactly: $0) != nil }) else { return nil }
    let integers = encoded.integers.map { Int($0) }
    let reals = encoded.reals.map { Float($0) }
    if let function = UnaryFunction(rawValue: encoded.code) {
      self = .unary(function)
    } else if let function = BinaryFunction(rawValue: encoded.code) {
      self = .binary(function)
    } else if let comparison = Comparison(rawValue: encoded.code) {
      self = .compare(comparison)
    } else if let reduction = Reduction(rawValue: encoded.code) {
      self = .reduce(reduction, axes: integers)
    } else if let operation = Self.shaped(encoded.code, integers, reals) {
      self = operation
    } else if let operation = Self.plain(encoded.code, integers, reals) {
      self = operation
    } else {
      return nil
    }
  }

  /// The operations whose integers hold extents or axes.
  private static func shaped(_ code: UInt32, _ integers: [Int], _ reals: [Float]) -> Operation? {
    func shape(_ extents: some Sequence<Int>) -> Shape? {
      let extents = Array(extents)
      return extents.allSatisfy { $0 >= 1 } ? Shape(extents) : nil
    }
    let half = integers.count / 2
    switch code {
    case Code.constant:
      guard let value = reals.first, let shape = shape(integers) else { return nil }
      return .constant(value, shape)
    case Code.iota:
      guard integers.count >= 3, let type = ElementType(rawValue: UInt32(clamping: integers[1])),
        let shape = shape(integers[2...])
      else { return nil }
      return .iota(axis: integers[0], shape, type)
    case Code.broadcast:
      guard let rank = integers.first, rank >= 0, integers.count > rank,
        let shape = shape(integers[(1 + rank)...])
      else { return nil }
      return .broadcast(to: shape, axes: Array(integers[1..<(1 + rank)]))
    case Code.reshape: return shape(integers).map { .reshape($0) }
    case Code.transpose: return .transpose(integers)
    case Code.slice where integers.count.isMultiple(of: 2):
      return .slice(starts: Array(integers[..<half]), ends: Array(integers[half...]))
    case Code.pad where integers.count.isMultiple(of: 2):
      return .pad(before: Array(integers[..<half]), after: Array(integers[half...]))
    default: return nil
    }
  }

  /// The operations with at most two scalar attributes.
  private static func plain(_ code: UInt32, _ integers: [Int], _ reals: [Float]) -> Operation? {
    switch code {
    case Code.select: .select
    case Code.convert:
      integers.first.flatMap { ElementType(rawValue: UInt32(clamping: $0)) }.map { .convert($0) }
    case Code.concatenate: integers.first.map { .concatenate(axis: $0) }
    case Code.matrixProduct where integers.count == 2:
      .matrixProduct(transposeLeft: integers[0] != 0, transposeRight: integers[1] != 0)
    case Code.gather: .gather
    case Code.scatterAdd: integers.first.map { .scatterAdd(rows: $0) }
    case Code.softmax: .softmax
    case Code.rmsNorm: reals.first.map { .rmsNorm(epsilon: $0) }
    case Code.layerNorm: reals.first.map { .layerNorm(epsilon: $0) }
    case Code.rotary where integers.count == 1:
      reals.first.map { .rotary(base: $0, interleaved: integers[0] != 0) }
    case Code.causalAttention: reals.first.map { .causalAttention(scale: $0) }
    case Code.swiGLU: .swiGLU
    case Code.gelu: .gelu
    case Code.crossEntropy: .crossEntropy
    case Code.linearCrossEntropy: .linearCrossEntropy
    default: nil
    }
  }
}
