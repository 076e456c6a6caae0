import CPUKernels
import GraphLanguage
import Graphs

extension Lowering {
  /// q [B, T, H, K], k and v [B, T, G, K].
  private func sizes(_ node: Graph.Node, _ scale: Float) -> cpu_attention {
    let (queries, keys) = (node.inputs[0].shape, node.inputs[1].shape)
    return cpu_attention(
      batches: Int64(queries[0]), rows: Int64(queries[1]), heads: Int64(queries[2]),
      groups: Int64(keys[2]), width: Int64(queries[3]), scale: scale)
  }

  /// A piece for each batch and head.
  func attentionStep(_ scale: Float, _ node: Graph.Node) -> Step {
    var step = Step()
    let operands = node.inputs.map { read($0, in: &step) }
    guard let result = write(node.results[0], in: &step) else { return step }
    var sizes = sizes(node, scale)
    step.scratchCount = Int(cpu_attention_scratch(&sizes))
    let table = kernels
    step.phases = [
      Phase(pieces: Int(sizes.batches * sizes.heads)) { frame, piece, thread in
        var sizes = sizes
        table.table.pointee.attention(
          &sizes, frame.floats(operands[0]), frame.floats(operands[1]), frame.floats(operands[2]),
          operands.count == 4 ? frame.integers(operands[3]) : nil, frame.floats(result),
          frame.scratch(thread), Int64(piece))
      }
    ]
    return step
  }

  /// A piece for each batch and group, whose heads add to the same keys in order.
  func attentionGradientStep(_ scale: Float, _ node: Graph.Node) -> Step {
    var step = Step()
    let operands = node.inputs.map { read($0, in: &step) }
    let results = node.results.map { write($0, in: &step) }
    var sizes = sizes(node, scale)
    step.scratchCount = Int(cpu_attention_scratch(&sizes))
    let table = kernels
    step.phases = [
      Phase(pieces: Int(sizes.batches * sizes.groups)) { frame, piece, thread in
        var sizes = sizes
        let gradients = results.map { result in result.map { frame.floats($0) } }
        table.table.pointee.attention_gradient(
          &sizes, frame.floats(operands[0]), frame.floats(operands[1]), frame.floats(operands[2]),
          operands.count == 5 ? frame.integers(operands[3]) : nil,
          frame.floats(operands[operands.count - 1]), gradients[0], gradients[1], gradients[2],
          frame.scratch(thread), Int64(piece))
      }
    ]
    return step
  }
}
