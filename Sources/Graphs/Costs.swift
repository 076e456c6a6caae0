import GraphLanguage

/// The work of one run of a graph, or of one node.
///
/// Counted is what the computation asks for, not what an engine does: nothing is padded, and a result
/// that an engine computes again in a derivative, because it did not store it, counts once.
package struct GraphCost: Hashable, Sendable {
  /// Floating-point operations of matrix products, a multiplication and an addition being two.
  ///
  /// Causal attention counts the T (T + 1) / 2 pairs of positions of its triangle, whatever its
  /// documents mask beyond that: they are not known before a run.
  package var matrixFLOPs: Int
  /// All other floating-point operations: each function of an element and each element of a sum or
  /// a maximum is one, an exponential no more than an addition.
  package var elementwiseFLOPs: Int
  /// Bytes read, each node reading its inputs once; gathers read the rows they give.
  package var bytesRead: Int
  /// Bytes written, each node writing its results once; reshapes and leaves write none.
  package var bytesWritten: Int

  package init(
    matrixFLOPs: Int = 0, elementwiseFLOPs: Int = 0, bytesRead: Int = 0, bytesWritten: Int = 0
  ) {
    self.matrixFLOPs = matrixFLOPs
    self.elementwiseFLOPs = elementwiseFLOPs
    self.bytesRead = bytesRead
    self.bytesWritten = bytesWritten
  }

  /// All floating-point operations.
  package var totalFLOPs: Int { matrixFLOPs + elementwiseFLOPs }

  /// Bytes read and written.
  package var bytes: Int { bytesRead + bytesWritten }

  package static func + (left: GraphCost, right: GraphCost) -> GraphCost {
    GraphCost(
      matrixFLOPs: left.matrixFLOPs + right.matrixFLOPs,
      elementwiseFLOPs: left.elementwiseFLOPs + right.elementwiseFLOPs,
      bytesRead: left.bytesRead + right.bytesRead,
      bytesWritten: left.bytesWritten + right.bytesWritten)
  }
}

extension Graph {
  /// The work of one run, over all nodes: prune first what is not to be counted.
  package var cost: GraphCost { nodes.reduce(GraphCost()) { $0 + $1.cost } }

  /// The number of elements of the variables that an architecture declared.
  package var parameterCount: Int {
    variables.reduce(0) { $0 + ($1.isParameter ? $1.shape.elementCount : 0) }
  }

  /// The size of all variables: parameters and optimizer state.
  package var variableByteCount: Int {
    variableValues.reduce(0) { $0 + $1.type.byteCount }
  }
}

extension Graph.Node {
  /// The work of one run of the node.
  package var cost: GraphCost {
    let work: (matrix: Int, elementwise: Int)
    switch operation {
    case .variable, .input: return GraphCost()
    case .language(let operation):
      work = operation.isComposite ? composite(operation) : primitive(operation)
    case .gradient(let operation): work = gradient(operation)
    // What it does is not known: one operation for each element that it gives.
    case .elementwise: work = (0, results.count * resultCount)
    }
    return GraphCost(
      matrixFLOPs: work.matrix, elementwiseFLOPs: work.elementwise, bytesRead: bytesRead,
      bytesWritten: bytesWritten)
  }

  /// The elements of the first result.
  private var resultCount: Int { results[0].shape.elementCount }

  private func primitive(_ operation: Operation) -> (matrix: Int, elementwise: Int) {
    switch operation {
    case .unary, .binary, .compare, .select, .convert: return (0, resultCount)
    case .reduce: return (0, inputs[0].shape.elementCount)
    case .scatterAdd: return (0, inputs[1].shape.elementCount)
    case .matrixProduct(let transposeLeft, _):
      let x = inputs[0].shape
      return (2 * resultCount * x[x.rank - (transposeLeft ? 2 : 1)], 0)
    default: return (0, 0)
    }
  }

  /// The composites, by the usual formulas; an operation for each row or head is left out beside
  /// those for each element.
  private func composite(_ operation: Operation) -> (matrix: Int, elementwise: Int) {
    let count = inputs[0].shape.elementCount
    switch operation {
    case .softmax: return (0, 5 * count)  // maximum, difference, exponential, sum, quotient
    case .rmsNorm: return (0, 4 * count)  // square, sum, two products
    case .layerNorm: return (0, 7 * count)  // mean, difference, square, sum, two products, bias
    case .rotary: return (0, 3 * count)  // four products and two sums for two features
    case .causalAttention:
      // Scores and the mixing of values: two products of K; then scale, maximum, difference,
      // exponential and sum of each score, and the quotient of each result.
      return (4 * attentionPairs * inputs[0].shape[3], 5 * attentionPairs + count)
    case .swiGLU: return (0, 3 * count)  // logistic, two products
    case .gelu: return (0, 9 * count)
    case .crossEntropy: return (0, 4 * count)  // maximum, difference, exponential, sum
    case .linearCrossEntropy:
      let logits = inputs[0].shape[0] * inputs[1].shape[0]
      return (2 * logits * inputs[0].shape[1], 4 * logits)
    default: preconditionFailure("\(operation.name) is not a composite")
    }
  }

  /// The derivatives of the composites, given what the composite itself computed.
  private func gradient(_ operation: Operation) -> (matrix: Int, elementwise: Int) {
    let count = inputs[0].shape.elementCount
    switch operation {
    case .softmax: return (0, 4 * count)  // y (g - Σ g y)
    case .rmsNorm: return (0, 9 * count)
    case .layerNorm: return (0, 13 * count)
    case .rotary: return (0, 3 * count)
    case .causalAttention:
      // Four products of K: the gradients of values, weights, queries and keys. Then difference,
      // product and scale of each weight, and the sum Σ g y of each result.
      return (8 * attentionPairs * inputs[0].shape[3], 3 * attentionPairs + 2 * count)
    case .swiGLU: return (0, 9 * count)
    case .gelu: return (0, 17 * count)
    case .crossEntropy: return (0, 3 * count)  // difference, exponential, product
    case .linearCrossEntropy:
      let logits = inputs[0].shape[0] * inputs[1].shape[0]
      return (4 * logits * inputs[0].shape[1], 3 * logits)
    default: preconditionFailure("\(operation.name) is not a composite")
    }
  }

  /// The pairs of a reading and a read position, over sequences and query heads.
  private var attentionPairs: Int {
    let x = inputs[0].shape
    return x[0] * x[2] * (x[1] * (x[1] + 1) / 2)
  }

  private var bytesRead: Int {
    switch operation {
    case .language(.reshape): 0
    case .language(.slice): bytesWritten
    case .language(.gather): inputs[1].type.byteCount + bytesWritten
    default: inputs.reduce(0) { $0 + $1.type.byteCount }
    }
  }

  private var bytesWritten: Int {
    switch operation {
    case .variable, .input, .language(.reshape), .language(.constant), .language(.iota): 0
    default: results.reduce(0) { $0 + $1.type.byteCount }
    }
  }
}
