package import GraphLanguage
package import PluginSDK

/// The decoder of LLaMA 2: RMS norm before each part, rotary positions, SwiGLU, no biases.
///
/// Touvron et al., "Llama 2: Open Foundation and Fine-Tuned Chat Models", arXiv 2307.09288,
/// section 2.2. In shapes: B sequences, T positions, R = B · T rows, h width, H heads, G key-value
/// heads, K head width, f feed-forward width, V vocabulary.
package struct Llama: ArchitecturePlugin {
  let extents: LlamaExtents
  let context: Int
  let rotaryBase: Float
  let epsilon: Float
  let deviation: Float

  package static func shape(
    near target: Int, options: OptionValues, dimensions: ModelDimensions
  ) throws(PluginError) -> OptionValues {
    let choices = try LlamaExtents.Choices(options)
    func extents(_ shape: TransformerShape) -> LlamaExtents {
      LlamaExtents(shape, choices, vocabulary: dimensions.vocabulary)
    }
    return try TransformerShape.options(
      near: target, options, restrictedBy: "key_value_heads",
      isAllowed: { extents($0).fault == nil },
      count: { extents($0).parameterCount.nonEmbedding })
  }

  package init(
    options: OptionValues, dimensions: ModelDimensions, host: any HostServices
  ) throws(PluginError) {
    extents = LlamaExtents(
      try TransformerShape(options), try LlamaExtents.Choices(options),
      vocabulary: dimensions.vocabulary)
    if let fault = extents.fault { throw PluginError(.invalidArgument, fault) }
    context = dimensions.context
    rotaryBase = Float(try options.requiredReal("rotary_base"))
    epsilon = Float(try options.requiredReal("epsilon"))
    deviation = Float(try options.requiredReal("initial_deviation"))
  }

  package var parameterCount: ParameterCount { extents.parameterCount }

  package func describe(
    tokens: Value, targets: Value, in graph: any GraphBuilder
  ) throws(PluginError) -> Value {
    guard tokens.shape.rank == 2, tokens.shape == targets.shape, tokens.shape[1] <= context else {
      throw PluginError(
        .invalidArgument,
        "tokens \(tokens.shape) and targets \(targets.shape) must be [sequences, positions] with "
          + "at most \(context) positions")
    }
    do throws(GraphError) {
      return try losses(tokens, targets, in: graph)
    } catch {
      throw PluginError(error)
    }
  }
}

extension Llama {
  /// The loss at each position: [R] float32, nats.
  private func losses(
    _ tokens: Value, _ targets: Value, in graph: any GraphBuilder
  ) throws(GraphError) -> Value {
    let rows = tokens.shape.elementCount
    let table = try matrix("embedding.weight", extents.vocabulary, extents.width, in: graph)
    let embedded = try graph.add(.gather, table, tokens)  // [B, T, h]
    var stream = try graph.reshape(embedded, [rows, extents.width])
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
    let head =
      extents.isTied
      ? table : try matrix("head.weight", extents.vocabulary, extents.width, in: graph)
    return try graph.add(.linearCrossEntropy, last, head, try graph.reshape(targets, [rows]))
  }

  /// Causal attention with grouped heads: [R, h] to [R, h].
  private func attention(
    _ x: Value, name: String, batch: Shape, in graph: any GraphBuilder
  ) throws(GraphError) -> Value {
    let (heads, groups, headWidth) = (extents.heads, extents.keyValueHeads, extents.headWidth)
    func projection(_ part: String, _ count: Int) throws(GraphError) -> Value {
      let weight = try matrix(
        "\(name).\(part).weight", count * headWidth, extents.width, in: graph)
      return try graph.reshape(
        try graph.linear(x, weight), [batch[0], batch[1], count, headWidth])
    }
    func turned(_ x: Value) throws(GraphError) -> Value {
      try graph.add(.rotary(base: rotaryBase, interleaved: false), x)
    }
    let queries = try turned(try projection("query", heads))  // [B, T, H, K]
    let keys = try turned(try projection("key", groups))  // [B, T, G, K]
    let values = try projection("value", groups)  // [B, T, G, K]
    let mixed = try graph.add(
      .causalAttention(scale: 1 / Float(headWidth).squareRoot()), queries, keys, values)
    let output = try matrix(
      "\(name).output.weight", extents.width, extents.width, entersStream: true, in: graph)
    return try graph.linear(try graph.reshape(mixed, x.shape), output)
  }

  /// The gated layer: [R, h] to [R, h], through [R, f].
  private func feedForward(
    _ x: Value, name: String, in graph: any GraphBuilder
  ) throws(GraphError) -> Value {
    let (width, inner) = (extents.width, extents.feedForward)
    let gate = try graph.linear(x, try matrix("\(name).gate.weight", inner, width, in: graph))
    let up = try graph.linear(x, try matrix("\(name).up.weight", inner, width, in: graph))
    let gated = try graph.add(.swiGLU, gate, up)
    return try graph.linear(
      gated, try matrix("\(name).down.weight", width, inner, entersStream: true, in: graph))
  }

  private func norm(
    _ x: Value, _ name: String, in graph: any GraphBuilder
  ) throws(GraphError) -> Value {
    let weight = try graph.parameter(
      "\(name).weight", [extents.width], .constant(1), decays: false)
    return try graph.add(.rmsNorm(epsilon: epsilon), x, weight)
  }

  /// Declares a matrix [outputs, inputs].
  ///
  /// One that adds to the residual stream starts smaller by √(2 L), since 2 L of them add up there
  /// (Radford et al. 2019, "Language Models are Unsupervised Multitask Learners", section 2.3).
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
