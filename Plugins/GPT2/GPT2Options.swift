package import PluginSDK

extension GPT2 {
  package static let options = TransformerShape.options + furtherOptions

  private static let furtherOptions: [OptionDeclaration] = [
    OptionDeclaration(
      "feed_forward", .integer(1...1_048_576), .optional,
      help: "Width of the feed-forward layers; 4 times the width where it is absent."),
    OptionDeclaration(
      "epsilon", .real(0...1), .defaulted(.real(1e-5)),
      help: "What layer norm adds to the variance."),
    OptionDeclaration(
      "initial_deviation", .real(0...1), .defaulted(.real(0.02)),
      help:
        "Standard deviation of fresh matrices; positions get half, outputs into the stream less."
    ),
  ]
}

/// The extents of a GPT-2 model.
struct GPT2Extents: Hashable, Sendable {
  var width: Int
  var layers: Int
  var heads: Int
  var feedForward: Int
  var vocabulary: Int
  var context: Int

  /// Completes a shape.
  init(_ shape: TransformerShape, feedForward: Int?, _ dimensions: ModelDimensions) {
    width = shape.width
    layers = shape.layers
    heads = shape.heads
    self.feedForward = feedForward ?? 4 * shape.width
    vocabulary = dimensions.vocabulary
    context = dimensions.context
  }

  /// What is wrong with the extents, or nil.
  var fault: String? {
    width.isMultiple(of: heads)
      ? nil : "the width \(width) is not a multiple of the \(heads) heads"
  }

  /// The number of parameters.
  ///
  /// The token table V h, positions T h; in each layer 4 (h² + h) for attention, 2 h f + f + h and two
  /// norms 2 h; a last norm 2 h. For f = 4 h this is V h + T h + L (12 h² + 13 h) + 2 h.
  var parameterCount: ParameterCount {
    let attention = 4 * (width * width + width)
    let fed = 2 * width * feedForward + feedForward + width
    let layer = attention + fed + 4 * width
    let embedding = vocabulary * width
    return ParameterCount(
      total: embedding + context * width + layers * layer + 2 * width, embedding: embedding)
  }
}
