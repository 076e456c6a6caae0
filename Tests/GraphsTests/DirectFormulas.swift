import Glibc
import GraphLanguage
import Graphs
import ReferenceEngine

/// A composite by its textbook formula, in plain loops; nil for a primitive.
func directFormula(_ operation: Operation, _ inputs: [ReferenceTensor]) -> ReferenceTensor? {
  let x = inputs[0]
  switch operation {
  case .softmax:
    return x.mappingRows { row in
      let exponentials = row.map { exp($0) }
      return exponentials.map { $0 / exponentials.reduce(0, +) }
    }
  case .rmsNorm(let epsilon):
    return x.mappingRows { row in
      let mean = row.reduce(0) { $0 + $1 * $1 } / Double(row.count)
      return zip(row, inputs[1].elements).map { $0 / sqrt(mean + Double(epsilon)) * $1 }
    }
  case .layerNorm(let epsilon):
    return x.mappingRows { row in
      let mean = row.reduce(0, +) / Double(row.count)
      let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(row.count)
      return row.indices.map { place in
        (row[place] - mean) / sqrt(variance + Double(epsilon)) * inputs[1].elements[place]
          + inputs[2].elements[place]
      }
    }
  case .rotary(let base, let interleaved):
    return directRotary(x, base: Double(base), interleaved: interleaved)
  case .causalAttention(let scale): return directAttention(inputs, scale: Double(scale))
  case .swiGLU:
    return ReferenceTensor(x.shape) { x[$0] / (1 + exp(-x[$0])) * inputs[1][$0] }
  case .gelu:
    return ReferenceTensor(
      x.shape,
      x.elements.map { 0.5 * $0 * (1 + tanh(sqrt(2 / .pi) * ($0 + 0.044715 * $0 * $0 * $0))) })
  case .crossEntropy: return directCrossEntropy(x, targets: inputs[1])
  case .linearCrossEntropy:
    let weight = inputs[1]
    let logits = ReferenceTensor([x.shape[0], weight.shape[0]]) { index in
      (0..<x.shape[1]).reduce(0) { $0 + x[[index[0], $1]] * weight[[index[1], $1]] }
    }
    return directCrossEntropy(logits, targets: inputs[2])
  default: return nil
  }
}

private func directCrossEntropy(
  _ logits: ReferenceTensor, targets: ReferenceTensor
) -> ReferenceTensor {
  ReferenceTensor(targets.shape) { index in
    let target = Int(targets[index])
    let total = (0..<logits.shape[1]).reduce(0) { $0 + exp(logits[[index[0], $1]]) }
    return target < 0 ? 0 : -log(exp(logits[[index[0], target]]) / total)
  }
}

/// Turns each pair as a complex number.
private func directRotary(
  _ x: ReferenceTensor, base: Double, interleaved: Bool
) -> ReferenceTensor {
  let features = x.shape[3]
  var result = x
  for row in Shape([x.shape[0], x.shape[1], x.shape[2]]).indices {
    for pair in 0..<(features / 2) {
      let places = interleaved ? (2 * pair, 2 * pair + 1) : (pair, pair + features / 2)
      let (a, b) = (x[row + [places.0]], x[row + [places.1]])
      let angle = Double(row[1]) * pow(base, -2 * Double(pair) / Double(features))
      result.elements[x.shape.offset(of: row + [places.0])] = a * cos(angle) - b * sin(angle)
      result.elements[x.shape.offset(of: row + [places.1])] = a * sin(angle) + b * cos(angle)
    }
  }
  return result
}

/// One reading position at a time, over only the positions that it may read.
private func directAttention(_ inputs: [ReferenceTensor], scale: Double) -> ReferenceTensor {
  let (query, key, value) = (inputs[0], inputs[1], inputs[2])
  let group = query.shape[2] / key.shape[2]
  return ReferenceTensor(query.shape) { index in
    let (sequence, reader, head, feature) = (index[0], index[1], index[2], index[3])
    let sources = (0...reader).filter { source in
      inputs.count < 4 || inputs[3][[sequence, source]] == inputs[3][[sequence, reader]]
    }
    let weights = sources.map { source in
      exp(
        scale
          * (0..<query.shape[3]).reduce(0) {
            $0 + query[[sequence, reader, head, $1]] * key[[sequence, source, head / group, $1]]
          })
    }
    let mixed = zip(sources, weights).reduce(0) {
      $0 + $1.1 * value[[sequence, $1.0, head / group, feature]]
    }
    return mixed / weights.reduce(0, +)
  }
}

extension ReferenceTensor {
  /// Applies a function to every row along the last axis.
  fileprivate func mappingRows(_ function: ([Double]) -> [Double]) -> ReferenceTensor {
    let length = shape[shape.rank - 1]
    let rows = stride(from: 0, to: elements.count, by: length)
    return ReferenceTensor(
      shape, rows.flatMap { function(Array(elements[$0..<($0 + length)])) })
  }
}
