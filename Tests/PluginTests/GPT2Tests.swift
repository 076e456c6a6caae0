import GPT2
import GraphLanguage
import Graphs
import PluginBridges
import PluginSDK
import Testing

/// The gpt2 plugin's shapes, counts and graph.
struct GPT2Tests {
  static let factory = DirectArchitectureFactory(GPT2.self, name: "gpt2")

  static func model(
    _ sizes: [String: Int], _ dimensions: ModelDimensions
  ) throws -> any Architecture {
    try factory.make(
      options: OptionValues(sizes.mapValues { .integer($0) }), dimensions: dimensions)
  }

  /// The counts of the four published models (openai/gpt-2, which count the token table once).
  @Test(arguments: [
    (768, 12, 12, 124_439_808), (1024, 24, 16, 354_823_168), (1280, 36, 20, 774_030_080),
    (1600, 48, 25, 1_557_611_200),
  ])
  func publishedModelsHaveTheirCounts(width: Int, layers: Int, heads: Int, count: Int) throws {
    let model = try Self.model(
      ["width": width, "layers": layers, "heads": heads],
      ModelDimensions(vocabulary: 50_257, context: 1024))
    #expect(try model.parameterCount.total == count)
    #expect(try model.parameterCount.embedding == 50_257 * width)
  }

  @Test(arguments: [["heads": 1], ["heads": 4], ["heads": 2, "feed_forward": 24]])
  func formulaCountsWhatTheGraphDeclares(sizes: [String: Int]) throws {
    let sizes = sizes.merging(["width": 16, "layers": 3]) { $1 }
    let model = try Self.model(sizes, ModelDimensions(vocabulary: 50, context: 8))
    let graph = try Described(model, batch: [2, 8]).graph
    #expect(
      try graph.variables.reduce(0) { $0 + $1.shape.elementCount } == model.parameterCount.total)
  }

  @Test func shorterSequencesReadTheFirstPositions() throws {
    let model = try Self.model(
      ["width": 16, "layers": 1, "heads": 2], ModelDimensions(vocabulary: 50, context: 8))
    let tokens = [3, 1, 4, 1, 5, 9, 2, 6]
    let whole = try Described(model, batch: [1, 8]).losses(tokens: tokens, targets: tokens)
    let part = try Described(model, batch: [1, 3]).losses(
      tokens: Array(tokens.prefix(3)), targets: Array(tokens.prefix(3)))
    #expect(zip(whole, part).allSatisfy { $0 == $1 })
  }

  @Test func freshModelLosesAboutLogOfTheVocabulary() throws {
    let model = try Self.model(
      ["width": 16, "layers": 2, "heads": 2], ModelDimensions(vocabulary: 50, context: 8))
    // Logits of a fresh model spread by about 0.02 √16 = 0.08: a few thousandths of a nat.
    #expect(abs(try Described(model, batch: [2, 8]).meanLoss() - 50.0.logarithm) < 0.05)
  }

  @Test func widthThatHeadsDoNotDivideIsExplained() {
    #expect(
      throws: PluginError(
        .invalidArgument, "the width 30 is not a multiple of the 4 heads")
    ) {
      try Self.model(
        ["width": 30, "layers": 1, "heads": 4], ModelDimensions(vocabulary: 50, context: 8))
    }
  }
}
