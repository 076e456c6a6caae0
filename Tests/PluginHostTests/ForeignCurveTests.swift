import PluginBridges
import PluginHost
import PluginSDK
import Testing

/// Functions of progress: a schedule, and the weight of a data mixer.
@Suite(.enabled(if: FunctionFixture.canBuild, "no C compiler")) struct ForeignCurveTests {
  @Test(arguments: [
    "double same(double progress)",
    "void same_batch(const double *progress, int count, double *results)",
  ])
  func aScheduleIsTheFunctionBetweenItsMaps(declaration: String) throws {
    let fixture = try FunctionFixture()
    try fixture.curve(
      "falling", declaration,
      maps: "argument: { scale: 2, offset: 1 }\nresult: { scale: -0.25, offset: 1 }",
      test: "{ progress: 0.5, expect: 0.5, tolerance: 0 }")
    let schedule = try fixture.registry().schedule(named: "falling")
    #expect(try schedule.factors(at: [0, 0.5, 1]) == [0.75, 0.5, 0.25])
  }

  @Test func aScheduleMayComeFromTheSystem() throws {
    let fixture = try FunctionFixture()
    try fixture.curve(
      "cosine", "double cos(double progress)", library: "library: libm.so.6\nsystem: true",
      maps: "argument: { scale: 3.141592653589793 }\nresult: { scale: 0.5, offset: 0.5 }",
      test: "{ progress: 0.5, expect: 0.5, tolerance: 1e-12 }")
    let registry = fixture.registry()
    let factors = try registry.schedule(named: "cosine").factors(at: [0, 1])
    #expect(factors == [1, 0])
    let library = try #require(try registry.library(of: .schedule, named: "cosine").foreign)
    #expect(library.isSystem)
    #expect(library.path.hasSuffix("/libm.so.6"))
  }

  @Test func aMixerGivesTheTargetItsWeightAndTheRestToTheOthers() throws {
    let fixture = try FunctionFixture()
    try fixture.curve("rising", "double same(double progress)", kind: .dataMixer)
    let factory = try fixture.registry().dataMixer(named: "rising")
    let mixer = try factory.make(
      options: OptionValues([
        "target": .text("new"),
        "rest": .shares([CorpusShare(corpus: "a", share: 3), CorpusShare(corpus: "b", share: 1)]),
      ]))
    #expect(mixer.sources == ["new", "a", "b"])
    let progress = MixingProgress(
      tokensDrawn: 50, tokensPlanned: 100, sourceTokensDrawn: [0, 0, 0])
    #expect(try mixer.weights(at: progress) == [0.5, 0.375, 0.125])
    #expect(throws: PluginError.self) {
      try factory.make(
        options: OptionValues([
          "target": .text("new"), "rest": .shares([CorpusShare(corpus: "new", share: 1)]),
        ]))
    }
  }

  @Test(arguments: [
    ("double late_nan(double progress)", "nan", 0.75),
    ("double rising(double progress)", "3.0", 0.75),
  ])
  func aNumberThatIsNoFactorIsToldWithItsProgress(
    declaration: String, given: String, progress: Double
  ) throws {
    let fixture = try FunctionFixture()
    let expected = declaration.contains("rising") ? 1 : 0.25
    try fixture.curve(
      "odd", declaration, test: "{ progress: 0.25, expect: \(expected), tolerance: 0 }")
    let schedule = try fixture.registry().schedule(named: "odd")
    let error = try #require(
      #expect(throws: PluginError.self) { try schedule.factors(at: [0.1, progress]) })
    #expect(error.plugin == "odd")
    #expect(
      error.message.contains(
        "the factor of the peak learning rate is \(given) at progress \(progress); it must lie in 0...1"
      ))
  }
}
