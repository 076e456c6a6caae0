import GPT2
import Llama
import PluginBridges
import PluginSDK
import Testing

/// A target size becomes a sane shape near it, whatever the size.
struct ShapeChoiceTests {
  static let factories: [any ArchitectureFactory] = [
    DirectArchitectureFactory(Llama.self, name: "llama"),
    DirectArchitectureFactory(GPT2.self, name: "gpt2"),
  ]
  static let dimensions = ModelDimensions(vocabulary: 8192, context: 256)

  /// From 8,000 to 80 billion, three to a decade.
  static let targets: [Int] = (0..<7).flatMap { decade in
    [8, 17, 37].map { (mantissa: Int) in mantissa * power(decade + 3) }
  }

  private static func power(_ exponent: Int) -> Int {
    (0..<exponent).reduce(1) { product, _ in product * 10 }
  }

  @Test(arguments: 0...1, targets)
  func shapeIsNearAndSane(factory: Int, target: Int) throws {
    let factory = Self.factories[factory]
    let shape = try factory.shape(
      near: target, options: OptionValues(), dimensions: Self.dimensions)
    let width = try shape.requiredInteger("width")
    let layers = Double(try shape.requiredInteger("layers"))
    let heads = try shape.requiredInteger("heads")
    #expect(width.isMultiple(of: 8))
    #expect(width.isMultiple(of: heads))
    #expect((16...128).contains(width / heads))
    let middle = Double(width).squareRoot() / 2
    #expect(layers >= (middle / 2).rounded(.down) && layers <= (2 * middle).rounded(.up))

    let model = try factory.make(options: shape, dimensions: Self.dimensions)
    let count = try Double(model.parameterCount.nonEmbedding)
    // Small models move in large steps: one layer of width 24 has 9,000 parameters, one of width 32
    // 16,000. From 100,000 on the steps of all widths together are finer.
    let allowed = target < 20_000 ? 0.3 : target < 100_000 ? 0.1 : 0.05
    #expect(abs(count / Double(target) - 1) < allowed, "\(shape) has \(count) for \(target)")
  }

  @Test func fixedExtentsStayAndTheRestFollows() throws {
    let shape = try Self.factories[0].shape(
      near: 1_000_000,
      options: OptionValues(["width": .integer(96), "key_value_heads": .integer(2)]),
      dimensions: Self.dimensions)
    #expect(shape.integer("width") == 96)
    let heads = try shape.requiredInteger("heads")
    #expect(heads.isMultiple(of: 2))
    let deep = try Self.factories[0].shape(
      near: 1_000_000, options: OptionValues(["layers": .integer(12)]),
      dimensions: Self.dimensions)
    #expect(deep.integer("layers") == 12)
  }

  @Test func sameArgumentsGiveTheSameShape() throws {
    for target in Self.targets {
      let one = try Self.factories[0].shape(
        near: target, options: OptionValues(), dimensions: Self.dimensions)
      let other = try Self.factories[0].shape(
        near: target, options: OptionValues(), dimensions: Self.dimensions)
      #expect(one == other)
    }
  }

  @Test func contradictoryOptionsAreExplained() {
    #expect(throws: PluginError.self) {
      try Self.factories[0].shape(
        near: 1_000_000,
        options: OptionValues(["width": .integer(30), "heads": .integer(4)]),
        dimensions: Self.dimensions)
    }
  }

  @Test func ladderOfTheQuickstartGrows() throws {
    let counts = try [60_000, 120_000, 250_000, 500_000, 1_000_000].map { target in
      let shape = try Self.factories[0].shape(
        near: target, options: OptionValues(), dimensions: Self.dimensions)
      return try Self.factories[0].make(options: shape, dimensions: Self.dimensions)
        .parameterCount.nonEmbedding
    }
    #expect(counts == counts.sorted())
    #expect(Set(counts).count == counts.count)
  }
}
