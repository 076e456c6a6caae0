import GraphLanguage
import PluginSDK

/// Hands the architecture to the host.
@c(example_plugin_entry)
public func entry(_ host: CHost?, _ plugin: CPlugin?, _ error: CErrorSlot?) -> CStatus {
  unsafe exportArchitecture(SmallDecoder.self, host, plugin, error)
}

/// A small decoder: learned positions, then layers of causal attention and a GELU feed-forward part,
/// each behind an RMS norm and added to the stream; one token table for input and output.
///
/// In shapes: B sequences, T positions, R = B T rows, w width, H heads, V vocabulary.
struct SmallDecoder: ArchitecturePlugin {
  private let extents: DecoderExtents

  static let options: [OptionDeclaration] = [
    OptionDeclaration(
      "width", .integer(DecoderExtents.widths), .optional,
      help: "Width of the stream; chosen for the target size where it is absent."),
    OptionDeclaration(
      "layers", .integer(1...256), .optional,
      help: "Number of layers; chosen for the target size where it is absent."),
  ]

  static func shape(
    near target: Int, options: OptionValues, dimensions: ModelDimensions
  ) throws(PluginError) -> OptionValues {
    let nearest = DecoderExtents.nearest(
      to: target, width: options.integer("width"), layers: options.integer("layers"), dimensions)
    return OptionValues(["width": .integer(nearest.width), "layers": .integer(nearest.layers)])
  }

  init(
    options: OptionValues, dimensions: ModelDimensions, host: any HostServices
  ) throws(PluginError) {
    guard let width = options.integer("width"), let layers = options.integer("layers") else {
      throw PluginError(
        .invalidArgument, "width and layers are needed: write both, or a target size")
    }
    extents = DecoderExtents(width: width, layers: layers, dimensions: dimensions)
  }

  var parameterCount: ParameterCount {
    ParameterCount(
      total: extents.embeddingSize + extents.restSize, embedding: extents.embeddingSize)
  }

  func describe(
    tokens: Value, targets: Value, in graph: any GraphBuilder
  ) throws(PluginError) -> Value {
    let context = extents.dimensions.context
    guard tokens.shape.rank == 2, tokens.shape[1] <= context else {
      throw PluginError(
        .invalidArgument,
        "tokens \(tokens.shape) must be [sequences, positions] with at most \(context) positions")
    }
    do throws(GraphError) {
      return try losses(tokens, targets, in: graph)
    } catch {
      throw PluginError(error)
    }
  }
}

/// The extents that fix a model's size.
private struct DecoderExtents {
  static let widths = 8...4096

  var width: Int
  var layers: Int
  var dimensions: ModelDimensions

  var embeddingSize: Int { dimensions.vocabulary * width }

  /// Attention 4 w², feed-forward 8 w², two norms.
  var layerSize: Int { 12 * width * width + 2 * width }

  /// All but the token table: positions T w, the last norm, the layers.
  var restSize: Int { dimensions.context * width + width + layers * layerSize }

  /// The most heads of a width of 32 or more that divide the width.
  var heads: Int {
    stride(from: width / 32, to: 1, by: -1).first { width.isMultiple(of: $0) } ?? 1
  }

  /// Tries widths in steps of 4, each with the depth that comes nearest, at most a layer for each 8.
  static func nearest(
    to target: Int, width: Int?, layers: Int?, _ dimensions: ModelDimensions
  ) -> DecoderExtents {
    let free = Array(stride(from: widths.lowerBound, through: widths.upperBound, by: 4))
    let candidates = (width.map { [$0] } ?? free).map { width in
      var extents = DecoderExtents(width: width, layers: 0, dimensions: dimensions)
      let fitting = (target - extents.restSize + extents.layerSize / 2) / extents.layerSize
      extents.layers = layers ?? min(max(fitting, 1), width / 8)
      return extents
    }
    return candidates.dropFirst().reduce(candidates[0]) { best, next in
      abs(next.restSize - target) < abs(best.restSize - target) ? next : best
    }
  }
}

extension SmallDecoder {
  private static let deviation: Float = 0.02

  /// The loss at each position: [R] float32, nats.
  private func losses(
    _ tokens: Value, _ targets: Value, in graph: any GraphBuilder
  ) throws(GraphError) -> Value {
    let (rows, length) = (tokens.shape.elementCount, tokens.shape[1])
    let dimensions = extents.dimensions
    let table = try matrix(
      "embedding.weight", dimensions.vocabulary, extents.width, Self.deviation, in: graph)
    var positions = try matrix(
      "position.weight", dimensions.context, extents.width, Self.deviation / 2, in: graph)
    if length < dimensions.context {
      positions = try graph.add(.slice(starts: [0, 0], ends: [length, extents.width]), positions)
    }
    let placed = try graph.sum(try graph.add(.gather, table, tokens), positions)
    var stream = try graph.reshape(placed, [rows, extents.width])
    for layer in 0..<extents.layers {
      let name = "layers.\(layer)"
      let heard = try norm(stream, "\(name).attention_norm", in: graph)
      let attended = try attention(heard, "\(name).attention", batch: tokens.shape, in: graph)
      stream = try graph.sum(stream, attended)
      let thought = try norm(stream, "\(name).feed_forward_norm", in: graph)
      stream = try graph.sum(stream, try feedForward(thought, "\(name).feed_forward", in: graph))
    }
    let last = try norm(stream, "norm", in: graph)
    return try graph.add(.linearCrossEntropy, last, table, try graph.reshape(targets, [rows]))
  }

  /// Causal attention: [R, w] to [R, w].
  private func attention(
    _ x: Value, _ name: String, batch: Shape, in graph: any GraphBuilder
  ) throws(GraphError) -> Value {
    let (width, heads) = (extents.width, extents.heads)
    func projection(_ part: String) throws(GraphError) -> Value {
      let weight = try matrix("\(name).\(part).weight", width, width, Self.deviation, in: graph)
      let projected = try graph.linear(x, weight)
      return try graph.reshape(projected, [batch[0], batch[1], heads, width / heads])
    }
    let mixed = try graph.add(
      .causalAttention(scale: 1 / Float(width / heads).squareRoot()),
      try projection("query"), try projection("key"), try projection("value"))
    let output = try matrix("\(name).output.weight", width, width, outputDeviation, in: graph)
    return try graph.linear(try graph.reshape(mixed, x.shape), output)
  }

  /// The feed-forward part: [R, w] to [R, w], through [R, 4 w].
  private func feedForward(
    _ x: Value, _ name: String, in graph: any GraphBuilder
  ) throws(GraphError) -> Value {
    let width = extents.width
    let up = try matrix("\(name).up.weight", 4 * width, width, Self.deviation, in: graph)
    let down = try matrix("\(name).down.weight", width, 4 * width, outputDeviation, in: graph)
    return try graph.linear(try graph.add(.gelu, try graph.linear(x, up)), down)
  }

  private func norm(
    _ x: Value, _ name: String, in graph: any GraphBuilder
  ) throws(GraphError) -> Value {
    let weight = try graph.parameter(
      "\(name).weight", [extents.width], .constant(1), decays: false)
    return try graph.add(.rmsNorm(epsilon: 1e-5), x, weight)
  }

  /// What adds to the stream starts smaller, lest the stream grow with the depth.
  private var outputDeviation: Float { Self.deviation / Float(2 * extents.layers).squareRoot() }

  /// Declares a matrix [outputs, inputs].
  private func matrix(
    _ name: String, _ outputs: Int, _ inputs: Int, _ deviation: Float,
    in graph: any GraphBuilder
  ) throws(GraphError) -> Value {
    try graph.parameter(
      name, [outputs, inputs], .normal(mean: 0, standardDeviation: deviation), decays: true)
  }
}
