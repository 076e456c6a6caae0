package import GraphLanguage
package import PluginSDK

/// The decoder of GPT-2: layer norm before each part, learned positions, GELU, biases, one token
/// table.
///
/// Radford et al. 2019, "Language Models are Unsupervised Multitask Learners", section 2.3. In
/// shapes: B sequences, T positions, R = B · T rows, h width, H heads, K head width, f feed-forward
/// width, V vocabulary.
package struct GPT2: ArchitecturePlugin {
  let extents: GPT2Extents
  let epsilon: Float
  let deviation: Float

  package static func shape(
    near target: Int, options: OptionValues, dimensions: ModelDimensions
  ) throws(PluginError) -> OptionValues {
    func extents(_ shape: TransformerShape) -> GPT2Extents {
      GPT2Extents(shape, feedForward: options.integer("feed_forward"), dimensions)
    }
    return try TransformerShape.options(
      near: target, options, isAllowed: { extents($0).fault == nil },
      count: { extents($0).parameterCount.nonEmbedding })
  }

  package init(
    options: OptionValues, dimensions: ModelDimensions, host: any HostServices
  ) throws(PluginError) {
    extents = GPT2Extents(
      try TransformerShape(options),
      feedForward: options.integer("feed_forward"), dimensions)
    if let fault = extents.fault { throw PluginError(.invalidArgument, fault) }
    epsilon = Float(try options.requiredReal("epsilon"))
    deviation = Float(try options.requiredReal("initial_deviation"))
  }

  package var parameterCount: ParameterCount { extents.parameterCount }

  package func describe(
    tokens: Value, targets: Value, in graph: any GraphBuilder
  ) throws(PluginError) -> Value {
    guard tokens.shape.rank == 2, tokens.shape == targets.shape,
      tokens.shape[1] <= extents.context
    else {
      throw PluginError(
        .invalidArgument,
        "tokens \(tokens.shape) and targets \(targets.shape) must be [sequences, positions] with "
          + "at most \(extents.context) positions")
    }
    do throws(GraphError) {
      return try losses(tokens, targets, in: graph)
    } catch {
      throw PluginError(error)
    }
  }
}

extension GPT2 {
  /// The loss at each position: [R] float32, nats.
  private func losses(
    _ tokens: Value, _ targets: Value, in graph: any GraphBuilder
  ) throws(GraphError) -> Value {
    let rows = tokens.shape.elementCount
    let table = try matrix("embedding.weight", extents.vocabulary, extents.width, in: graph)
    let placed = try graph.sum(
      try graph.add(.gather, table, tokens), try positions(tokens.shape[1], in: graph))
    var stream = try graph.reshape(placed, [rows, extents.width])
    for layer in 0..<extents.layers {
      let name = "layers.\(layer)"
      let attended = try attention(
        try norm(stream, "\(name).attention_norm", in: graph), name: "\(name).attention",
        batch: tokens.shape, in: graph)
      stream = try graph.sum(stream, attended)
      let fed = try feedForward(
        try norm(stream, "\(name).feed_forward_norm", in: graph), name: "\(name).feed_forward",
        in: graph)
      stream = try graph.sum(stream, fed)
    }
    let last = try norm(stream, "norm", in: graph)
    return try graph.add(.linearCrossEntropy, last, table, try graph.reshape(targets, [rows]))
  }

  /// The first rows of the position table: [T, h].
  private func positions(
    _ count: Int, in graph: any GraphBuilder
  ) throws(GraphError) -> Value {
    let table = try graph.parameter(
      "position.weight", [extents.context, extents.width],
      .normal(mean: 0, standardDeviation: deviation / 2), decays: true)
    guard count < extents.context else { return table }
    return try graph.add(.slice(starts: [0, 0], ends: [count, extents.width]), table)
  }

  /// Causal attention: [R, h] to [R, h].
  private func attention(
    _ x: Value, name: String, batch: Shape, in graph: any GraphBuilder
  ) throws(GraphError) -> Value {
    let (width, heads) = (extents.width, extents.heads)
    func projection(_ part: String) throws(GraphError) -> Value {
      let projected = try affine(x, "\(name).\(part)", width, width, in: graph)
      return try graph.reshape(projected, [batch[0], batch[1], heads, width / heads])
    }
    let mixed = try graph.add(
      .causalAttention(scale: 1 / Float(width / heads).squareRoot()),
      try projection("query"), try projection("key"), try projection("value"))
    return try affine(
      try graph.reshape(mixed, x.shape), "\(name).output", width, width, entersStream: true,
      in: graph)
  }

  /// The feed-forward layer: [R, h] to [R, h], through [R, f].
  private func feedForward(
    _ x: Value, name: String, in graph: any GraphBuilder
  ) throws(GraphError) -> Value {
    let (width, inner) = (extents.width, extents.feedForward)
    let up = try graph.add(.gelu, try affine(x, "\(name).up", inner, width, in: graph))
    return try affine(up, "\(name).down", width, inner, entersStream: true, in: graph)
  }

  private func norm(
    _ x: Value, _ name: String, in graph: any GraphBuilder
  ) throws(GraphError) -> Value {
    let weight = try graph.parameter(
      "\(name).weight", [extents.width], .constant(1), decays: false)
    let bias = try graph.parameter("\(name).bias", [extents.width], .constant(0), decays: false)
    return try graph.add(.layerNorm(epsilon: epsilon), x, weight, bias)
  }

  /// A linear layer with a bias: [R, inputs] to [R, outputs].
  private func affine(
    _ x: Value, _ name: String, _ outputs: Int, _ inputs: Int, entersStream: Bool = false,
    in graph: any GraphBuilder
  ) throws(GraphError) -> Value {
    let weight = try matrix(
      "\(name).weight", outputs, inputs, entersStream: entersStream, in: graph)
    let bias = try graph.parameter("\(name).bias", [outputs], .constant(0), decays: false)
    return try graph.sum(try graph.linear(x, weight), bias)
  }

  /// Declares a matrix [outputs, inputs].
  ///
  /// One that adds to the residual stream starts smaller by √(2 L), as section 2.3 of the paper says.
  private func matrix(
    _ name: String, _ outputs: Int, _ inputs: Int, entersStream: Bool = false,
    in graph: any GraphBuilder
  ) throws(GraphError) -> Value {
    let scale = entersStream ? 1 / Float(2 * extents.layers).squareRoot() : 1
    return try graph.parameter(
      name, [outputs, inputs], .normal(mean: 0, standardDeviation: deviation * scale),
      decays: true)
  }
}
