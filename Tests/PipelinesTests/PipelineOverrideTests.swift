import Pipelines
import Testing

struct PipelineOverrideTests {
  private let fixture: PipelineFixture

  init() throws { fixture = try PipelineFixture() }

  @Test func theLastOfSeveralWins() throws {
    let pipeline = try fixture.decode(
      exampleText,
      overrides: [.init("seed", "1"), .init("model.ladder.1", "70k"), .init("seed", "2")])
    #expect(pipeline.seed == 2)
    #expect(pipeline.model.ladder[1] == .near(70_000))
  }

  @Test func mappingsOnTheWayAreMade() throws {
    let pipeline = try fixture.decode(
      exampleText, overrides: [.init("stages.cpt.optimizer.learning_rate", "5e-4")])
    #expect(pipeline.stages[2].optimizer.learningRate == 5e-4)
    #expect(pipeline.optimizer.learningRate == 2e-3)
  }

  @Test func wholeSectionsCanBeSet() throws {
    let pipeline = try fixture.decode(
      exampleText,
      overrides: [.init("batch", "{ tokens: 16k }"), .init("model.context", "125")])
    #expect(pipeline.batch == BatchDeclaration(tokens: 16_000))
  }

  @Test func anOverrideMendsAMistakeOfTheFile() throws {
    let text = try exampleText.replacingFirst("context: 256", with: "context: wide")
    #expect(fixture.diagnostics(text).count == 1)
    #expect(fixture.diagnostics(text, overrides: [.init("model.context", "256")]).isEmpty)
  }

  @Test(arguments: [
    ("model.context", "wide", "found 'wide', expected a whole number of tokens"),
    ("modle.context", "64", "did you mean 'model'?"),
    ("model.ladder.9", "64k", "allowed are 0 to 4"),
    ("model.ladder.x", "64k", "not an index of the list"),
    ("model.context.x", "64", "leads into '256', which is no mapping"),
    ("model..context", "64", "an empty part"),
    ("model.context", "[64", "this is not YAML"),
    ("model.context", "", "found nothing"),
  ])
  func mistakesAreToldAtTheArgument(_ path: String, _ value: String, _ fragment: String) throws {
    let diagnostics = fixture.diagnostics(exampleText, overrides: [.init(path, value)])
    #expect(diagnostics.count == 1)
    let diagnostic = try #require(diagnostics.first)
    #expect(diagnostic.file == "--set \(path)=\(value)")
    #expect((diagnostic.line, diagnostic.column) == (0, 0))
    #expect(diagnostic.message.contains(fragment))
  }

  @Test func mistakesOfTheFileComeFirst() throws {
    let text = try exampleText.replacingFirst("points: 12", with: "points: 0")
    let diagnostics = fixture.diagnostics(text, overrides: [.init("seed", "x")])
    #expect(diagnostics.map(\.path) == ["evaluate.points", "seed"])
  }

  @Test func argumentsAreSplitAtTheFirstEqualsSign() {
    #expect(PipelineOverride(argument: "a.b=c=d") == PipelineOverride("a.b", "c=d"))
    #expect(PipelineOverride(argument: "a.b=") == PipelineOverride("a.b", ""))
    #expect(PipelineOverride(argument: "a.b") == nil)
    #expect(PipelineOverride(argument: "=c") == nil)
  }
}
