import GraphLanguage
import Graphs
import Testing

/// An operation with inputs that do not fit it.
struct BadInputs: Sendable, CustomTestStringConvertible {
  let operation: Operation
  let inputs: [TensorType]
  /// What the message must say.
  let fragments: [String]

  init(_ operation: Operation, _ inputs: [TensorType], _ fragments: String...) {
    self.operation = operation
    self.inputs = inputs
    self.fragments = fragments
  }

  var testDescription: String { "\(operation.name) \(inputs)" }
}

/// A float32 tensor's type.
private func f(_ extents: Int...) -> TensorType { TensorType(Shape(extents)) }

/// An int32 tensor's type.
private func i(_ extents: Int...) -> TensorType { TensorType(Shape(extents), .int32) }

private let huge = 1 << 20

struct ShapeInferenceTests {
  @Test(arguments: [
    BadInputs(.constant(1, [2]), [f(2)], "takes no inputs"),
    BadInputs(.constant(.nan, [2]), [], "must be a number"),
    BadInputs(.constant(1, [huge, huge]), [], "at most 2147483647 elements"),
    BadInputs(.iota(axis: 2, [2, 3], .int32), [], "axis 2", "[2, 3]"),
    BadInputs(.unary(.tanh), [f(2), f(2)], "tanh of [2], [2]", "one float32 tensor"),
    BadInputs(.unary(.tanh), [i(2)], "[2] int32", "one float32 tensor"),
    BadInputs(.binary(.add), [f(2, 3), f(3)], "add of [2, 3], [3]", "one shape", "broadcast"),
    BadInputs(.compare(.equal), [f(2), i(2)], "one shape and element type"),
    BadInputs(.select, [f(2), f(2), f(3)], "select of [2], [2], [3]", "all three"),
    BadInputs(.select, [i(2), f(2), f(2)], "three float32 tensors"),
    BadInputs(.convert(.int32), [], "takes one tensor"),
    BadInputs(.broadcast(to: [4, 3], axes: [0]), [f(3)], "must have the extents of x"),
    BadInputs(.broadcast(to: [4, 3], axes: [1, 0]), [f(3, 4)], "ascending"),
    BadInputs(.broadcast(to: [4, 3], axes: [2]), [f(3)], "axes [2]", "[4, 3]"),
    BadInputs(.broadcast(to: [4, 3], axes: []), [f(3)], "for each of x"),
    BadInputs(.reshape([4]), [f(2, 3)], "reshape of [2, 3]", "[4]", "6"),
    BadInputs(.reshape([huge, huge, huge, huge]), [f(2, 3)], "as many elements"),
    BadInputs(.transpose([0, 0]), [f(2, 3)], "permutation of 0..<2"),
    BadInputs(.transpose([1]), [f(2, 3)], "permutation"),
    BadInputs(.slice(starts: [0], ends: [1]), [f(2, 3)], "one start and end for each axis"),
    BadInputs(.slice(starts: [1, 0], ends: [1, 3]), [f(2, 3)], "not empty"),
    BadInputs(.slice(starts: [0, -1], ends: [1, 3]), [f(2, 3)], "within x"),
    BadInputs(.slice(starts: [0, 0], ends: [3, 3]), [f(2, 3)], "within x"),
    BadInputs(.pad(before: [0], after: [1, 1]), [f(2, 3)], "before and after each axis"),
    BadInputs(.pad(before: [0, -1], after: [1, 1]), [f(2, 3)], "at least 0"),
    BadInputs(.pad(before: [0, .max], after: [1, .max]), [f(2, 3)], "at least 0"),
    BadInputs(.pad(before: [1], after: [1]), [i(2)], "one float32 tensor"),
    BadInputs(.concatenate(axis: 0), [], "at least one tensor"),
    BadInputs(.concatenate(axis: 1), [f(2)], "axis 1"),
    BadInputs(.concatenate(axis: 0), [f(2, 3), f(2, 4)], "but for axis 0"),
    BadInputs(.concatenate(axis: 0), [f(2, 3), f(2)], "but for axis 0"),
    BadInputs(.concatenate(axis: 0), [f(2), i(2)], "one element type"),
    BadInputs(.reduce(.sum, axes: [2]), [f(2, 3)], "reduce sum of [2, 3]", "0..<2"),
    BadInputs(.reduce(.largest, axes: [1, 0]), [f(2, 3)], "ascending"),
    BadInputs(
      .matrixProduct(transposeLeft: false, transposeRight: false), [f(2, 3), f(2, 3)],
      "matrixProduct of [2, 3], [2, 3]", "3 of x", "2 of y"),
    BadInputs(
      .matrixProduct(transposeLeft: false, transposeRight: true), [f(2, 3), f(3, 4)],
      "3 of x", "4 of y, transposed"),
    BadInputs(
      .matrixProduct(transposeLeft: false, transposeRight: false), [f(5, 2, 3), f(3, 4)],
      "same leading axes"),
    BadInputs(
      .matrixProduct(transposeLeft: false, transposeRight: false), [f(3), f(3)], "[..., M, K]"),
    BadInputs(
      .matrixProduct(transposeLeft: false, transposeRight: false), [f(huge, 1), f(1, huge)],
      "at most 2147483647 elements"),
    BadInputs(.gather, [f(4, 2), f(3)], "int32 indices"),
    BadInputs(.gather, [f(), i(3)], "axis of rows"),
    BadInputs(.scatterAdd(rows: 0), [i(3), f(3, 2)], "rows 0"),
    BadInputs(.scatterAdd(rows: 4), [i(3), f(2, 3)], "those of the indices"),
    BadInputs(.softmax, [f()], "needs a last axis"),
    BadInputs(.rmsNorm(epsilon: 1e-5), [f(2, 3), f(2)], "weight must be [K]"),
    BadInputs(.rmsNorm(epsilon: -1), [f(2, 3), f(3)], "epsilon -1.0"),
    BadInputs(.layerNorm(epsilon: 1e-5), [f(2, 3), f(3)], "x, weight and bias"),
    BadInputs(.layerNorm(epsilon: 1e-5), [f(2, 3), f(3), f(2)], "weight and bias must be [K]"),
    BadInputs(.rotary(base: 1e4, interleaved: false), [f(1, 2, 3, 5)], "even K"),
    BadInputs(.rotary(base: 0, interleaved: false), [f(1, 2, 3, 4)], "base 0.0"),
    BadInputs(.causalAttention(scale: 1), [f(1, 2, 4, 8), f(1, 2, 4, 8)], "q, k and v"),
    BadInputs(
      .causalAttention(scale: 1), [f(1, 2, 4, 8), f(1, 2, 3, 8), f(1, 2, 3, 8)],
      "the 4 query heads must be a multiple of the 3 key heads"),
    BadInputs(
      .causalAttention(scale: 1), [f(1, 2, 4, 8), f(1, 2, 4, 6), f(1, 2, 4, 6)],
      "k and v [B, T, G, K]"),
    BadInputs(
      .causalAttention(scale: 1), [f(1, 2, 4, 8), f(1, 2, 4, 8), f(1, 2, 4, 8), i(2, 1)],
      "documents must be [B, T]"),
    BadInputs(
      .causalAttention(scale: 1), [f(1, 2, 4, 8), f(1, 2, 4, 8), f(1, 2, 4, 8), f(1, 2)],
      "int32 documents"),
    BadInputs(
      .causalAttention(scale: .infinity), [f(1, 2, 4, 8), f(1, 2, 4, 8), f(1, 2, 4, 8)],
      "scale inf"),
    BadInputs(.swiGLU, [f(2, 3), f(3, 2)], "gate and up"),
    BadInputs(.gelu, [i(2)], "one float32 tensor"),
    BadInputs(.crossEntropy, [f(2, 5), i(3)], "logits [R, V] and targets [R]"),
    BadInputs(.crossEntropy, [f(2, 5), f(2)], "int32 targets"),
    BadInputs(.linearCrossEntropy, [f(2, 4), f(5, 3), i(2)], "weight [V, K]"),
    BadInputs(.linearCrossEntropy, [f(2, 4), f(5, 4)], "x and weight, float32, and int32 targets"),
  ])
  func badInputsAreRefusedWithNameShapesAndPlace(_ bad: BadInputs) throws {
    let place = SourceLocation("Model.swift:42")
    let error = #expect(throws: GraphError.self) {
      try bad.operation.resultType(of: bad.inputs, at: place)
    }
    let description = try #require(error).description
    for fragment in [bad.operation.name, "(at Model.swift:42)"] + bad.fragments {
      #expect(description.contains(fragment), "\(description)")
    }
  }

  @Test(
    arguments: [
      (.iota(axis: 0, [2, 3], .int32), [], i(2, 3)),
      (.convert(.int32), [f(2)], i(2)),
      (.compare(.less), [i(2), i(2)], f(2)),
      (.broadcast(to: [4, 3], axes: [1]), [i(3)], i(4, 3)),
      (.reshape([]), [f(1, 1)], f()),
      (.transpose([2, 0, 1]), [f(2, 3, 4)], f(4, 2, 3)),
      (.slice(starts: [1, 0], ends: [2, 3]), [i(2, 3)], i(1, 3)),
      (.pad(before: [1, 0], after: [2, 0]), [f(2, 3)], f(5, 3)),
      (.concatenate(axis: 1), [f(2, 3), f(2, 1)], f(2, 4)),
      (.reduce(.sum, axes: [0, 2]), [f(2, 3, 4)], f(3)),
      (
        .matrixProduct(transposeLeft: true, transposeRight: true), [f(7, 3, 2), f(7, 5, 3)],
        f(7, 2, 5)
      ),
      (.gather, [f(9, 4), i(2, 3)], f(2, 3, 4)),
      (.gather, [f(9), i()], f()),
      (.scatterAdd(rows: 9), [i(2, 3), f(2, 3, 4)], f(9, 4)),
      (
        .causalAttention(scale: 1), [f(1, 2, 4, 8), f(1, 2, 2, 8), f(1, 2, 2, 8), i(1, 2)],
        f(1, 2, 4, 8)
      ),
      (.linearCrossEntropy, [f(6, 4), f(9, 4), i(6)], f(6)),
    ] as [(Operation, [TensorType], TensorType)])
  func resultsHaveTheStatedType(
    _ operation: Operation, _ inputs: [TensorType], _ expected: TensorType
  ) throws {
    #expect(try operation.resultType(of: inputs, at: SourceLocation("")) == expected)
  }
}
