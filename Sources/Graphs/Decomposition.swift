package import GraphLanguage

extension Graph {
  /// The same computation in primitives alone, which is what composites mean.
  ///
  /// Logits and attention scores become tensors of their own, so this is for small shapes, for
  /// engines that lack a kernel and for tests. Inputs, variables, outputs and updates keep their
  /// names and places.
  ///
  /// - Throws: ``GraphError`` if a tensor that a composite never stores is too large.
  package func decomposed() throws(GraphError) -> Graph {
    var templates: [Template.Key: Template] = [:]
    return try rewritten { (node, inputs, target) throws(GraphError) in
      let composite: Operation
      let isGradient: Bool
      switch node.operation {
      case .language(let operation) where operation.isComposite:
        (composite, isGradient) = (operation, false)
      case .gradient(let operation): (composite, isGradient) = (operation, true)
      default: return nil
      }
      let key = Template.Key(
        composite: composite, isGradient: isGradient, inputs: node.inputs.map(\.type))
      if let template = templates[key] {
        return try template.instantiate(inputs, in: target, at: node.location)
      }
      let template = try Template(key, at: node.location)
      templates[key] = template
      return try template.instantiate(inputs, in: target, at: node.location)
    }
  }

  /// A composite's meaning as a graph of primitives.
  ///
  /// Its inputs are named by their places, `0` and on; its output is `result`.
  ///
  /// - Throws: ``GraphError`` if the inputs do not fit the operation.
  /// - Precondition: The operation is a composite.
  package static func decomposition(
    of operation: Operation, inputs: [TensorType]
  ) throws(GraphError) -> Graph {
    precondition(operation.isComposite, "\(operation.name) is not a composite")
    let graph = Graph()
    let values = graph.addNumberedInputs(inputs)
    let result = try GraphWriter(graph: graph, location: SourceLocation(""))
      .decompose(operation, values)
    graph.addOutput("result", result)
    return graph
  }

  /// Adds an input for each type, named by its place.
  fileprivate func addNumberedInputs(_ types: [TensorType]) -> [Value] {
    types.enumerated().map { place, type in
      addInput("\(place)", type.shape, type.elementType)
    }
  }
}

/// A composite's or a gradient's meaning, ready to be copied into a graph.
private struct Template {
  struct Key: Hashable {
    let composite: Operation
    let isGradient: Bool
    /// Those of the node: of a gradient the last is the cotangent.
    let inputs: [TensorType]
  }

  let graph: Graph

  /// Derives the meaning; a gradient's is the reverse-mode derivative of its composite's.
  init(_ key: Key, at location: SourceLocation) throws(GraphError) {
    let graph = Graph()
    let inputs = graph.addNumberedInputs(key.inputs)
    let writer = GraphWriter(graph: graph, location: location)
    if key.isGradient {
      let operands = inputs.dropLast()
      let result = try writer.decompose(key.composite, Array(operands))
      let gradients = try graph.gradients(
        of: result, cotangent: inputs[operands.count],
        withRespectTo: operands.filter { $0.elementType == .float32 })
      for (place, gradient) in gradients.enumerated() { graph.addOutput("\(place)", gradient) }
    } else {
      graph.addOutput("result", try writer.decompose(key.composite, inputs))
    }
    self.graph = try graph.simplified()
  }

  /// Adds the nodes to a graph and gives the results.
  func instantiate(
    _ inputs: [Value], in target: Graph, at location: SourceLocation
  ) throws(GraphError) -> [Value] {
    var images: [Int32: Value] = [:]
    for node in graph.nodes {
      switch node.operation {
      case .input(let place): images[node.results[0].id] = inputs[place]
      case .language(let operation):
        images[node.results[0].id] = try target.add(
          operation, node.inputs.compactMap { images[$0.id] }, at: location)
      case .variable, .gradient, .elementwise:
        preconditionFailure("a decomposition has primitives alone, not \(node.operation.name)")
      }
    }
    return graph.outputs.compactMap { images[$0.value.id] }
  }
}
