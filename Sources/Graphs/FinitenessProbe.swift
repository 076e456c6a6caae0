package import GraphLanguage

/// A result that is not finite, and what computed it.
package struct NonFiniteResult: Hashable, Sendable, CustomStringConvertible {
  /// The operation, or the variable that holds it.
  package var operation: String
  package var shape: Shape
  package var section: Graph.Section
  /// Where a plugin asked for it.
  package var location: SourceLocation

  package var description: String {
    let place = location.description
    return "\(operation) \(shape) in the \(section.rawValue) pass"
      + (place.isEmpty ? "" : " (at \(place))")
  }
}

/// A graph that computes what another one does, and looks at every result instead of keeping it.
///
/// It has the inputs and variables of the other, no updates, and for each result a scalar output: 0 if
/// all elements are finite, else not a number. It needs little more memory than the other.
package struct FinitenessProbe {
  package let graph: Graph
  /// What each output looks at, in the order of the computation.
  private let subjects: [(output: String, result: NonFiniteResult)]

  /// Instruments the outputs of a graph and all that leads to them.
  ///
  /// What an infinite constant goes into is not looked at: a mask is meant to be infinite.
  ///
  /// - Throws: ``GraphError`` if a tensor is too large to be looked at.
  package init(_ original: Graph) throws(GraphError) {
    let source = try original.simplified()
    source.updates = []
    var subjects: [(output: String, result: NonFiniteResult)] = []
    var checks: [Value] = []
    var infinite: Set<Int32> = []
    let pruned = try source.pruned()
    graph = try pruned.rewritten { (node, inputs, target) throws(GraphError) in
      let results = try target.copy(node.operation, inputs, of: pruned, at: node.location)
      if node.inputs.contains(where: { infinite.contains($0.id) }) || node.isInfiniteConstant {
        if node.onlyMoves { infinite.formUnion(node.results.map(\.id)) }
        return results
      }
      guard !node.onlyMoves else { return results }
      let write = GraphWriter(graph: target, location: node.location)
      for result in results where result.elementType == .float32 {
        let axes = Array(result.shape.extents.indices)
        let difference = try write.difference(result, result)
        checks.append(
          axes.isEmpty ? difference : try write.reduced(.sum, difference, over: axes))
        subjects.append(
          (
            "\(subjects.count)",
            NonFiniteResult(
              operation: pruned.name(of: node), shape: result.shape, section: node.section,
              location: node.location)
          ))
      }
      return results
    }
    graph.outputs = zip(subjects, checks).map { Graph.Output(name: $0.output, value: $1) }
    self.subjects = subjects
  }

  /// The first result of a run that is not finite; nil if all are.
  package func firstNonFinite(_ outputs: [String: TensorData]) -> NonFiniteResult? {
    subjects.first { subject in
      guard case .float32(let check)? = outputs[subject.output] else { return false }
      return check.contains { !$0.isFinite }
    }?.result
  }
}

extension Graph {
  /// What a node is called in messages.
  fileprivate func name(of node: Node) -> String {
    guard case .variable(let place) = node.operation else { return node.operation.name }
    return "variable '\(variables[place].name)'"
  }
}

extension Graph.Node {
  fileprivate var isInfiniteConstant: Bool {
    if case .language(.constant(let value, _)) = operation { return !value.isFinite }
    return false
  }

  /// Whether every element of the result is one of an input, or one number.
  fileprivate var onlyMoves: Bool {
    switch operation {
    case .language(.constant), .language(.iota), .language(.broadcast), .language(.reshape),
      .language(.transpose), .language(.slice), .language(.pad), .language(.concatenate),
      .input:
      true
    default: false
    }
  }
}
