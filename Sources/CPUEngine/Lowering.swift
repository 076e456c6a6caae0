import CPUKernels
import GraphLanguage
import Graphs

/// Turns the groups of a graph into steps.
final class Lowering {
  let graph: Graph
  let kernels: Kernels
  /// The threads that will take pieces.
  let threads: Int
  let sources: ValueSources
  let grouping: Grouping
  private(set) var slots: [Slot] = []
  private(set) var steps: [Step] = []
  /// Factors of products that have been packed.
  private var packedFactors: [PackedFactor: (place: Operand, lastUse: Int)] = [:]
  private(set) var inputChecks: [IndexCheck] = []
  /// The slot of each value that has memory of its own.
  private var slotOfValue: [Int32: Int] = [:]
  /// Values whose memory something other than their own region reads.
  private(set) var stored: Set<Int32> = []

  init(_ graph: Graph, kernels: Kernels, threads: Int) throws(EngineError) {
    self.graph = graph
    self.kernels = kernels
    self.threads = threads
    sources = ValueSources(graph)
    grouping = Grouping(graph, sources)
    for (index, value) in graph.variableValues.enumerated() {
      slotOfValue[value.id] = addSlot(.variable(index), value.shape.elementCount)
    }
    for (index, input) in graph.inputs.enumerated() {
      slotOfValue[input.value.id] = addSlot(.input(index), input.value.shape.elementCount)
    }
    findStored()
    for group in grouping.order() {
      guard let content = grouping.groups[group] else { continue }
      if var step = try step(for: content) {
        step.timing = StepTiming(content.members.map { graph.nodes[$0] })
        steps.append(step)
      }
    }
  }

  /// Where a value's elements are.
  func place(_ value: Value) -> Operand {
    let root = sources.root(value)
    return Operand(slot: slot(of: root.value), offset: root.offset)
  }

  /// Where a value's elements are, noted as read by a step.
  func read(_ value: Value, in step: inout Step) -> Operand {
    let operand = place(value)
    step.reads.append(operand.slot)
    return operand
  }

  /// Where a step puts a result; nil if nothing reads it.
  func write(_ value: Value, in step: inout Step) -> Operand? {
    guard stored.contains(value.id) else { return nil }
    let operand = Operand(slot: slot(of: value.id), offset: 0)
    step.writes.append(operand.slot)
    return operand
  }

  /// Memory for one step.
  func workspace(_ elementCount: Int, in step: inout Step) -> Operand {
    let slot = addSlot(.working, elementCount)
    step.workspaces.append(slot)
    return Operand(slot: slot, offset: 0)
  }

  /// Where a packed factor is, noted as read by a step; packed by a step of its own, unless one that
  /// came shortly before has done so.
  func read(_ factor: PackedFactor, for node: Graph.Node, in step: inout Step) -> Operand {
    let place: Operand
    if let known = packedFactors[factor], steps.count - known.lastUse <= Self.packedFactorLife {
      place = known.place
    } else {
      let count = factor.packedColumns * factor.depth
      place = Operand(slot: addSlot(.working, count), offset: 0)
      steps.append(packStep(factor, to: place, for: node))
    }
    packedFactors[factor] = (place, steps.count)
    step.reads.append(place.slot)
    return place
  }

  /// How many steps a packed factor may wait in memory for the next product that reads it.
  private static let packedFactorLife = 16

  /// Has indices checked before they are used: before the run if they are an input's.
  func check(
    _ indices: Operand, count: Int, least: Int32, limit: Int, of node: Graph.Node,
    in step: inout Step
  ) {
    let place = node.location.description
    let check = IndexCheck(
      operand: indices, count: count, least: least, limit: Int32(limit),
      reader: node.operation.name + (place.isEmpty ? "" : " (at \(place))"))
    if case .input = slots[indices.slot].kind {
      inputChecks.append(check)
    } else {
      step.checks.append(check)
    }
  }

  private func addSlot(_ kind: Slot.Kind, _ elementCount: Int) -> Int {
    slots.append(Slot(kind: kind, elementCount: elementCount))
    return slots.count - 1
  }

  /// The memory of a value.
  func slot(of value: Int32) -> Int {
    if let slot = slotOfValue[value] { return slot }
    let slot = addSlot(.working, graph.values[Int(value)].shape.elementCount)
    slotOfValue[value] = slot
    return slot
  }

  /// Finds the values that must be in memory.
  private func findStored() {
    for output in graph.outputs { stored.insert(sources.root(output.value).value) }
    for update in graph.updates { stored.insert(sources.root(update.value).value) }
    // From the last node, so that what only an unread pattern reads is not stored.
    for (index, node) in graph.nodes.enumerated().reversed() {
      if node.results.allSatisfy({ sources.root($0).value != $0.id }) { continue }
      if let result = node.results.first, sources.patterns[result.id] != nil,
        !stored.contains(result.id)
      {
        continue
      }
      for (input, value) in zip(node.inputs, node.inputs.map { sources.root($0) }) {
        var read = value.value
        if node.regionElementCount != nil, let pattern = sources.pattern(input) {
          guard case .value(let origin) = pattern.origin else { continue }
          read = origin
        }
        let group = grouping.groupOfNode[graph.producers[Int(read)]]
        let isInner =
          group != nil && group == grouping.groupOfNode[index]
          && node.regionElementCount != nil && value.offset == 0 && read == value.value
        if !isInner { stored.insert(read) }
      }
    }
  }

  /// The step of a group, or nil if nothing needs it.
  private func step(for group: Grouping.Group) throws(EngineError) -> Step? {
    if case .region(let elementCount) = group.kind {
      return regionStep(group.members, elementCount)
    }
    let node = graph.nodes[group.members[0]]
    let last = graph.nodes[group.members[group.members.count - 1]]
    guard (node.results + last.results).contains(where: { stored.contains($0.id) }) else {
      return nil
    }
    if group.members.count == 2 { return headStep(forward: node, gradient: last) }
    switch node.operation {
    case .variable, .input: preconditionFailure("a leaf is not computed")
    case .language(let operation): return try languageStep(operation, node)
    case .gradient(let operation): return try gradientStep(operation, node)
    case .elementwise(let function, let isGuarded):
      return elementwiseStep(function, isGuarded: isGuarded, node)
    }
  }

  private func languageStep(
    _ operation: Operation, _ node: Graph.Node
  ) throws(EngineError) -> Step {
    switch operation {
    case .constant, .iota: return patternStep(node)
    case .broadcast where sources.patterns[node.results[0].id] != nil: return patternStep(node)
    case .broadcast, .transpose, .slice, .pad, .concatenate:
      return try movementStep(operation, node)
    case .reduce(let reduction, let axes): return reductionStep(reduction, axes, node)
    case .matrixProduct(let left, let right): return productStep(left, right, node)
    case .gather: return gatherStep(node)
    case .scatterAdd(let rows): return scatterStep(rows, node)
    case .softmax, .rmsNorm, .layerNorm, .crossEntropy: return rowStep(operation, node)
    case .rotary(let base, let interleaved):
      return rotaryStep(base, interleaved, direction: 1, node)
    case .causalAttention(let scale): return attentionStep(scale, node)
    case .linearCrossEntropy: return headStep(forward: node, gradient: nil)
    case .unary, .binary, .compare, .select, .convert, .swiGLU, .gelu, .reshape:
      preconditionFailure("\(operation.name) has no kernel of its own")
    }
  }

  private func gradientStep(
    _ operation: Operation, _ node: Graph.Node
  ) throws(EngineError) -> Step {
    switch operation {
    case .softmax, .rmsNorm, .layerNorm, .crossEntropy: return rowGradientStep(operation, node)
    case .rotary(let base, let interleaved):
      return rotaryStep(base, interleaved, direction: -1, node)
    case .causalAttention(let scale): return attentionGradientStep(scale, node)
    case .linearCrossEntropy: return headStep(forward: nil, gradient: node)
    default: preconditionFailure("\(operation.name) has no gradient kernel of its own")
    }
  }
}
