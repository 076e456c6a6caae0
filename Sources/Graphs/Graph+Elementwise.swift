package import GraphLanguage

extension Graph: ElementwiseGraphBuilder {
  package func apply(
    _ function: ElementwiseFunction, updating updated: [Value], reading read: [Value],
    scalars: [Value], at location: SourceLocation
  ) throws(GraphError) -> [Value] {
    let tensors = updated + read
    try check(tensors + scalars, of: function.name, at: location)
    guard updated.count == function.updatedCount, read.count == function.readCount,
      scalars.count == function.scalarCount
    else {
      throw GraphError(
        "\(function.name): takes \(function.updatedCount) tensors to update, "
          + "\(function.readCount) to read and \(function.scalarCount) scalars, not "
          + "\(updated.count), \(read.count) and \(scalars.count)", at: location)
    }
    let type = TensorType(updated[0].shape)
    guard tensors.allSatisfy({ $0.type == type }), scalars.allSatisfy({ $0.type == .scalarNumber })
    else {
      let given = (tensors + scalars).map(\.type.description).joined(separator: ", ")
      throw GraphError(
        "\(function.name) of \(given): takes float32 tensors of one shape, then float32 scalars []",
        at: location)
    }
    return append(
      .elementwise(function, isGuarded: false), tensors + scalars, updated.map(\.type),
      at: location)
  }

  /// Adds an elementwise node once more, so that it gives the old elements where a condition is 0.
  ///
  /// - Parameters:
  ///   - index: The node, which is not guarded yet.
  ///   - condition: [] float32.
  /// - Returns: Its results.
  func addGuarded(_ index: Int, by condition: Value) -> [Value] {
    let node = nodes[index]
    guard case .elementwise(let function, isGuarded: false) = node.operation else {
      preconditionFailure("\(node.operation.name) cannot be guarded")
    }
    return append(
      .elementwise(function, isGuarded: true), node.inputs + [condition],
      node.results.map(\.type), at: node.location)
  }
}

extension TensorType {
  /// [] float32.
  fileprivate static let scalarNumber = TensorType(.scalar)
}
