import Pipelines
import PluginSDK
import Testing

/// What a ladder stands for.
struct LadderTests {
  private let fixture: PipelineFixture

  init() throws { fixture = try PipelineFixture() }

  private func ladder(_ text: String, isShaped: Bool = false) throws -> [ModelSize] {
    let catalog: any PluginCatalog = isShaped ? ShapedCatalog() : ExampleCatalog()
    let pipeline = try PipelineDecoder.decode(
      text: exampleText, file: "\(fixture.folder)/pipeline.yaml",
      overrides: [.init("model.ladder", text)]
    ) { _, _ in catalog }
    return pipeline.model.ladder
  }

  @Test func aRangeIsSpacedGeometrically() throws {
    let sizes = try ladder("{ from: 10k, to: 10M, steps: 7 }")
    #expect(
      sizes
        == [10_000, 31_600, 100_000, 316_000, 1_000_000, 3_160_000, 10_000_000].map(
          ModelSize.near))
    #expect(sizes.map(\.label) == ["10k", "31.6k", "100k", "316k", "1M", "3.16M", "10M"])
  }

  @Test func theEndsOfARangeAreThoseWritten() throws {
    let sizes = try ladder("{ from: 12345, to: 7654321, steps: 2 }")
    #expect(sizes == [.near(12_345), .near(7_654_321)])
    #expect(try ladder("{ from: 1, to: 9, steps: 3 }") == [.near(1), .near(3), .near(9)])
  }

  @Test func aShapeIsWrittenInOptionsOfTheArchitecture() throws {
    let sizes = try ladder("[60k, { width: 64, tie: false }, { name: wide, width: 96 }]")
    #expect(
      sizes == [
        .near(60_000),
        .shape(
          name: "width=64,tie=false",
          options: OptionValues(["width": .integer(64), "tie": .boolean(false)])),
        .shape(name: "wide", options: OptionValues(["width": .integer(96)])),
      ])
  }

  @Test func thePaperHas42ShapesThatDivide() throws {
    let sizes = try ladder("paper", isShaped: true)
    #expect(sizes.count == 42)
    for (size, row) in zip(sizes, PaperLadder.rows) {
      #expect(
        size
          == .shape(
            name: "\(row.millions)M",
            options: OptionValues([
              "width": .integer(row.width), "layers": .integer(row.layers),
              "heads": .integer(row.heads),
            ])))
      #expect(row.width.isMultiple(of: row.heads))
      // The formula that the table's counts follow, for the corrected row as well.
      let (h, layers) = (row.width, row.layers)
      #expect(
        (16 * h * h * layers + 32_000 * h + (2 * layers + 1) * h) / 1_000_000 == row.millions)
    }
  }

  @Test func partOfThePaperIsTakenByItsCounts() throws {
    let sizes = try ladder("{ table: paper, from: 66M, to: 125M }", isShaped: true)
    #expect(sizes.map(\.label) == ["66M", "86M", "105M", "125M"])
    let last = try ladder("{ table: paper, from: 4.5B }", isShaped: true)
    #expect(last.map(\.label) == ["4657M", "5534M"])
  }

  @Test func theCorrectedRowIsTold() throws {
    let whole = PaperLadder.notes(on: try ladder("paper", isShaped: true))
    #expect(whole.count == 1)
    #expect(whole.first?.contains("4016M has 21 heads") == true)
    #expect(whole.first?.contains("prints 22") == true)
    #expect(PaperLadder.notes(on: try ladder("{ table: paper, to: 1B }", isShaped: true)).isEmpty)
  }

  @Test func thePaperDecodesFromItsResolvedForm() throws {
    func decode(_ text: String, _ overrides: [PipelineOverride]) throws -> Pipeline {
      try PipelineDecoder.decode(
        text: text, file: "\(fixture.folder)/pipeline.yaml", overrides: overrides
      ) { _, _ in ShapedCatalog() }
    }
    let pipeline = try decode(exampleText, [.init("model.ladder", "paper")])
    #expect(try decode(pipeline.resolvedYAML, []) == pipeline)
  }
}

/// The example's catalog, with an architecture that takes shapes.
private struct ShapedCatalog: PluginCatalog {
  func options(of kind: PluginKind, named name: String) throws -> [OptionDeclaration] {
    kind == .architecture
      ? TransformerShape.options : try ExampleCatalog().options(of: kind, named: name)
  }
}
