import GraphLanguage
import Graphs

/// A graph as stages over planned memory.
struct Plan {
  /// An input or output and its place.
  struct Port {
    var name: String
    var shape: Shape
    var elementType: ElementType
    var operand: Operand
  }

  /// A variable's new content that is copied when everything else has run.
  struct Commit {
    /// The slot of the variable.
    var variable: Int
    var source: Operand
    var elementCount: Int
  }

  private(set) var stages: [Stage]
  private(set) var places: [SlotPlace]
  private(set) var arenaByteCount: Int
  /// For each thread.
  private(set) var scratchByteCount: Int
  private(set) var inputs: [Port]
  private(set) var outputs: [Port]
  private(set) var commits: [Commit] = []
  private(set) var inputChecks: [IndexCheck]
  private(set) var memoryUses: [MemoryUse]

  init(
    _ original: Graph, _ options: CompileOptions, kernels: Kernels, threads: Int
  ) throws(EngineError) {
    var graph: Graph
    do {
      graph = try original.simplified()
      graph =
        options.recomputes ? try graph.recomputing() : try graph.recomputingCheapValues()
    } catch {
      throw EngineError("the graph cannot be simplified: \(error)")
    }
    let lowering = try Lowering(graph, kernels: kernels, threads: threads)
    inputs = graph.inputs.map { input in
      Port(
        name: input.name, shape: input.value.shape, elementType: input.value.elementType,
        operand: lowering.place(input.value))
    }
    outputs = graph.outputs.map { output in
      Port(
        name: output.name, shape: output.value.shape, elementType: output.value.elementType,
        operand: lowering.place(output.value))
    }
    var memory = MemoryPlanner(
      slots: lowering.slots, stages: Stage.of(lowering.steps, threads: threads),
      outputs: outputs.map(\.operand.slot))
    for update in graph.updates {
      let variable = lowering.place(graph.variableValues[update.variable]).slot
      let source = lowering.place(update.value)
      let count = update.value.shape.elementCount
      if source == Operand(slot: variable, offset: 0) { continue }
      memory.updates.append(
        MemoryPlanner.Update(variable: variable, source: source, elementCount: count))
    }
    let layout = memory.layout()
    stages = layout.stages
    places = layout.places
    arenaByteCount = layout.arenaByteCount
    commits = layout.commits
    memoryUses = layout.uses
    inputChecks = lowering.inputChecks
    scratchByteCount =
      lowering.steps.map { Memory.byteCount(ofElements: $0.scratchCount) }.max() ?? 0
  }

  /// The steps of all stages.
  var steps: [Step] { stages.flatMap(\.steps) }

  /// The inputs, for error messages.
  var inputNames: String {
    inputs.isEmpty
      ? "none" : inputs.map { "'\($0.name)' \($0.elementType) \($0.shape)" }.joined(separator: ", ")
  }
}

/// Where a slot is.
enum SlotPlace: Hashable {
  /// In the working memory, at an offset in bytes.
  case arena(Int)
  /// The memory of the graph's variable.
  case variable(Int)
}
