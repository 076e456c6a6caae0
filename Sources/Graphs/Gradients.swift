package import GraphLanguage

extension Graph {
  /// Adds the derivative of a scalar with respect to some values, in reverse mode.
  ///
  /// A composite becomes one gradient node; a primitive becomes primitives. Where `largest`,
  /// `maximum` or `minimum` is reached by several elements, each gets an equal share.
  ///
  /// - Parameters:
  ///   - loss: [] float32.
  ///   - variables: Values of this graph, of any place in it.
  /// - Returns: For each value a tensor of its shape; zeros where the loss does not depend on it.
  /// - Throws: ``GraphError`` if the loss is not a float32 scalar, a value is not float32, or the
  ///   loss depends on one through a gradient node that was not decomposed.
  package func gradients(
    of loss: Value, withRespectTo variables: [Value]
  ) throws(GraphError) -> [Value] {
    guard contains(loss) else {
      throw GraphError("gradients: the loss is not a value of this graph", at: SourceLocation(""))
    }
    let location = producer(of: loss).location
    guard loss.type == TensorType(.scalar) else {
      throw GraphError(
        "gradients: the loss \(loss.type) must be a float32 scalar []; sum or average it first",
        at: location)
    }
    let one = try add(.constant(1, .scalar), [], at: location)
    return try gradients(of: loss, cotangent: one, withRespectTo: variables)
  }

  /// Adds the product of a cotangent with the derivative of a tensor with respect to some values.
  ///
  /// - Parameters:
  ///   - result: A float32 value.
  ///   - cotangent: A float32 value of its shape.
  ///   - variables: Float32 values of this graph.
  /// - Returns: For each value a tensor of its shape.
  /// - Throws: ``GraphError`` if a value is not float32 or the way to it leads through a gradient.
  func gradients(
    of result: Value, cotangent: Value, withRespectTo variables: [Value]
  ) throws(GraphError) -> [Value] {
    let location = producer(of: result).location
    for value in variables {
      guard contains(value), value.elementType == .float32 else {
        throw GraphError(
          "gradients: \(value.type) must be a float32 value of this graph", at: location)
      }
    }
    let last = producers[Int(result.id)]
    let depends = dependents(of: variables, upTo: last)
    let outer = section
    section = .backward
    defer { section = outer }
    var adjoints: [Int32: Value] = [result.id: cotangent]
    for index in stride(from: last, through: 0, by: -1) {
      let node = nodes[index]
      guard node.inputs.contains(where: { depends[Int($0.id)] }),
        node.results.contains(where: { adjoints[$0.id] != nil })
      else { continue }
      let writer = GraphWriter(graph: self, location: node.location)
      let contributions = try writer.inputGradients(
        of: node, adjoints: node.results.map { adjoints[$0.id] },
        needed: node.inputs.map { depends[Int($0.id)] })
      for (input, contribution) in zip(node.inputs, contributions) {
        guard let contribution, depends[Int(input.id)] else { continue }
        if let adjoint = adjoints[input.id] {
          adjoints[input.id] = try writer.sum(adjoint, contribution)
        } else {
          adjoints[input.id] = contribution
        }
      }
    }
    var gradients: [Value] = []
    for value in variables {
      if let adjoint = adjoints[value.id] {
        gradients.append(adjoint)
      } else {
        gradients.append(try add(.constant(0, value.shape), [], at: location))
      }
    }
    return gradients
  }

  /// For each value by its id, whether it is float32 and depends on one of some values.
  private func dependents(of variables: [Value], upTo last: Int) -> [Bool] {
    var depends = Array(repeating: false, count: values.count)
    for value in variables { depends[Int(value.id)] = true }
    for node in nodes[...last] where node.inputs.contains(where: { depends[Int($0.id)] }) {
      for value in node.results where value.elementType == .float32 {
        depends[Int(value.id)] = true
      }
    }
    return depends
  }
}
