package import GraphLanguage

extension Graph {
  /// The same computation, the same bits, in less memory: norms and activation functions that the
  /// backward pass reads, and whose inputs it keeps for their derivatives anyway, are computed again
  /// just before it reads them.
  ///
  /// That costs a pass over memory where keeping them costs memory for as long as both passes last:
  /// in a transformer about a third of its activations for one hundredth of its time. Apply it after
  /// `simplified`, which would make equal nodes one again.
  package func recomputingCheapValues() throws(GraphError) -> Graph {
    let forward = ForwardPass(self)
    let cheap = forward.cheapTensors()
    if cheap.isEmpty { return self }
    var recomputation = CheapRecomputation(forward, cheap)
    return try rewritten { (node, inputs, target) throws(GraphError) in
      try recomputation.copy(node, inputs, to: target)
    }
  }
}

extension ForwardPass {
  /// The tensors that are worth computing again: norms and activation functions of tensors that stay.
  ///
  /// A gradient that reads the result itself belongs to a composite right behind it, with which an
  /// engine may run at once: nothing is won there.
  fileprivate func cheapTensors() -> Set<Int32> {
    var readByGradients: Set<Int32> = []
    for node in graph.nodes[end...] {
      guard case .gradient = node.operation else { continue }
      readByGradients.formUnion(node.inputs.compactMap(root))
    }
    let later = Set(readLater)
    var cheap: Set<Int32> = []
    for node in graph.nodes[..<end] where node.operation.isCheap {
      let result = node.results[0].id
      let staysWithout = node.inputs.allSatisfy { input in
        guard let root = root(of: input) else { return true }
        return isResult(root) || later.contains(root) && !cheap.contains(root)
      }
      if staysWithout, later.contains(result), !readByGradients.contains(result) {
        cheap.insert(result)
      }
    }
    return cheap
  }
}

extension NodeOperation {
  /// Whether memory, not arithmetic, takes the time.
  fileprivate var isCheap: Bool {
    switch self {
    case .language(.rmsNorm), .language(.layerNorm), .language(.swiGLU), .language(.gelu): true
    default: false
    }
  }
}

/// A copy of a graph in the making, with cheap forward nodes in its backward pass once more.
private struct CheapRecomputation {
  private let forward: ForwardPass
  private let cheap: Set<Int32>
  /// The images of the graph's values in its forward pass.
  private var images: [Value?]
  /// The images of cheap tensors, and of their reshapes, in the backward pass.
  private var again: [Int32: Value] = [:]

  init(_ forward: ForwardPass, _ cheap: Set<Int32>) {
    self.forward = forward
    self.cheap = cheap
    images = Array(repeating: nil, count: forward.graph.values.count)
  }

  mutating func copy(
    _ node: Graph.Node, _ inputs: [Value], to target: Graph
  ) throws(GraphError) -> [Value] {
    var inputs = inputs
    if forward.graph.producers[Int(node.results[0].id)] >= forward.end {
      for (place, input) in node.inputs.enumerated() {
        guard let root = forward.root(of: input), cheap.contains(root) else { continue }
        inputs[place] = try computedAgain(input, root, in: target, for: node)
      }
    }
    let results = try target.copy(node.operation, inputs, of: forward.graph, at: node.location)
    for (result, image) in zip(node.results, results) { images[Int(result.id)] = image }
    return results
  }

  private mutating func computedAgain(
    _ value: Value, _ root: Int32, in target: Graph, for reader: Graph.Node
  ) throws(GraphError) -> Value {
    if let known = again[value.id] { return known }
    target.section = .backward
    defer { target.section = reader.section }
    let graph = forward.graph
    let node = graph.nodes[forward.producer(of: root)]
    if again[root] == nil {
      let inputs = node.inputs.compactMap { images[Int($0.id)] }
      again[root] = try target.copy(node.operation, inputs, of: graph, at: node.location)[0]
    }
    guard let tensor = again[root] else { preconditionFailure("a copied node has a result") }
    if value.shape == tensor.shape { return tensor }
    let shaped = try target.add(.reshape(value.shape), [tensor], at: node.location)
    again[value.id] = shaped
    return shaped
  }
}
