import CPUKernels
import GraphLanguage
import Graphs

/// R rows, V classes, K features.
private struct HeadSizes {
  var rows: Int
  var classes: Int
  var features: Int
  /// Rows whose logits exist at a time: enough that the products with them are worth reading the
  /// weight and its gradient again.
  var block: Int { min(rows, 512) }
  /// Classes that a piece takes.
  var tile = 1024
  /// Rows that a piece of the gradient of x takes.
  var rowTile = 256

  /// Elements from row to row of the logits: whole vectors, and one more so that a column's
  /// elements do not fall on the same cache lines.
  var stride: Int { (classes + 15) / 16 * 16 + 16 }
}

extension Lowering {
  /// A linear layer and the cross-entropy of its logits, forward, backward or both in one.
  ///
  /// Blocks of rows follow one another. In each, pieces compute tiles of the logits; then rows become
  /// losses and gradients in place; then pieces add to tiles of the weight's gradient and compute
  /// rows of the gradient of x. So each sum runs over the rows in order, on any number of threads.
  func headStep(forward: Graph.Node?, gradient: Graph.Node?) -> Step {
    var step = Step()
    guard let node = forward ?? gradient else { return step }
    let shape = node.inputs[1].shape
    let sizes = HeadSizes(
      rows: node.inputs[0].shape[0], classes: shape[0], features: shape[1])
    let x = read(node.inputs[0], in: &step)
    let weight = read(node.inputs[1], in: &step)
    let targets = read(node.inputs[2], in: &step)
    check(targets, count: sizes.rows, least: .min, limit: sizes.classes, of: node, in: &step)
    let losses = forward.flatMap { write($0.results[0], in: &step) }
    let cotangent = gradient.map { read($0.inputs[3], in: &step) }
    let rowGradient = gradient.flatMap { write($0.results[0], in: &step) }
    let weightGradient = gradient.flatMap { write($0.results[1], in: &step) }
    let logits = workspace(sizes.block * sizes.stride, in: &step)
    step.scratchCount = Int(cpu_product_scratch)
    for start in Swift.stride(from: 0, to: sizes.rows, by: sizes.block) {
      let rows = start..<min(sizes.rows, start + sizes.block)
      step.phases.append(logitsPhase(rows, sizes, x: x, weight: weight, logits: logits))
      step.phases.append(
        entropyPhase(
          rows, sizes, logits: logits, targets: targets, cotangent: cotangent, losses: losses))
      if gradient == nil { continue }
      step.phases.append(
        gradientPhase(
          rows, sizes, x: x, weight: weight, logits: logits, rowGradient: rowGradient,
          weightGradient: weightGradient))
    }
    return step
  }

  private func logitsPhase(
    _ rows: Range<Int>, _ sizes: HeadSizes, x: Operand, weight: Operand, logits: Operand
  ) -> Phase {
    let kernels = kernels
    return .chunks(of: sizes.classes, by: sizes.tile) { frame, classes, thread in
      kernels.multiply(
        Factor(
          operand: x.advanced(by: rows.lowerBound * sizes.features), isTransposed: false,
          stride: sizes.features),
        Factor(operand: weight, isTransposed: true, stride: sizes.features), into: logits,
        stride: sizes.stride, rows: 0..<rows.count, columns: classes, terms: 0..<sizes.features,
        adding: false, frame, thread)
    }
  }

  private func entropyPhase(
    _ rows: Range<Int>, _ sizes: HeadSizes, logits: Operand, targets: Operand,
    cotangent: Operand?, losses: Operand?
  ) -> Phase {
    let table = kernels
    return .chunks(of: rows.count, by: max(1, (1 << 15) / sizes.classes)) { frame, chunk, _ in
      let scores = frame.floats(logits)
      table.table.pointee.cross_entropy(
        scores, frame.integers(targets) + rows.lowerBound,
        cotangent.map { frame.floats($0) + rows.lowerBound },
        losses.map { frame.floats($0) + rows.lowerBound }, cotangent == nil ? nil : scores,
        Int64(sizes.classes), Int64(sizes.stride), Int64(chunk.lowerBound),
        Int64(chunk.upperBound))
    }
  }

  /// The pieces for rows of x come first: they are the larger ones.
  private func gradientPhase(
    _ rows: Range<Int>, _ sizes: HeadSizes, x: Operand, weight: Operand, logits: Operand,
    rowGradient: Operand?, weightGradient: Operand?
  ) -> Phase {
    let kernels = kernels
    let rowPieces =
      rowGradient == nil ? 0 : (rows.count + sizes.rowTile - 1) / sizes.rowTile
    let tilePieces =
      weightGradient == nil ? 0 : (sizes.classes + sizes.tile - 1) / sizes.tile
    return Phase(pieces: rowPieces + tilePieces) { frame, piece, thread in
      if piece < rowPieces, let rowGradient {
        let first = piece * sizes.rowTile
        kernels.multiply(
          Factor(operand: logits, isTransposed: false, stride: sizes.stride),
          Factor(operand: weight, isTransposed: false, stride: sizes.features),
          into: rowGradient.advanced(by: rows.lowerBound * sizes.features),
          stride: sizes.features, rows: first..<min(first + sizes.rowTile, rows.count),
          columns: 0..<sizes.features, terms: 0..<sizes.classes, adding: false, frame, thread)
      } else if let weightGradient {
        let first = (piece - rowPieces) * sizes.tile
        kernels.multiply(
          Factor(operand: logits, isTransposed: true, stride: sizes.stride),
          Factor(
            operand: x.advanced(by: rows.lowerBound * sizes.features), isTransposed: false,
            stride: sizes.features),
          into: weightGradient, stride: sizes.features,
          rows: first..<min(first + sizes.tile, sizes.classes), columns: 0..<sizes.features,
          terms: 0..<rows.count, adding: rows.lowerBound > 0, frame, thread)
      }
    }
  }
}
