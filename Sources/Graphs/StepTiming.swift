package import GraphLanguage

/// What an engine does at once, and how long it took over all runs.
package struct StepTiming: Hashable, Sendable {
  /// The operations that it computes, in order.
  package var operations: [String]
  /// The shape of its first result.
  package var shape: Shape
  /// What the last of its operations is there for.
  package var section: Graph.Section
  /// What one run of it asks for.
  package var cost: GraphCost
  /// The part of the cost's operations that each section asks for, in 0...1.
  package var shares: [Graph.Section: Double]
  /// Wall-clock time of all runs.
  package var duration: Duration

  /// Describes a step, all of which is there for one thing unless shares say otherwise.
  package init(
    operations: [String], shape: Shape, section: Graph.Section, cost: GraphCost,
    shares: [Graph.Section: Double]? = nil, duration: Duration = .zero
  ) {
    self.operations = operations
    self.shape = shape
    self.section = section
    self.cost = cost
    self.shares = shares ?? [section: 1]
    self.duration = duration
  }

  /// Describes what computes some nodes, which are at least one.
  package init(_ nodes: [Graph.Node]) {
    var costs: [Graph.Section: GraphCost] = [:]
    for node in nodes {
      costs[node.section] = (costs[node.section] ?? GraphCost()) + node.cost
    }
    let cost = costs.values.reduce(GraphCost(), +)
    self.init(
      operations: nodes.map(\.operation.name), shape: nodes[0].results[0].shape,
      section: nodes[nodes.count - 1].section, cost: cost,
      shares: cost.totalFLOPs == 0
        ? nil : costs.mapValues { Double($0.totalFLOPs) / Double(cost.totalFLOPs) })
  }
}

extension EngineProgram {
  /// How long all runs took for what one section asks for.
  ///
  /// The time of a step that serves several sections at once, such as a linear cross-entropy fused
  /// with its gradient, is divided by their floating-point operations. That is exact only if all of
  /// them run at one speed: an estimate, better the more of them are matrix products.
  package func duration(of section: Graph.Section) -> Duration {
    timings.reduce(.zero) { $0 + $1.duration * ($1.shares[section] ?? 0) }
  }
}
