import CPUKernels
import Glibc
import GraphLanguage
import Graphs

extension Lowering {
  /// Rows that a piece takes, so that it is worth handing out.
  private static func rowsPerPiece(width: Int) -> Int { max(1, (1 << 14) / max(1, width)) }

  /// Softmax, norms and cross-entropy: each row [K] by itself.
  func rowStep(_ operation: Operation, _ node: Graph.Node) -> Step {
    var step = Step()
    let operands = node.inputs.map { read($0, in: &step) }
    guard let result = write(node.results[0], in: &step) else { return step }
    let shape = node.inputs[0].shape
    let width = shape[shape.rank - 1]
    let rows = shape.elementCount / width
    if case .crossEntropy = operation {
      check(operands[1], count: rows, least: .min, limit: width, of: node, in: &step)
    }
    let table = kernels
    step.phases = [
      .chunks(of: rows, by: Self.rowsPerPiece(width: width)) { frame, rows, _ in
        let (first, end) = (Int64(rows.lowerBound), Int64(rows.upperBound))
        let x = frame.floats(operands[0])
        let kernel = table.table.pointee
        switch operation {
        case .softmax: kernel.softmax(x, frame.floats(result), Int64(width), first, end)
        case .rmsNorm(let epsilon):
          kernel.rms_norm(
            x, frame.floats(operands[1]), frame.floats(result), Int64(width), epsilon, first, end)
        case .layerNorm(let epsilon):
          kernel.layer_norm(
            x, frame.floats(operands[1]), frame.floats(operands[2]), frame.floats(result),
            Int64(width), epsilon, first, end)
        default:
          kernel.cross_entropy(
            x, frame.integers(operands[1]), nil, frame.floats(result), nil, Int64(width),
            Int64(width), first, end)
        }
      }
    ]
    return step
  }

  func rowGradientStep(_ operation: Operation, _ node: Graph.Node) -> Step {
    switch operation {
    case .rmsNorm(let epsilon): return normGradientStep(epsilon, hasBias: false, node)
    case .layerNorm(let epsilon): return normGradientStep(epsilon, hasBias: true, node)
    default: break
    }
    var step = Step()
    let operands = node.inputs.map { read($0, in: &step) }
    guard let result = write(node.results[0], in: &step) else { return step }
    let shape = node.inputs[0].shape
    let width = shape[shape.rank - 1]
    let rows = shape.elementCount / width
    let isSoftmax = operation == .softmax
    if !isSoftmax {
      check(operands[1], count: rows, least: .min, limit: width, of: node, in: &step)
    }
    let table = kernels
    step.phases = [
      .chunks(of: rows, by: Self.rowsPerPiece(width: width)) { frame, rows, _ in
        let (first, end) = (Int64(rows.lowerBound), Int64(rows.upperBound))
        let x = frame.floats(operands[0])
        if isSoftmax {
          table.table.pointee.softmax_gradient(
            x, frame.floats(operands[1]), frame.floats(result), Int64(width), first, end)
        } else {
          table.table.pointee.cross_entropy(
            x, frame.integers(operands[1]), frame.floats(operands[2]), nil, frame.floats(result),
            Int64(width), Int64(width), first, end)
        }
      }
    ]
    return step
  }

  /// The gradients of a norm: rows for x, and for weight and bias sums over blocks of rows that are
  /// then added up in order.
  private func normGradientStep(
    _ epsilon: Float, hasBias: Bool, _ node: Graph.Node
  ) -> Step {
    var step = Step()
    let operands = node.inputs.map { read($0, in: &step) }
    let results = node.results.map { write($0, in: &step) }
    let shape = node.inputs[0].shape
    let width = shape[shape.rank - 1]
    let rows = shape.elementCount / width
    // At most 64 partial sums.
    let size = max(Self.rowsPerPiece(width: width), (rows + 63) / 64)
    let parts = (rows + size - 1) / size
    let partials = results.dropFirst().map { result in
      result.map { _ in workspace(parts * width, in: &step) }
    }
    let table = kernels
    let gradient = operands[operands.count - 1]
    step.phases.append(
      .chunks(of: rows, by: size) { frame, rows, _ in
        let (first, end) = (Int64(rows.lowerBound), Int64(rows.upperBound))
        let sums = partials.map { partial in
          partial.map { frame.floats($0) + rows.lowerBound / size * width }
        }
        let x = frame.floats(operands[0])
        let weight = frame.floats(operands[1])
        let result = results[0].map { frame.floats($0) }
        if hasBias {
          table.table.pointee.layer_norm_gradient(
            x, weight, frame.floats(gradient), result, sums[0], sums[1], Int64(width), epsilon,
            first, end)
        } else {
          table.table.pointee.rms_norm_gradient(
            x, weight, frame.floats(gradient), result, sums[0], Int64(width), epsilon, first, end)
        }
      })
    let finals = zip(partials, results.dropFirst()).compactMap { partial, result in
      partial.flatMap { partial in result.map { (partial, $0) } }
    }
    if !finals.isEmpty {
      step.phases.append(
        Phase(pieces: finals.count) { frame, piece, _ in
          let (partial, result) = finals[piece]
          table.table.pointee.sum(
            frame.floats(partial), frame.floats(result), Int64(parts), Int64(width), 0, 1, 0,
            Int64(width))
        })
    }
    return step
  }

  /// Rotary embedding, or its gradient: the turn back.
  func rotaryStep(
    _ base: Float, _ interleaved: Bool, direction: Float, _ node: Graph.Node
  ) -> Step {
    var step = Step()
    let x = read(node.inputs[node.inputs.count - 1], in: &step)
    guard let result = write(node.results[0], in: &step) else { return step }
    step.inPlace = x.offset == 0 ? [InPlacePair(written: result.slot, read: x.slot)] : []
    // x [B, T, H, K]
    let shape = node.inputs[0].shape
    let (positions, heads, width) = (shape[1], shape[2], shape[3])
    let angles = RotaryAngles(positions: positions, width: width, base: base)
    let table = kernels
    let rows = Self.rowsPerPiece(width: heads * width)
    step.phases = [
      .chunks(of: shape[0] * positions, by: rows) { frame, rows, _ in
        table.table.pointee.rotary(
          frame.floats(x), frame.floats(result), angles.cosines, angles.sines, Int64(positions),
          Int64(heads), Int64(width), interleaved, direction, Int64(rows.lowerBound),
          Int64(rows.upperBound))
      }
    ]
    return step
  }
}

/// The cosines and sines of each position's angles, [T, K/2] each.
private final class RotaryAngles {
  let cosines: UnsafeMutablePointer<Float>
  let sines: UnsafeMutablePointer<Float>

  init(positions: Int, width: Int, base: Float) {
    let half = width / 2
    cosines = .allocate(capacity: max(1, positions * half))
    sines = .allocate(capacity: max(1, positions * half))
    for pair in 0..<half {
      let frequency = pow(Double(base), -2 * Double(pair) / Double(width))
      for position in 0..<positions {
        let angle = Double(position) * frequency
        cosines[position * half + pair] = Float(cos(angle))
        sines[position * half + pair] = Float(sin(angle))
      }
    }
  }

  deinit {
    cosines.deallocate()
    sines.deallocate()
  }
}
