// B sequences in a batch, T tokens in a sequence, V vocabulary, h width, L layers, f feed-forward.

/// A training step that is measured: a LLaMA model with its own output table, and its batch.
struct ModelCase: Hashable, Sendable, Codable {
  var name: String
  var width: Int
  var layers: Int
  var heads: Int
  var keyValueHeads: Int
  var feedForward: Int
  var vocabulary: Int
  /// T.
  var context: Int
  /// B.
  var sequences: Int

  init(
    _ name: String, width: Int, layers: Int, heads: Int, keyValueHeads: Int? = nil,
    feedForward: Int, vocabulary: Int, context: Int, sequences: Int
  ) {
    self.name = name
    self.width = width
    self.layers = layers
    self.heads = heads
    self.keyValueHeads = keyValueHeads ?? heads
    self.feedForward = feedForward
    self.vocabulary = vocabulary
    self.context = context
    self.sequences = sequences
  }

  /// B · T.
  var tokensPerStep: Int { context * sequences }

  /// The elements of all matrices that a token is multiplied with: the token table is only read.
  var matrixParameters: Int {
    let keysAndValues = 2 * width * (width / heads) * keyValueHeads
    return layers * (2 * width * width + keysAndValues + 3 * width * feedForward)
      + vocabulary * width
  }

  /// The floating-point operations of matrix products that a step asks for, a token.
  ///
  /// Each element of a matrix costs two operations forward and four backward; attention 12 L T h,
  /// of which causality leaves half.
  var matrixFLOPsPerToken: Int { 6 * matrixParameters + 6 * layers * context * width }
}

extension ModelCase {
  /// The six models that engines are compared on.
  static let compared: [ModelCase] = [("8k", 8192), ("32k", 32_768)].flatMap { label, vocabulary in
    [tiny, small, medium].map { size in
      var model = size
      model.name += "-\(label)"
      model.vocabulary = vocabulary
      return model
    }
  }

  /// Models that show what the six do not: shapes that nothing was tuned for, long sequences.
  static let further: [ModelCase] = [
    ModelCase(
      "small-8k-long", width: small.width, layers: small.layers, heads: small.heads,
      feedForward: small.feedForward, vocabulary: 8192, context: 2048, sequences: 1),
    ModelCase(
      "grouped", width: 192, layers: 5, heads: 6, keyValueHeads: 3, feedForward: 500,
      vocabulary: 10_007, context: 384, sequences: 5),
    ModelCase(
      "odd", width: 330, layers: 3, heads: 5, feedForward: 901, vocabulary: 4099, context: 131,
      sequences: 7),
    ModelCase(
      "one-sequence", width: 256, layers: 6, heads: 2, keyValueHeads: 1, feedForward: 1024,
      vocabulary: 16_384, context: 1000, sequences: 1),
  ]

  /// A model that only shows that everything runs.
  static let smallest = ModelCase(
    "smallest", width: 16, layers: 1, heads: 2, feedForward: 24, vocabulary: 61, context: 8,
    sequences: 2)

  static let all = compared + further + [smallest]

  private static let tiny = base("tiny", width: 128, layers: 4, heads: 4, feedForward: 344)
  private static let small = base("small", width: 256, layers: 6, heads: 8, feedForward: 688)
  private static let medium = base("medium", width: 512, layers: 8, heads: 8, feedForward: 1376)

  private static func base(
    _ name: String, width: Int, layers: Int, heads: Int, feedForward: Int
  ) -> ModelCase {
    ModelCase(
      name, width: width, layers: layers, heads: heads, feedForward: feedForward, vocabulary: 8192,
      context: 256, sequences: 8)
  }
}
