package import Graphs

/// Working memory that a compiled graph uses, and for how long.
package struct MemoryUse: Hashable, Sendable {
  /// The place in the working memory.
  package var bytes: Range<Int>
  /// The stages of the plan during which the content is needed.
  package var stages: ClosedRange<Int>
}

extension CPUEngine {
  /// The greatest need of any of the graphs, as the programs of a session run one at a time.
  package func workingByteCount(
    of graphs: [Graph], _ options: CompileOptions
  ) throws(EngineError) -> Int {
    var (arena, scratch) = (0, 0)
    for graph in graphs {
      let plan = try Plan(graph, options, kernels: kernels, threads: pool.threads)
      arena = max(arena, plan.arenaByteCount)
      scratch = max(scratch, plan.scratchByteCount * pool.threads)
    }
    return arena + scratch
  }

  /// The working memory of a graph, tensor by tensor; tensors computed in place count as one.
  package func memoryUses(
    of graph: Graph, _ options: CompileOptions
  ) throws(EngineError) -> [MemoryUse] {
    try Plan(graph, options, kernels: kernels, threads: pool.threads).memoryUses
  }
}
