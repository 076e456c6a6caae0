import CPUKernels
import GraphLanguage
import Graphs

extension Lowering {
  /// Sums and maxima over axes: neighbouring axes at once, from the last.
  func reductionStep(_ reduction: Reduction, _ axes: [Int], _ node: Graph.Node) -> Step {
    var step = Step()
    var source = read(node.inputs[0], in: &step)
    guard let result = write(node.results[0], in: &step) else { return step }
    var extents = node.inputs[0].shape.extents
    var runs: [Range<Int>] = []
    for axis in axes.reversed() where extents[axis] > 1 {
      if let run = runs.last, extents[(axis + 1)..<run.lowerBound].allSatisfy({ $0 == 1 }) {
        runs[runs.count - 1] = axis..<run.upperBound
      } else {
        runs.append(axis..<(axis + 1))
      }
    }
    for (index, run) in runs.enumerated() {
      let outer = extents[..<run.lowerBound].reduce(1, *)
      let extent = extents[run].reduce(1, *)
      let inner = extents[run.upperBound...].reduce(1, *)
      let isLast = index == runs.count - 1
      let target = isLast ? result : workspace(outer * inner, in: &step)
      step.phases += phases(
        reduction, outer: outer, extent: extent, inner: inner, from: source, to: target, &step)
      for axis in run { extents[axis] = 1 }
      source = target
    }
    return step
  }

  /// One reduction of [outer, extent, inner].
  ///
  /// A long axis with little beside it is first reduced in blocks.
  private func phases(
    _ reduction: Reduction, outer: Int, extent: Int, inner: Int, from source: Operand,
    to result: Operand, _ step: inout Step
  ) -> [Phase] {
    let columns = 512
    let block = max(64, (extent + 63) / 64)
    let isLong = extent >= 4 * block && outer * ((inner + columns - 1) / columns) < 8
    guard isLong, extent * inner >= 1 << 14 else {
      return [phase(reduction, outer, extent, inner, columns, from: source, to: result)]
    }
    let parts = (extent + block - 1) / block
    let partials = workspace(outer * parts * inner, in: &step)
    let kernel = kernel(reduction)
    let blocks = Phase(pieces: outer * parts) { frame, piece, _ in
      let (row, part) = (piece / parts, piece % parts)
      let count = min(block, extent - part * block)
      kernel(
        frame.floats(source) + (row * extent + part * block) * inner,
        frame.floats(partials) + piece * inner, Int64(count), Int64(inner), 0, 1, 0, Int64(inner))
    }
    return [
      blocks, phase(reduction, outer, parts, inner, columns, from: partials, to: result),
    ]
  }

  private func phase(
    _ reduction: Reduction, _ outer: Int, _ extent: Int, _ inner: Int, _ columns: Int,
    from source: Operand, to result: Operand
  ) -> Phase {
    let kernel = kernel(reduction)
    let strips = (inner + columns - 1) / columns
    let size = max(1, (1 << 14) / (extent * min(inner, columns)))
    let chunks = (outer + size - 1) / size
    return Phase(pieces: chunks * strips) { frame, piece, _ in
      let (chunk, strip) = (piece / strips, piece % strips)
      kernel(
        frame.floats(source), frame.floats(result), Int64(extent), Int64(inner),
        Int64(chunk * size), Int64(min(outer, (chunk + 1) * size)), Int64(strip * columns),
        Int64(min(inner, (strip + 1) * columns)))
    }
  }

  private typealias ReductionKernel =
    @convention(c) (
      UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int64, Int64, Int64, Int64, Int64, Int64
    ) -> Void

  private func kernel(_ reduction: Reduction) -> ReductionKernel {
    switch reduction {
    case .sum: kernels.table.pointee.sum
    case .largest: kernels.table.pointee.largest
    }
  }
}
