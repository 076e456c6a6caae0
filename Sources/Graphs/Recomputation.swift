package import GraphLanguage

extension Graph {
  /// The same computation, the same bits, in less memory: of what the forward pass computes and the
  /// backward pass reads, only a few narrow places are kept.
  ///
  /// The rest is computed again from them, just before the backward pass reads it, by nodes that
  /// belong to the backward pass. For a transformer the places are those where nothing but the
  /// residual stream goes on. What lies behind the last of them is read at once and not computed
  /// again (Chen et al., "Training deep nets with sublinear memory cost", arXiv 1604.06174, section 4;
  /// the places are chosen by ``ForwardPass/cuts()``, not by hand).
  ///
  /// Apply it after `simplified`, which would make equal nodes one again. A graph without a backward
  /// pass, or one that would not need less, stays as it is.
  package func recomputing() throws(GraphError) -> Graph {
    let forward = ForwardPass(self)
    let cuts = forward.cuts()
    if cuts.isEmpty { return self }
    var recomputation = Recomputation(forward, cuts: cuts)
    return try rewritten { (node, _, target) throws(GraphError) in
      try recomputation.copy(node, to: target)
    }
  }
}

/// A copy of a graph in the making, with segments of its forward pass in it twice.
private struct Recomputation {
  private let graph: Graph
  /// For each forward node how many cuts are before it.
  private let segments: [Int]
  /// For each value, by its id, whether the backward pass reads the one that is there already.
  private let isKept: [Bool]
  /// The image of each value, as the nodes of its own pass see it.
  private var images: [Value?]
  /// The images of forward values that were computed again, as the backward pass sees them.
  private var again: [Int32: Value] = [:]
  /// The segments that were computed again.
  private var done: Set<Int> = []

  init(_ forward: ForwardPass, cuts: [Int]) {
    graph = forward.graph
    var segments: [Int] = []
    for node in 0..<forward.end {
      let isNext = cuts.contains(node - 1)
      segments.append((segments.last ?? 0) + (isNext ? 1 : 0))
    }
    self.segments = segments
    let crossing = Set(cuts.flatMap(forward.crossing))
    isKept = forward.graph.values.map { value in
      guard let root = forward.root(of: value), !forward.isResult(root) else { return true }
      return segments[forward.producer(of: root)] == cuts.count || crossing.contains(root)
    }
    images = Array(repeating: nil, count: graph.values.count)
  }

  /// Copies the next node, after the segments whose values it reads and that are not there any more.
  mutating func copy(_ node: Graph.Node, to target: Graph) throws(GraphError) -> [Value] {
    let isForward = graph.producers[Int(node.results[0].id)] < segments.count
    if !isForward {
      for input in node.inputs where !isKept[Int(input.id)] {
        try computeAgain(segment(of: input), in: target)
      }
      target.section = node.section
    }
    let inputs = node.inputs.map { isForward ? image(of: $0) : again[$0.id] ?? image(of: $0) }
    let results = try target.copy(node.operation, inputs, of: graph, at: node.location)
    for (result, image) in zip(node.results, results) { images[Int(result.id)] = image }
    return results
  }

  private func segment(of value: Value) -> Int { segments[graph.producers[Int(value.id)]] }

  private func image(of value: Value) -> Value {
    guard let image = images[Int(value.id)] else {
      preconditionFailure("value \(value.id) is read before it is computed")
    }
    return image
  }

  /// Adds those nodes of a segment once more that lead to values which later nodes read.
  private mutating func computeAgain(_ segment: Int, in target: Graph) throws(GraphError) {
    guard done.insert(segment).inserted else { return }
    let nodes = segments.indices.filter { segments[$0] == segment }
    var needed: Set<Int32> = []
    for node in graph.nodes[segments.count...] {
      for input in node.inputs where !isKept[Int(input.id)] && self.segment(of: input) == segment {
        needed.insert(input.id)
      }
    }
    for index in nodes.reversed() {
      let node = graph.nodes[index]
      guard node.results.contains(where: { needed.contains($0.id) }) else { continue }
      for input in node.inputs where !isKept[Int(input.id)] { needed.insert(input.id) }
    }
    target.section = .backward
    for index in nodes {
      let node = graph.nodes[index]
      guard node.results.contains(where: { needed.contains($0.id) }) else { continue }
      let inputs = node.inputs.map { again[$0.id] ?? image(of: $0) }
      let results = try target.copy(node.operation, inputs, of: graph, at: node.location)
      for (result, image) in zip(node.results, results) { again[result.id] = image }
    }
  }
}
