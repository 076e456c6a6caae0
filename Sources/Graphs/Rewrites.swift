package import GraphLanguage

extension Graph {
  /// The same computation without the nodes that no output and no update depends on.
  ///
  /// Inputs and variables stay, with their places, since a session and its callers know them.
  package func pruned() throws(GraphError) -> Graph {
    let live = liveValues()
    return try rewritten { (node, _, _) throws(GraphError) in
      switch node.operation {
      case .variable, .input: nil
      // Dead results get no image; nothing that is kept reads them.
      case .language, .gradient, .elementwise: node.results.contains { live[Int($0.id)] } ? nil : []
      }
    }
  }

  /// The same computation, the same bits, with fewer nodes.
  ///
  /// Equal nodes become one, reshapes of reshapes one, and what changes nothing goes: x · 1, x / 1,
  /// x - 0, a rearrangement or reduction of nothing. x + 0 stays, because it turns -0 into 0.
  package func simplified() throws(GraphError) -> Graph {
    var known: [NodeKey: [Value]] = [:]
    let merged = try rewritten { (node, inputs, target) throws(GraphError) in
      var operation = node.operation
      var inputs = inputs
      switch operation {
      case .variable, .input: return nil
      case .language(let described):
        let (shorter, operands) = target.shortened(described, inputs)
        if let unchanged = target.unchangedInput(of: shorter, operands) { return [unchanged] }
        (operation, inputs) = (.language(shorter), operands)
      case .gradient, .elementwise: break
      }
      let key = NodeKey(operation, inputs)
      if let results = known[key] { return results }
      let results = try target.copy(operation, inputs, of: self, at: node.location)
      known[key] = results
      return results
    }
    return try merged.pruned()
  }

  /// Copies the graph node by node.
  ///
  /// The parameter `replacement`, given a node, its inputs in the new graph and the new graph, adds
  /// what stands for the node and gives the images of its results. Nil copies the node as it is, and
  /// an empty list drops it.
  func rewritten(
    _ replacement: (Node, [Value], Graph) throws(GraphError) -> [Value]?
  ) throws(GraphError) -> Graph {
    let target = Graph()
    target.acceptsParameters = acceptsParameters
    var images: [Value?] = Array(repeating: nil, count: values.count)
    for node in nodes {
      target.section = node.section
      let inputs = node.inputs.compactMap { images[Int($0.id)] }
      let results: [Value]
      if let replaced = try replacement(node, inputs, target) {
        results = replaced
      } else {
        precondition(
          inputs.count == node.inputs.count, "\(node.operation.name) reads a dropped value")
        results = try target.copy(node.operation, inputs, of: self, at: node.location)
      }
      for (result, image) in zip(node.results, results) { images[Int(result.id)] = image }
    }
    for output in outputs { target.addOutput(output.name, image(of: output.value, in: images)) }
    for update in updates {
      try target.addUpdate(update.variable, image(of: update.value, in: images))
    }
    return target
  }

  /// The image of a value that an output or update needs.
  private func image(of value: Value, in images: [Value?]) -> Value {
    guard let image = images[Int(value.id)] else {
      preconditionFailure("a rewrite dropped value \(value.id), which is needed")
    }
    return image
  }

  /// Adds a node of another graph, with inputs of this one.
  func copy(
    _ operation: NodeOperation, _ inputs: [Value], of source: Graph, at location: SourceLocation
  ) throws(GraphError) -> [Value] {
    switch operation {
    case .variable(let place):
      return [try addVariable(source.variables[place], at: location)]
    case .input(let place):
      let input = source.inputs[place]
      return [addInput(input.name, input.value.shape, input.value.elementType)]
    case .language(let operation): return [try add(operation, inputs, at: location)]
    case .gradient(let operation):
      return try addGradient(
        of: operation, Array(inputs.dropLast()), cotangent: inputs[inputs.count - 1],
        at: location)
    case .elementwise(let function, _):
      let types = inputs.prefix(function.updatedCount).map(\.type)
      return append(operation, inputs, types, at: location)
    }
  }

  /// For each value by its id, whether an output or an update depends on it.
  private func liveValues() -> [Bool] {
    var live = Array(repeating: false, count: values.count)
    for output in outputs { live[Int(output.value.id)] = true }
    for update in updates { live[Int(update.value.id)] = true }
    for node in nodes.reversed() where node.results.contains(where: { live[Int($0.id)] }) {
      for input in node.inputs { live[Int(input.id)] = true }
    }
    return live
  }

  /// The same step with less before it: a reshape reads through a reshape, and a rearranged constant
  /// is a constant.
  private func shortened(_ operation: Operation, _ inputs: [Value]) -> (Operation, [Value]) {
    guard inputs.count == 1, case .language(let before) = producer(of: inputs[0]).operation else {
      return (operation, inputs)
    }
    switch (operation, before) {
    case (.reshape(let shape), .constant(let value, _)),
      (.broadcast(let shape, _), .constant(let value, _)):
      return (.constant(value, shape), [])
    case (.reshape, .reshape): return (operation, producer(of: inputs[0]).inputs)
    default: return (operation, inputs)
    }
  }

  /// The input that an operation would give back unchanged, bit for bit.
  private func unchangedInput(of operation: Operation, _ inputs: [Value]) -> Value? {
    guard let x = inputs.first else { return nil }
    switch operation {
    case .binary(.multiply):
      if isFilled(inputs[1], with: 1) { return x }
      return isFilled(x, with: 1) ? inputs[1] : nil
    case .binary(.divide): return isFilled(inputs[1], with: 1) ? x : nil
    case .binary(.subtract): return isFilled(inputs[1], with: 0) ? x : nil
    case .convert(let type): return type == x.elementType ? x : nil
    case .reshape(let shape), .broadcast(let shape, _): return shape == x.shape ? x : nil
    case .transpose(let axes): return axes == Array(axes.indices) ? x : nil
    case .slice(let starts, let ends):
      return ends == x.shape.extents && starts.allSatisfy { $0 == 0 } ? x : nil
    case .pad(let before, let after): return (before + after).allSatisfy { $0 == 0 } ? x : nil
    case .concatenate: return inputs.count == 1 ? x : nil
    case .reduce(_, let axes): return axes.isEmpty ? x : nil
    default: return nil
    }
  }

  /// Whether every element is one number, to the bit.
  private func isFilled(_ value: Value, with number: Float) -> Bool {
    guard case .language(.constant(let filling, _)) = producer(of: value).operation else {
      return false
    }
    return filling.bitPattern == number.bitPattern
  }
}

/// What makes two nodes equal: everything but the place they were asked for.
private struct NodeKey: Hashable {
  let operation: NodeOperation
  let inputs: [Value]
  /// Tells constants apart to the bit: 0 and -0 are equal as numbers.
  let constantBits: UInt32?

  init(_ operation: NodeOperation, _ inputs: [Value]) {
    self.operation = operation
    self.inputs = inputs
    if case .language(.constant(let value, _)) = operation {
      constantBits = value.bitPattern
    } else {
      constantBits = nil
    }
  }
}
