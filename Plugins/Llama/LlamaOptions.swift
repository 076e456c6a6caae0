package import PluginSDK

/// How the width of the feed-forward layers follows from the model's width h.
///
/// arXiv 2407.02118, Table 4, prints parameter counts and an "Intermediate" column that cannot both
/// describe one gated layer; each reading follows one of them.
enum FeedForwardRule: String, CaseIterable, Sendable {
  /// 4 h, which gives the counts that the table lists.
  case listed
  /// Half the column, (⌊16 h / 3 / 512⌋ + 1) · 512, which is the rule of LLaMA 2.
  case llama2
  /// The whole column.
  case column

  func width(model h: Int) -> Int {
    switch self {
    case .listed: 4 * h
    case .llama2: Self.column.width(model: h) / 2
    case .column: (16 * h / 3 / 512 + 1) * 512
    }
  }
}

extension Llama {
  package static let options = TransformerShape.options + furtherOptions

  private static let furtherOptions: [OptionDeclaration] = [
    OptionDeclaration(
      "key_value_heads", .integer(1...65_536), .optional,
      help: "Heads of keys and values, shared by groups of query heads; all have their own without."
    ),
    OptionDeclaration(
      "mlp", .choice(FeedForwardRule.allCases.map(\.rawValue)),
      .defaulted(.text(FeedForwardRule.listed.rawValue)),
      help:
        "Feed-forward width: listed 4 times the width, column its 16/3 rounded, llama2 half that."
    ),
    OptionDeclaration(
      "feed_forward", .integer(1...1_048_576), .optional,
      help: "Width of the feed-forward layers, in place of what mlp says."),
    OptionDeclaration(
      "tied", .boolean, .defaulted(.boolean(true)),
      help: "Whether input and output share one token table."),
    OptionDeclaration(
      "rotary_base", .real(1...Double(Float.greatestFiniteMagnitude)), .defaulted(.real(10_000)),
      help: "Base of the rotary position embedding's wavelengths."),
    OptionDeclaration(
      "epsilon", .real(0...1), .defaulted(.real(1e-5)),
      help: "What RMS norm adds to the mean square."),
    OptionDeclaration(
      "initial_deviation", .real(0...1), .defaulted(.real(0.02)),
      help: "Standard deviation of fresh matrices; outputs into the residual stream get less."),
  ]
}

/// The extents of a llama model.
struct LlamaExtents: Hashable, Sendable {
  var width: Int
  var layers: Int
  var heads: Int
  var keyValueHeads: Int
  var feedForward: Int
  var vocabulary: Int
  var isTied: Bool

  var headWidth: Int { width / heads }

  /// What the options say beside the shape.
  struct Choices: Hashable, Sendable {
    var rule: FeedForwardRule
    var feedForward: Int?
    var keyValueHeads: Int?
    var isTied: Bool

    init(_ options: OptionValues) throws(PluginError) {
      let word = try options.requiredText("mlp")
      guard let rule = FeedForwardRule(rawValue: word) else {
        throw PluginError(.invalidArgument, "the option 'mlp' cannot be '\(word)'")
      }
      self.rule = rule
      feedForward = options.integer("feed_forward")
      keyValueHeads = options.integer("key_value_heads")
      isTied = try options.requiredBoolean("tied")
    }
  }

  /// Completes a shape.
  init(_ shape: TransformerShape, _ choices: Choices, vocabulary: Int) {
    width = shape.width
    layers = shape.layers
    heads = shape.heads
    keyValueHeads = choices.keyValueHeads ?? shape.heads
    feedForward = choices.feedForward ?? choices.rule.width(model: shape.width)
    self.vocabulary = vocabulary
    isTied = choices.isTied
  }

  /// What is wrong with the extents, or nil.
  var fault: String? {
    if !width.isMultiple(of: heads) {
      "the width \(width) is not a multiple of the \(heads) heads"
    } else if !headWidth.isMultiple(of: 2) {
      "heads of width \(headWidth) cannot turn in pairs: width / heads must be even"
    } else if !heads.isMultiple(of: keyValueHeads) {
      "the \(heads) heads are not a multiple of the \(keyValueHeads) key-value heads"
    } else {
      nil
    }
  }

  /// The number of parameters.
  ///
  /// Token tables V h, twice if not tied; in each layer 2 h² + 2 h (h G / H) for attention, 3 h f and
  /// two norms h; a last norm h. For G = H and f = 4 h this is 16 h² L + V h + (2 L + 1) h.
  var parameterCount: ParameterCount {
    let embedding = (isTied ? 1 : 2) * vocabulary * width
    let attention = 2 * width * width + 2 * width * headWidth * keyValueHeads
    let layer = attention + 3 * width * feedForward + 2 * width
    return ParameterCount(total: embedding + layers * layer + width, embedding: embedding)
  }
}
