/// Operations by name. Elementwise ones broadcast as NumPy does: axes are aligned from the last, and
/// an axis of extent 1, or a missing one, is repeated.
extension GraphBuilder {
  /// A tensor filled with one number.
  public func constant(
    _ value: Float, _ shape: Shape = .scalar, file: StaticString = #fileID, line: UInt = #line
  ) throws(GraphError) -> Value {
    try add(.constant(value, shape), [], at: SourceLocation(file: file, line: line))
  }

  /// An elementwise function of one input.
  public func apply(
    _ function: UnaryFunction, _ x: Value, file: StaticString = #fileID, line: UInt = #line
  ) throws(GraphError) -> Value {
    try add(.unary(function), [x], at: SourceLocation(file: file, line: line))
  }

  /// An elementwise function of two inputs, broadcast to one shape.
  public func apply(
    _ function: BinaryFunction, _ x: Value, _ y: Value,
    file: StaticString = #fileID, line: UInt = #line
  ) throws(GraphError) -> Value {
    let location = SourceLocation(file: file, line: line)
    let (left, right) = try broadcastTogether(x, y, at: location)
    return try add(.binary(function), [left, right], at: location)
  }

  /// An elementwise function of a tensor and a number.
  public func apply(
    _ function: BinaryFunction, _ x: Value, _ y: Float,
    file: StaticString = #fileID, line: UInt = #line
  ) throws(GraphError) -> Value {
    let location = SourceLocation(file: file, line: line)
    let constant = try add(.constant(y, x.shape), [], at: location)
    return try add(.binary(function), [x, constant], at: location)
  }

  /// The sum of two tensors, broadcast to one shape.
  public func sum(
    _ x: Value, _ y: Value, file: StaticString = #fileID, line: UInt = #line
  ) throws(GraphError) -> Value { try apply(.add, x, y, file: file, line: line) }

  /// The elementwise product of two tensors, broadcast to one shape.
  public func product(
    _ x: Value, _ y: Value, file: StaticString = #fileID, line: UInt = #line
  ) throws(GraphError) -> Value { try apply(.multiply, x, y, file: file, line: line) }

  /// The same elements in another shape.
  public func reshape(
    _ x: Value, _ shape: Shape, file: StaticString = #fileID, line: UInt = #line
  ) throws(GraphError) -> Value {
    try add(.reshape(shape), [x], at: SourceLocation(file: file, line: line))
  }

  /// A linear layer: x [..., I] and weight [O, I] give [..., O].
  public func linear(
    _ x: Value, _ weight: Value, file: StaticString = #fileID, line: UInt = #line
  ) throws(GraphError) -> Value {
    let location = SourceLocation(file: file, line: line)
    guard x.shape.rank >= 1, weight.shape.rank == 2 else {
      throw GraphError(
        "linear: x \(x.shape) needs an axis and weight \(weight.shape) must be [outputs, inputs]",
        at: location)
    }
    let rows = x.shape.extents.dropLast()
    let flat = try add(
      .reshape([rows.reduce(1, *), x.shape[x.shape.rank - 1]]), [x], at: location)
    let product = try add(
      .matrixProduct(transposeLeft: false, transposeRight: true), [flat, weight], at: location)
    return try add(.reshape(Shape(rows + [weight.shape[0]])), [product], at: location)
  }

  /// Repeats axes of extent 1 and missing leading axes until both shapes are one.
  private func broadcastTogether(
    _ x: Value, _ y: Value, at location: SourceLocation
  ) throws(GraphError) -> (Value, Value) {
    if x.shape == y.shape { return (x, y) }
    let rank = max(x.shape.rank, y.shape.rank)
    func aligned(_ shape: Shape) -> [Int] {
      Array(repeating: 1, count: rank - shape.rank) + shape.extents
    }
    let left = aligned(x.shape)
    let right = aligned(y.shape)
    guard zip(left, right).allSatisfy({ $0 == $1 || $0 == 1 || $1 == 1 }) else {
      throw GraphError(
        "shapes \(x.shape) and \(y.shape) do not broadcast: aligned from the last axis, extents "
          + "must be equal or 1", at: location)
    }
    let shape = Shape(zip(left, right).map { max($0, $1) })
    return (try broadcast(x, to: shape, at: location), try broadcast(y, to: shape, at: location))
  }

  /// Repeats one tensor to a shape, dropping axes of extent 1 that grow.
  private func broadcast(
    _ x: Value, to shape: Shape, at location: SourceLocation
  ) throws(GraphError) -> Value {
    if x.shape == shape { return x }
    let offset = shape.rank - x.shape.rank
    let kept = x.shape.extents.indices.filter { x.shape[$0] == shape[$0 + offset] }
    let squeezed = Shape(kept.map { x.shape[$0] })
    let source = squeezed == x.shape ? x : try add(.reshape(squeezed), [x], at: location)
    return try add(
      .broadcast(to: shape, axes: kept.map { $0 + offset }), [source], at: location)
  }
}
