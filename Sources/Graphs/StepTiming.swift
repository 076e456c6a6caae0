package import GraphLanguage

/// What an engine does at once, and how long it took over all runs.
package struct StepTiming: Hashable, Sendable {
  /// The operations that it computes, in order.
  package var operations: [String]
  /// The shape of its first result.
  package var shape: Shape
  package var section: Graph.Section
  /// What one run of it asks for.
  package var cost: GraphCost
  /// Wall-clock time of all runs.
  package var duration: Duration

  package init(
    operations: [String], shape: Shape, section: Graph.Section, cost: GraphCost,
    duration: Duration = .zero
  ) {
    self.operations = operations
    self.shape = shape
    self.section = section
    self.cost = cost
    self.duration = duration
  }
}
