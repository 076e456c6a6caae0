package import GraphLanguage

extension Graph {
  /// Makes every update that was added so far leave its variable as it is where a scalar is not finite.
  ///
  /// A run whose scalars are finite gives the bits that it would give without.
  ///
  /// - Parameter scalars: [] float32.
  /// - Throws: ``GraphError`` if one is no float32 scalar of this graph.
  package func guardUpdates(against scalars: [Value]) throws(GraphError) {
    let write = GraphWriter(graph: self, location: SourceLocation(""))
    // x - x is 0 where x is finite, else not a number.
    var sum = try write.add(.constant(0, .scalar))
    for scalar in scalars { sum = try write.sum(sum, try write.difference(scalar, scalar)) }
    let isFinite = try write.add(.compare(.equal), sum, try write.filled(0, like: sum))
    var guarded: [Int: [Value]] = [:]
    for (place, update) in updates.enumerated() {
      let old = variableValues[update.variable]
      if let (node, result) = elementwiseUpdate(update.value, of: old) {
        let results = guarded[node] ?? addGuarded(node, by: isFinite)
        guarded[node] = results
        updates[place].value = results[result]
        continue
      }
      let axes = Array(old.shape.extents.indices)
      let choice = axes.isEmpty ? isFinite : try write.spread(isFinite, over: axes, to: old.shape)
      updates[place].value = try write.select(choice, update.value, old)
    }
  }

  /// The elementwise node, and which of its results, that replaces a variable's elements.
  ///
  /// Such a node takes the condition itself: it can then write where the variable is, and no second
  /// copy of the variable has to wait for a choice.
  private func elementwiseUpdate(
    _ value: Value, of variable: Value
  ) -> (node: Int, result: Int)? {
    let index = producers[Int(value.id)]
    guard case .elementwise(_, isGuarded: false) = nodes[index].operation,
      let result = nodes[index].results.firstIndex(of: value),
      nodes[index].inputs[result] == variable
    else { return nil }
    return (index, result)
  }
}
