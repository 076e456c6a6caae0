import GraphLanguage

/// A score so low that its exponential is 0, yet finite, so that no difference of two is undefined.
private let maskedScore: Float = -1e30

extension GraphWriter {
  /// Writes a composite as primitives.
  ///
  /// B sequences, T positions, H query heads, G key heads, K features, R rows, V classes.
  ///
  /// - Precondition: The operation is a composite and the inputs fit it.
  func decompose(_ operation: Operation, _ inputs: [Value]) throws(GraphError) -> Value {
    // The shapes are checked before anything indexes them.
    _ = try operation.resultType(of: inputs.map(\.type), at: location)
    switch operation {
    case .softmax: return try softmax(inputs[0])
    case .rmsNorm(let epsilon):
      let scale = try inverseRootMeanSquare(inputs[0], epsilon: epsilon)
      return try product(product(inputs[0], scale), alongRows(inputs[1], like: inputs[0]))
    case .layerNorm(let epsilon):
      let centred = try difference(inputs[0], rowMean(inputs[0]))
      let normal = try product(centred, inverseRootMeanSquare(centred, epsilon: epsilon))
      let weighted = try product(normal, alongRows(inputs[1], like: inputs[0]))
      return try sum(weighted, alongRows(inputs[2], like: inputs[0]))
    case .rotary(let base, let interleaved):
      return try rotary(inputs[0], base: base, interleaved: interleaved)
    case .causalAttention(let scale):
      let documents = inputs.count == 4 ? inputs[3] : nil
      return try causalAttention(
        inputs[0], inputs[1], inputs[2], documents: documents, scale: scale)
    case .swiGLU:
      return try product(inputs[0], apply(.logistic, inputs[0]), inputs[1])
    case .gelu: return try gelu(inputs[0])
    case .crossEntropy: return try crossEntropy(inputs[0], targets: inputs[1])
    case .linearCrossEntropy:
      let logits = try matrixProduct(inputs[0], inputs[1], transposeRight: true)
      return try crossEntropy(logits, targets: inputs[2])
    default: preconditionFailure("\(operation.name) is not a composite")
    }
  }

  /// exp(x - max x) / sum, over the last axis.
  private func softmax(_ x: Value) throws(GraphError) -> Value {
    let last = [x.shape.rank - 1]
    let largest = try spread(reduced(.largest, x, over: last), over: last, to: x.shape)
    let exponentials = try apply(.exponential, difference(x, largest))
    let total = try reduced(.sum, exponentials, over: last)
    return try quotient(exponentials, spread(total, over: last, to: x.shape))
  }

  /// A vector [K] repeated to [..., K].
  private func alongRows(_ vector: Value, like x: Value) throws(GraphError) -> Value {
    try spread(vector, over: Array(0..<(x.shape.rank - 1)), to: x.shape)
  }

  /// The mean over the last axis, repeated along it.
  private func rowMean(_ x: Value) throws(GraphError) -> Value {
    let last = x.shape.rank - 1
    let total = try reduced(.sum, x, over: [last])
    return try spread(scaled(total, by: 1 / Float(x.shape[last])), over: [last], to: x.shape)
  }

  /// 1 / sqrt(mean(x²) + ε) over the last axis, repeated along it.
  private func inverseRootMeanSquare(
    _ x: Value, epsilon: Float
  ) throws(GraphError) -> Value {
    let last = x.shape.rank - 1
    let total = try reduced(.sum, product(x, x), over: [last])
    let mean = try scaled(total, by: 1 / Float(x.shape[last]))
    let inverse = try apply(.reciprocalSquareRoot, shifted(mean, by: epsilon))
    return try spread(inverse, over: [last], to: x.shape)
  }

  /// Each pair of features (a, b) turned by the angle t · base^(-2i/K): Su et al., arXiv 2104.09864.
  private func rotary(
    _ x: Value, base: Float, interleaved: Bool
  ) throws(GraphError) -> Value {
    let (b, t, h, k) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
    // The pairs [B, T, H, K/2] are the two halves of the features, or neighbours.
    let pairs = interleaved ? try reshaped(x, [b, t, h, k / 2, 2]) : x
    func half(_ place: Int) throws(GraphError) -> Value {
      if interleaved {
        return try reshaped(sliced(pairs, place..<(place + 1), axis: 4), [b, t, h, k / 2])
      }
      return try sliced(pairs, (place * k / 2)..<((place + 1) * k / 2), axis: 3)
    }
    let first = try half(0)
    let second = try half(1)
    let angles = try rotaryAngles(positions: t, features: k, base: base)
    let cosine = try spread(apply(.cosine, angles), over: [0, 2], to: first.shape)
    let sine = try spread(apply(.sine, angles), over: [0, 2], to: first.shape)
    let turnedFirst = try difference(product(first, cosine), product(second, sine))
    let turnedSecond = try sum(product(first, sine), product(second, cosine))
    guard interleaved else { return try add(.concatenate(axis: 3), turnedFirst, turnedSecond) }
    let joined = try add(
      .concatenate(axis: 4), reshaped(turnedFirst, [b, t, h, k / 2, 1]),
      reshaped(turnedSecond, [b, t, h, k / 2, 1]))
    return try reshaped(joined, [b, t, h, k])
  }

  /// The angle of each position and pair, [T, K/2].
  private func rotaryAngles(
    positions: Int, features: Int, base: Float
  ) throws(GraphError) -> Value {
    let pairs: Shape = [features / 2]
    let exponents = try scaled(
      add(.iota(axis: 0, pairs, .float32)), by: -2 / Float(features))
    let frequencies = try add(.binary(.power), filled(base, like: exponents), exponents)
    let shape: Shape = [positions, features / 2]
    return try product(
      add(.iota(axis: 0, shape, .float32)), spread(frequencies, over: [0], to: shape))
  }

  /// Attention of grouped heads, without repeating the keys: the query heads of a group are laid one
  /// below the other.
  private func causalAttention(
    _ query: Value, _ key: Value, _ value: Value, documents: Value?, scale: Float
  ) throws(GraphError) -> Value {
    let (b, t, h, k) = (
      query.shape[0], query.shape[1], query.shape[2], query.shape[3]
    )
    let g = key.shape[2]
    let heads = [0, 2, 1, 3]
    let queries = try reshaped(transposed(query, heads), [b, g, h / g * t, k])
    let products = try matrixProduct(queries, transposed(key, heads), transposeRight: true)
    let scores = try scaled(reshaped(products, [b, h, t, t]), by: scale)
    let mask = try attentionMask(sequences: b, positions: t, documents: documents)
    let masked = try select(
      spread(mask, over: [1], to: scores.shape), scores, filled(maskedScore, like: scores))
    let weights = try reshaped(softmax(masked), [b, g, h / g * t, t])
    let mixed = try matrixProduct(weights, transposed(value, heads))
    return try transposed(reshaped(mixed, [b, h, t, k]), heads)
  }

  /// Which position (axis 1) may read which (axis 2), as 1 or 0, [B, T, T].
  private func attentionMask(
    sequences: Int, positions: Int, documents: Value?
  ) throws(GraphError) -> Value {
    let shape: Shape = [sequences, positions, positions]
    let readers = try add(.iota(axis: 1, shape, .int32))
    let sources = try add(.iota(axis: 2, shape, .int32))
    let causal = try add(.compare(.lessOrEqual), sources, readers)
    guard let documents else { return causal }
    let same = try add(
      .compare(.equal), spread(documents, over: [2], to: shape),
      spread(documents, over: [1], to: shape))
    return try product(causal, same)
  }

  /// 0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³))): Hendrycks and Gimpel, arXiv 1606.08415, section 2.
  private func gelu(_ x: Value) throws(GraphError) -> Value {
    let cube = try product(x, x, x)
    let inner = try scaled(
      sum(x, scaled(cube, by: 0.044715)), by: (2 / Float.pi).squareRoot())
    return try product(scaled(x, by: 0.5), shifted(apply(.tanh, inner), by: 1))
  }

  /// log Σ exp(logits) - logit of the target, [R] nats; 0 where the target is negative.
  private func crossEntropy(_ logits: Value, targets: Value) throws(GraphError) -> Value {
    let largest = try reduced(.largest, logits, over: [1])
    let shifted = try difference(logits, spread(largest, over: [1], to: logits.shape))
    let total = try reduced(.sum, apply(.exponential, shifted), over: [1])
    let classes = try add(.iota(axis: 1, logits.shape, .int32))
    let isTarget = try add(
      .compare(.equal), classes, spread(targets, over: [1], to: logits.shape))
    let picked = try reduced(
      .sum, select(isTarget, shifted, filled(0, like: logits)), over: [1])
    let nats = try difference(apply(.logarithm, total), picked)
    let positions = try add(.convert(.float32), targets)
    let isScored = try add(
      .compare(.lessOrEqual), filled(0, like: positions), positions)
    return try select(isScored, nats, filled(0, like: nats))
  }
}
