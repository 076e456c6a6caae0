import GraphLanguage
import Graphs
import Llama
import PluginBridges
import PluginSDK
import Testing

/// The llama plugin's shapes, counts and graph.
struct LlamaTests {
  static let dimensions = ModelDimensions(vocabulary: 32_000, context: 2048)
  static let factory = DirectArchitectureFactory(Llama.self, name: "llama")

  static func model(
    _ options: [String: OptionValue], _ dimensions: ModelDimensions = dimensions
  ) throws -> any Architecture {
    try factory.make(options: OptionValues(options), dimensions: dimensions)
  }

  /// The models of arXiv 2407.02118, Table 4.
  ///
  /// Listed parameters in millions, hidden width, "Intermediate", heads,
  /// layers. The row of 4016 prints 22 heads, which do not divide 2688; its neighbour has 21.
  static let table4: [[Int]] = [
    [49, 512, 3072, 8, 8], [66, 576, 3584, 9, 9], [86, 640, 3584, 10, 10],
    [105, 640, 3584, 10, 13], [125, 640, 3584, 10, 16], [137, 768, 4608, 12, 12],
    [166, 768, 4608, 12, 15], [194, 768, 4608, 12, 18], [208, 896, 5120, 14, 14],
    [234, 896, 5120, 14, 16], [259, 896, 5120, 14, 18], [301, 1024, 5632, 16, 16],
    [334, 1024, 5632, 16, 18], [368, 1024, 5632, 16, 20], [512, 1280, 7168, 10, 18],
    [591, 1280, 7168, 10, 21], [616, 1408, 7680, 11, 18], [670, 1280, 7168, 10, 24],
    [711, 1408, 7680, 11, 21], [766, 1536, 8704, 12, 19], [806, 1408, 7680, 11, 24],
    [879, 1536, 8704, 12, 22], [992, 1536, 8704, 12, 25], [1085, 1792, 9728, 14, 20],
    [1239, 1792, 9728, 14, 23], [1393, 1792, 9728, 14, 26], [1542, 2048, 11264, 16, 22],
    [1736, 2176, 11776, 17, 22], [1743, 2048, 11264, 16, 25], [1944, 2048, 11264, 16, 28],
    [1963, 2176, 11776, 17, 25], [2112, 2304, 12800, 18, 24], [2191, 2176, 11776, 17, 28],
    [2452, 2304, 12800, 18, 28], [2791, 2304, 12800, 18, 32], [2808, 2560, 13824, 20, 26],
    [3227, 2560, 13824, 20, 30], [3647, 2560, 13824, 20, 34], [4016, 2688, 14848, 21, 34],
    [4248, 2688, 14848, 21, 36], [4657, 2816, 15360, 22, 36], [5534, 3072, 16896, 24, 36],
  ]

  @Test(arguments: table4)
  func listedReadingGivesThePapersCounts(row: [Int]) throws {
    let model = try Self.model([
      "width": .integer(row[1]), "heads": .integer(row[3]), "layers": .integer(row[4]),
      "mlp": .text("listed"), "tied": .boolean(true),
    ])
    #expect(try model.parameterCount.total / 1_000_000 == row[0])
  }

  @Test(arguments: table4)
  func llama2ReadingIsHalfThePapersColumn(row: [Int]) throws {
    let (h, layers) = (row[1], row[4])
    let model = try Self.model([
      "width": .integer(h), "heads": .integer(row[3]), "layers": .integer(layers),
      "mlp": .text("llama2"), "tied": .boolean(false),
    ])
    let expected =
      2 * 32_000 * h + layers * (4 * h * h + 3 * h * (row[2] / 2) + 2 * h) + h
    #expect(try model.parameterCount.total == expected)
  }

  @Test(arguments: table4)
  func columnReadingIsThePapersColumn(row: [Int]) throws {
    let (h, layers) = (row[1], row[4])
    let model = try Self.model([
      "width": .integer(h), "heads": .integer(row[3]), "layers": .integer(layers),
      "mlp": .text("column"),
    ])
    let expected = 32_000 * h + layers * (4 * h * h + 3 * h * row[2] + 2 * h) + h
    #expect(try model.parameterCount.total == expected)
  }

  @Test(
    arguments: [
      ["heads": 4, "key_value_heads": 4], ["heads": 4, "key_value_heads": 2],
      ["heads": 4, "key_value_heads": 1], ["heads": 2, "feed_forward": 24],
    ], [true, false])
  func formulaCountsWhatTheGraphDeclares(sizes: [String: Int], isTied: Bool) throws {
    var options = sizes.mapValues { OptionValue.integer($0) }
    options["width"] = .integer(16)
    options["layers"] = .integer(3)
    options["tied"] = .boolean(isTied)
    let model = try Self.model(options, ModelDimensions(vocabulary: 50, context: 8))
    let graph = try Described(model, batch: [2, 8]).graph
    let counts = graph.variables.map(\.shape.elementCount)
    #expect(try counts.reduce(0, +) == model.parameterCount.total)
    #expect(try model.parameterCount.embedding == (isTied ? 1 : 2) * 50 * 16)
    #expect(graph.variables.count == 1 + 3 * 9 + 1 + (isTied ? 0 : 1))
  }

  @Test func normWeightsDoNotDecayAndMatricesDo() throws {
    let model = try Self.model(
      ["width": .integer(16), "layers": .integer(1), "heads": .integer(1)],
      ModelDimensions(vocabulary: 50, context: 8))
    for variable in try Described(model, batch: [1, 4]).graph.variables {
      #expect(variable.decays == (variable.shape.rank == 2))
      #expect(variable.isParameter)
    }
  }

  @Test func outputsIntoTheStreamStartSmaller() throws {
    let model = try Self.model(
      ["width": .integer(16), "layers": .integer(8), "heads": .integer(1)],
      ModelDimensions(vocabulary: 50, context: 8))
    for variable in try Described(model, batch: [1, 4]).graph.variables
    where variable.shape.rank == 2 {
      let entersStream =
        variable.name.hasSuffix("output.weight") || variable.name.hasSuffix("down.weight")
      #expect(
        variable.initializer
          == .normal(mean: 0, standardDeviation: entersStream ? 0.02 / 4 : 0.02))
    }
  }

  @Test(arguments: [
    (["width": 30, "layers": 1, "heads": 4], "the width 30 is not a multiple of the 4 heads"),
    (
      ["width": 6, "layers": 1, "heads": 2],
      "heads of width 3 cannot turn in pairs: width / heads must be even"
    ),
    (
      ["width": 16, "layers": 1, "heads": 4, "key_value_heads": 3],
      "the 4 heads are not a multiple of the 3 key-value heads"
    ),
    (
      ["width": 16],
      "width, layers and heads are needed: write all three, or a target size"
    ),
  ])
  func impossibleShapesAreExplained(sizes: [String: Int], message: String) {
    #expect(throws: PluginError(.invalidArgument, message)) {
      try Self.model(sizes.mapValues { .integer($0) })
    }
  }

  @Test func longerSequencesThanTheContextAreRefused() throws {
    let model = try Self.model(
      ["width": .integer(16), "layers": .integer(1), "heads": .integer(1)],
      ModelDimensions(vocabulary: 50, context: 8))
    #expect(throws: PluginError.self) { try Described(model, batch: [1, 9]) }
  }

  @Test func freshModelLosesAboutLogOfTheVocabulary() throws {
    let model = try Self.model(
      ["width": .integer(16), "layers": .integer(2), "heads": .integer(2)],
      ModelDimensions(vocabulary: 50, context: 8))
    // Logits of a fresh model spread by about 0.02 √16 = 0.08: a few thousandths of a nat.
    #expect(abs(try Described(model, batch: [2, 8]).meanLoss() - 50.0.logarithm) < 0.05)
  }

  @Test func laterTokensDoNotChangeEarlierLosses() throws {
    let model = try Self.model(
      [
        "width": .integer(16), "layers": .integer(2), "heads": .integer(4),
        "key_value_heads": .integer(2), "initial_deviation": .real(0.5),
      ], ModelDimensions(vocabulary: 50, context: 8))
    let described = try Described(model, batch: [1, 8])
    let tokens = [3, 1, 4, 1, 5, 9, 2, 6]
    let before = try described.losses(tokens: tokens, targets: tokens)
    let after = try described.losses(
      tokens: Array(tokens.prefix(5)) + [40, 41, 42], targets: tokens)
    #expect(before.prefix(5) == after.prefix(5))
    #expect(before.suffix(3) != after.suffix(3))
  }

  @Test func tokenThatIsNotScoredLosesNothing() throws {
    let model = try Self.model(
      ["width": .integer(16), "layers": .integer(1), "heads": .integer(1)],
      ModelDimensions(vocabulary: 50, context: 4))
    let losses = try Described(model, batch: [1, 4]).losses(
      tokens: [1, 2, 3, 4], targets: [2, -1, 4, -1])
    #expect(losses[1] == 0 && losses[3] == 0 && losses[0] > 0 && losses[2] > 0)
  }
}
