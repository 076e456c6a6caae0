package import GraphLanguage

extension Operation {
  /// The shape and element type of the result.
  ///
  /// - Throws: ``GraphError`` that names the operation, the inputs' shapes and what it expects.
  package func resultType(
    of inputs: [TensorType], at location: SourceLocation
  ) throws(GraphError) -> TensorType {
    let checker = ShapeChecker(operation: self, inputs: inputs, location: location)
    let extents = try checker.resultExtents()
    try checker.require(
      extents.allSatisfy { $0 >= 1 } && Shape.isWithinLimit(extents),
      "the result \(extents) must have extents of at least 1 and at most "
        + "\(Shape.largestElementCount) elements")
    return TensorType(Shape(extents), checker.resultElementType)
  }
}

/// Checks one operation's inputs and finds the extents of its result.
struct ShapeChecker {
  let operation: Operation
  let inputs: [TensorType]
  let location: SourceLocation

  /// The first input's extents; asked after the number of inputs was checked.
  var x: Shape { inputs[0].shape }

  /// Throws an error that names the operation and its inputs, unless a condition holds.
  func require(_ condition: Bool, _ expected: @autoclosure () -> String) throws(GraphError) {
    if condition { return }
    let given =
      inputs.isEmpty ? "" : " of " + inputs.map(\.description).joined(separator: ", ")
    throw GraphError("\(operation.name)\(given): \(expected())", at: location)
  }

  /// Checks the number and element types of the inputs; nil accepts any type.
  func requireInputs(_ types: ElementType?..., naming signature: String) throws(GraphError) {
    let fits =
      inputs.count == types.count
      && zip(inputs, types).allSatisfy { $1 == nil || $0.elementType == $1 }
    try require(fits, "takes \(signature)")
  }

  /// What each element of the result is, given that the inputs fit.
  var resultElementType: ElementType {
    switch operation {
    case .iota(_, _, let type), .convert(let type): type
    case .broadcast, .reshape, .transpose, .slice, .concatenate: inputs[0].elementType
    default: .float32
    }
  }

  /// The extents of the result; they may still be too large.
  func resultExtents() throws(GraphError) -> [Int] {
    switch operation {
    case .constant(let value, let shape):
      try requireInputs(naming: "no inputs")
      try require(!value.isNaN, "the value must be a number")
      return shape.extents
    case .iota(let axis, let shape, _):
      try requireInputs(naming: "no inputs")
      try require(
        shape.extents.indices.contains(axis), "axis \(axis) is not one of the result's \(shape)")
      return shape.extents
    case .unary:
      try requireInputs(.float32, naming: "one float32 tensor")
      return x.extents
    case .convert:
      try requireInputs(nil, naming: "one tensor")
      return x.extents
    case .binary:
      try requireInputs(.float32, .float32, naming: "two float32 tensors")
      try require(x == inputs[1].shape, "both must have one shape; broadcast them first")
      return x.extents
    case .compare:
      try requireInputs(nil, nil, naming: "two tensors")
      try require(
        inputs[0] == inputs[1], "both must have one shape and element type; broadcast them first")
      return x.extents
    case .select:
      try requireInputs(
        .float32, .float32, .float32, naming: "predicate, x and y, three float32 tensors")
      try require(
        inputs.allSatisfy { $0.shape == x }, "all three must have one shape; broadcast them first")
      return x.extents
    case .broadcast, .reshape, .transpose, .slice, .pad, .concatenate:
      return try rearrangedExtents()
    case .reduce(_, let axes):
      try requireInputs(.float32, naming: "one float32 tensor")
      try require(
        axes.isAscending(within: x.rank),
        "axes \(axes) must be ascending and each one of 0..<\(x.rank)")
      return x.removing(axes: axes).extents
    case .matrixProduct, .gather, .scatterAdd: return try productExtents()
    default: return try compositeExtents()
    }
  }

  /// The operations that move elements without computing.
  private func rearrangedExtents() throws(GraphError) -> [Int] {
    if case .concatenate(let axis) = operation { return try concatenatedExtents(axis) }
    if case .pad = operation {
      try requireInputs(.float32, naming: "one float32 tensor")
    } else {
      try requireInputs(nil, naming: "one tensor")
    }
    switch operation {
    case .broadcast(let shape, let axes):
      try require(
        axes.count == x.rank && axes.isAscending(within: shape.rank),
        "axes \(axes) must name one axis of \(shape) for each of x, ascending")
      try require(
        zip(axes, x.extents).allSatisfy { shape[$0] == $1 },
        "along axes \(axes) the result \(shape) must have the extents of x")
      return shape.extents
    case .reshape(let shape):
      try require(
        Shape.isWithinLimit(shape.extents) && shape.elementCount == x.elementCount,
        "the new shape \(shape) must have as many elements as x, \(x.elementCount)")
      return shape.extents
    case .transpose(let axes):
      try require(
        axes.sorted() == Array(0..<x.rank), "axes \(axes) must be a permutation of 0..<\(x.rank)")
      return axes.map { x[$0] }
    case .slice(let starts, let ends):
      try require(
        starts.count == x.rank && ends.count == x.rank,
        "needs one start and end for each axis, has \(starts) and \(ends)")
      try require(
        x.extents.indices.allSatisfy {
          starts[$0] >= 0 && starts[$0] < ends[$0] && ends[$0] <= x[$0]
        }, "\(starts)..<\(ends) must be within x and not empty")
      return zip(starts, ends).map { $1 - $0 }
    case .pad(let before, let after):
      try require(
        before.count == x.rank && after.count == x.rank
          && (before + after).allSatisfy { (0...Shape.largestElementCount).contains($0) },
        "needs one number of zeros, at least 0, before and after each axis, has \(before) and "
          + "\(after)")
      return x.extents.indices.map { before[$0] + x[$0] + after[$0] }
    default: preconditionFailure("\(operation.name) does not rearrange")
    }
  }

  /// The extents of tensors joined along an axis.
  private func concatenatedExtents(_ axis: Int) throws(GraphError) -> [Int] {
    try require(!inputs.isEmpty, "takes at least one tensor")
    try require(
      x.extents.indices.contains(axis), "axis \(axis) is not one of the first input's \(x)")
    for input in inputs {
      var extents = input.shape.extents
      if extents.indices.contains(axis) { extents[axis] = x[axis] }
      try require(
        extents == x.extents && input.elementType == inputs[0].elementType,
        "all must have one element type, and one shape but for axis \(axis)")
    }
    var extents = x.extents
    extents[axis] = inputs.reduce(0) { $0 + $1.shape[axis] }
    return extents
  }

  /// Matrix products and the reading and adding of rows.
  private func productExtents() throws(GraphError) -> [Int] {
    switch operation {
    case .matrixProduct(let transposeLeft, let transposeRight):
      try requireInputs(.float32, .float32, naming: "x and y, two float32 tensors")
      let y = inputs[1].shape
      try require(
        x.rank >= 2 && x.rank == y.rank && x.extents.dropLast(2) == y.extents.dropLast(2),
        "needs x [..., M, K] and y [..., K, N] with the same leading axes")
      let (m, left) =
        transposeLeft ? (x[x.rank - 1], x[x.rank - 2]) : (x[x.rank - 2], x[x.rank - 1])
      let (right, n) =
        transposeRight ? (y[y.rank - 1], y[y.rank - 2]) : (y[y.rank - 2], y[y.rank - 1])
      try require(
        left == right,
        "the inner extents \(left) of x\(transposeLeft ? ", transposed," : "") and \(right) of "
          + "y\(transposeRight ? ", transposed," : "") must be equal")
      return x.extents.dropLast(2) + [m, n]
    case .gather:
      try requireInputs(.float32, .int32, naming: "a float32 table and int32 indices")
      try require(x.rank >= 1, "the table needs an axis of rows")
      return inputs[1].shape.extents + x.extents.dropFirst()
    case .scatterAdd(let rows):
      try requireInputs(.int32, .float32, naming: "int32 indices and float32 updates")
      try require(rows >= 1, "rows \(rows) must be at least 1")
      let updates = inputs[1].shape.extents
      try require(
        updates.starts(with: x.extents), "the updates' first axes must be those of the indices")
      return [rows] + updates.dropFirst(x.rank)
    default: preconditionFailure("\(operation.name) is not a product")
    }
  }
}

extension [Int] {
  /// Whether the numbers ascend strictly within 0..<count.
  fileprivate func isAscending(within count: Int) -> Bool {
    allSatisfy { (0..<count).contains($0) } && zip(self, dropFirst()).allSatisfy { $0 < $1 }
  }
}
