import GraphLanguage

extension GraphWriter {
  /// The gradient of each input of a node, from those of its results.
  ///
  /// - Parameters:
  ///   - node: The node.
  ///   - adjoints: For each result its gradient; nil is zero.
  ///   - needed: For each input whether its gradient is asked for.
  /// - Returns: For each input its gradient; nil is zero, or not needed.
  /// - Throws: ``GraphError`` if the node is a gradient or elementwise machine code, or a gradient
  ///   grows too large.
  func inputGradients(
    of node: Graph.Node, adjoints: [Value?], needed: [Bool]
  ) throws(GraphError) -> [Value?] {
    switch node.operation {
    case .variable, .input: return []
    case .gradient(let operation):
      throw GraphError(
        "gradients: the loss depends on a gradient of \(operation.name); decompose the graph "
          + "before differentiating it again", at: location)
    case .elementwise(let function, _):
      throw GraphError(
        "gradients: the loss depends on \(function.name), of which no derivative is known",
        at: location)
    case .language(let operation):
      guard let adjoint = adjoints.first ?? nil else { return node.inputs.map { _ in nil } }
      guard operation.isComposite else {
        let rule = PrimitiveRule(
          write: self, inputs: node.inputs, result: node.results[0], adjoint: adjoint,
          needed: needed)
        return try rule.inputGradients(of: operation)
      }
      var gradients = try graph.addGradient(
        of: operation, node.inputs, cotangent: adjoint, at: location)[...]
      return zip(node.inputs, needed).map { input, isNeeded in
        guard input.elementType == .float32 else { return nil }
        let gradient = gradients.popFirst()
        return isNeeded ? gradient : nil
      }
    }
  }
}

/// The reverse-mode derivative of one primitive in its place.
struct PrimitiveRule {
  let write: GraphWriter
  let inputs: [Value]
  let result: Value
  /// The gradient of the result.
  let adjoint: Value
  /// For each input whether its gradient is asked for.
  let needed: [Bool]

  /// The first input.
  private var x: Value { inputs[0] }

  func inputGradients(of operation: Operation) throws(GraphError) -> [Value?] {
    switch operation {
    case .constant, .iota: return []
    case .unary(let function): return [try unary(function)]
    case .binary(let function): return try binary(function)
    case .compare: return [nil, nil]
    case .select:
      let zero = try write.filled(0, like: result)
      return [
        nil, needed[1] ? try write.select(x, adjoint, zero) : nil,
        needed[2] ? try write.select(x, zero, adjoint) : nil,
      ]
    case .convert: return [adjoint]
    case .reduce(let reduction, let axes): return [try reduce(reduction, axes)]
    case .matrixProduct(let left, let right): return try matrixProduct(left, right)
    case .gather:
      return [try write.add(.scatterAdd(rows: x.shape[0]), inputs[1], adjoint), nil]
    case .scatterAdd: return [nil, try write.add(.gather, adjoint, x)]
    default: return try rearrangement(operation)
    }
  }

  private func unary(_ function: UnaryFunction) throws(GraphError) -> Value? {
    switch function {
    case .negate: return try write.apply(.negate, adjoint)
    case .exponential: return try write.product(adjoint, result)
    case .logarithm: return try write.quotient(adjoint, x)
    case .squareRoot: return try write.quotient(write.scaled(adjoint, by: 0.5), result)
    case .reciprocalSquareRoot:
      let cube = try write.product(result, result, result)
      return try write.product(write.scaled(adjoint, by: -0.5), cube)
    case .tanh:
      return try write.product(adjoint, write.complement(write.product(result, result)))
    case .logistic: return try write.product(adjoint, result, write.complement(result))
    case .sine: return try write.product(adjoint, write.apply(.cosine, x))
    case .cosine: return try write.apply(.negate, write.product(adjoint, write.apply(.sine, x)))
    case .absolute: return try write.product(adjoint, write.apply(.sign, x))
    case .sign: return nil
    }
  }

  private func binary(_ function: BinaryFunction) throws(GraphError) -> [Value?] {
    let y = inputs[1]
    switch function {
    case .add: return [adjoint, adjoint]
    case .subtract: return [adjoint, needed[1] ? try write.apply(.negate, adjoint) : nil]
    case .multiply:
      return [
        needed[0] ? try write.product(adjoint, y) : nil,
        needed[1] ? try write.product(adjoint, x) : nil,
      ]
    case .divide:
      let quotient = try write.quotient(adjoint, y)
      return [
        quotient,
        needed[1] ? try write.apply(.negate, write.product(quotient, result)) : nil,
      ]
    case .maximum: return try extremum(winner: write.add(.compare(.less), y, x))
    case .minimum: return try extremum(winner: write.add(.compare(.less), x, y))
    case .power:
      return [needed[0] ? try powerBase() : nil, needed[1] ? try powerExponent() : nil]
    }
  }

  /// The gradients of a maximum or minimum; the winner is 1 where it is x.
  private func extremum(winner: Value) throws(GraphError) -> [Value?] {
    let ties = try write.add(.compare(.equal), x, inputs[1])
    let share = try write.sum(winner, write.scaled(ties, by: 0.5))
    let gradient = try write.product(adjoint, share)
    return [gradient, try write.difference(adjoint, gradient)]
  }

  /// y x^(y - 1); where y is 0 the power is 1 and the factor y makes it 0, at x = 0 too.
  private func powerBase() throws(GraphError) -> Value {
    let y = inputs[1]
    let one = try write.filled(1, like: y)
    let isZero = try write.add(.compare(.equal), y, write.filled(0, like: y))
    let exponent = try write.select(isZero, one, write.difference(y, one))
    return try write.product(adjoint, y, write.add(.binary(.power), x, exponent))
  }

  /// x^y log x, taken as 0 at x = 0.
  private func powerExponent() throws(GraphError) -> Value {
    let one = try write.filled(1, like: x)
    let isZero = try write.add(.compare(.equal), x, write.filled(0, like: x))
    let logarithm = try write.apply(.logarithm, write.select(isZero, one, x))
    return try write.product(adjoint, result, logarithm)
  }

  private func reduce(_ reduction: Reduction, _ axes: [Int]) throws(GraphError) -> Value {
    switch reduction {
    case .sum: return try write.spread(adjoint, over: axes, to: x.shape)
    case .largest:
      let largest = try write.spread(result, over: axes, to: x.shape)
      let isLargest = try write.add(.compare(.equal), x, largest)
      let count = try write.reduced(.sum, isLargest, over: axes)
      let share = try write.spread(write.quotient(adjoint, count), over: axes, to: x.shape)
      return try write.product(isLargest, share)
    }
  }

  /// With A and B the two factors and C = A B: dA = dC Bᵀ and dB = Aᵀ dC, each stored as its factor.
  private func matrixProduct(_ left: Bool, _ right: Bool) throws(GraphError) -> [Value?] {
    let y = inputs[1]
    func leftGradient() throws(GraphError) -> Value {
      left
        ? try write.matrixProduct(y, adjoint, transposeLeft: right, transposeRight: true)
        : try write.matrixProduct(adjoint, y, transposeLeft: false, transposeRight: !right)
    }
    func rightGradient() throws(GraphError) -> Value {
      right
        ? try write.matrixProduct(adjoint, x, transposeLeft: true, transposeRight: left)
        : try write.matrixProduct(x, adjoint, transposeLeft: !left, transposeRight: false)
    }
    return [needed[0] ? try leftGradient() : nil, needed[1] ? try rightGradient() : nil]
  }

  /// The operations that move elements: the gradient moves back.
  private func rearrangement(_ operation: Operation) throws(GraphError) -> [Value?] {
    switch operation {
    case .broadcast(let shape, let axes):
      return [try write.reduced(.sum, adjoint, over: shape.axes(without: axes))]
    case .reshape: return [try write.add(.reshape(x.shape), adjoint)]
    case .transpose(let axes):
      let inverse = axes.indices.sorted { axes[$0] < axes[$1] }
      return [try write.transposed(adjoint, inverse)]
    case .slice(let starts, let ends):
      let after = zip(x.shape.extents, ends).map { $0 - $1 }
      return [try write.add(.pad(before: starts, after: after), adjoint)]
    case .pad(let before, _):
      let ends = zip(before, x.shape.extents).map { $0 + $1 }
      return [try write.add(.slice(starts: before, ends: ends), adjoint)]
    case .concatenate(let axis):
      var gradients: [Value?] = []
      var start = 0
      for (input, isNeeded) in zip(inputs, needed) {
        let range = start..<(start + input.shape[axis])
        gradients.append(isNeeded ? try write.sliced(adjoint, range, axis: axis) : nil)
        start = range.upperBound
      }
      return gradients
    default: preconditionFailure("\(operation.name) has no rule")
    }
  }
}
