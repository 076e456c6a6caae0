import GraphLanguage

/// Adds operations to a graph on behalf of one place in a plugin's source.
///
/// Derivatives and decompositions are written with it, so that each of their nodes, and an error if
/// one should grow too large, still names the line that asked for the original.
struct GraphWriter {
  let graph: Graph
  let location: SourceLocation

  func add(_ operation: Operation, _ inputs: Value...) throws(GraphError) -> Value {
    try graph.add(operation, inputs, at: location)
  }

  func apply(_ function: UnaryFunction, _ x: Value) throws(GraphError) -> Value {
    try add(.unary(function), x)
  }

  // MARK: Arithmetic on tensors of one shape

  func sum(_ x: Value, _ y: Value) throws(GraphError) -> Value { try add(.binary(.add), x, y) }

  func difference(_ x: Value, _ y: Value) throws(GraphError) -> Value {
    try add(.binary(.subtract), x, y)
  }

  func product(_ x: Value, _ y: Value) throws(GraphError) -> Value {
    try add(.binary(.multiply), x, y)
  }

  func product(_ x: Value, _ y: Value, _ z: Value) throws(GraphError) -> Value {
    try product(product(x, y), z)
  }

  func quotient(_ x: Value, _ y: Value) throws(GraphError) -> Value {
    try add(.binary(.divide), x, y)
  }

  func select(_ predicate: Value, _ x: Value, _ y: Value) throws(GraphError) -> Value {
    try add(.select, predicate, x, y)
  }

  // MARK: Arithmetic with a number

  /// A tensor of one number in the shape of another.
  func filled(_ value: Float, like x: Value) throws(GraphError) -> Value {
    try add(.constant(value, x.shape))
  }

  func scaled(_ x: Value, by factor: Float) throws(GraphError) -> Value {
    try product(x, filled(factor, like: x))
  }

  func shifted(_ x: Value, by offset: Float) throws(GraphError) -> Value {
    try sum(x, filled(offset, like: x))
  }

  /// 1 - x.
  func complement(_ x: Value) throws(GraphError) -> Value {
    try difference(filled(1, like: x), x)
  }

  // MARK: Axes

  /// The sum or the largest over axes, which disappear.
  func reduced(_ reduction: Reduction, _ x: Value, over axes: [Int]) throws(GraphError) -> Value {
    try add(.reduce(reduction, axes: axes), x)
  }

  /// Repeats a tensor along axes that a larger shape has and it has not.
  func spread(_ x: Value, over axes: [Int], to shape: Shape) throws(GraphError) -> Value {
    try add(.broadcast(to: shape, axes: shape.axes(without: axes)), x)
  }

  func reshaped(_ x: Value, _ extents: [Int]) throws(GraphError) -> Value {
    try add(.reshape(Shape(extents)), x)
  }

  func transposed(_ x: Value, _ axes: [Int]) throws(GraphError) -> Value {
    try add(.transpose(axes), x)
  }

  /// The part of a tensor within a range of one axis.
  func sliced(_ x: Value, _ range: Range<Int>, axis: Int) throws(GraphError) -> Value {
    var starts = Array(repeating: 0, count: x.shape.rank)
    var ends = x.shape.extents
    starts[axis] = range.lowerBound
    ends[axis] = range.upperBound
    return try add(.slice(starts: starts, ends: ends), x)
  }

  func matrixProduct(
    _ x: Value, _ y: Value, transposeLeft: Bool = false, transposeRight: Bool = false
  ) throws(GraphError) -> Value {
    try add(.matrixProduct(transposeLeft: transposeLeft, transposeRight: transposeRight), x, y)
  }
}
