package import Graphs

/// Working memory that a compiled graph uses, and for how long.
package struct MemoryUse: Hashable, Sendable {
  /// The place in the working memory.
  package var bytes: Range<Int>
  /// The steps of the plan during which the content is needed.
  package var steps: ClosedRange<Int>
}

extension CPUEngine {
  /// The working memory of a graph, tensor by tensor; tensors computed in place count as one.
  package func memoryUses(
    of graph: Graph, _ options: CompileOptions
  ) throws(EngineError) -> [MemoryUse] {
    try Plan(graph, kernels: kernels, threads: pool.threads).memoryUses
  }
}
