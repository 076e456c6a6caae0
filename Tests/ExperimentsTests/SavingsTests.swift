import Experiments
import Glibc
import Pipelines
import PluginBridges
import PluginSDK
import TestModels
import Testing

@Suite struct SavingsTests {
  private static let optimizer = OptimizerDeclaration(
    use: PluginUse(plugin: "o", options: OptionValues()), learningRate: 1,
    schedule: ScheduleDeclaration(shape: .constant, warmup: 0, decay: 0, finalFraction: 1),
    clip: nil)

  private static func stage(_ name: String, _ strategy: StageStrategy) -> StageDeclaration {
    StageDeclaration(
      name: name, strategy: strategy, budget: .tokens(1),
      data: PluginUse(plugin: "m", options: OptionValues()), corpora: ["target"],
      optimizer: optimizer)
  }

  private static let stages = [
    stage("source", .fromScratch), stage("scratch", .fromScratch),
    stage("cpt", .continued(from: "source")),
  ]

  /// A run with losses at 0 FLOPs, then at powers of ten.
  private static func run(
    _ stage: String, _ losses: [Double], corpus: String = "target"
  ) -> RunRecord {
    RunRecord(
      id: stage, stage: stage, continuedFrom: nil, sourceRun: nil, size: "1k", shape: [:],
      parameters: ParameterCount(total: 10, embedding: 0), countedParameters: 10, tokens: 100,
      steps: 10, exactFLOPs: 1, approximateFLOPs: 1,
      sources: [
        SourceCount(corpus: corpus, plannedTokens: 75, realisedTokens: 75, epochs: 1),
        SourceCount(corpus: "other", plannedTokens: 25, realisedTokens: 25, epochs: 1),
      ],
      evaluations: losses.enumerated().map { place, loss in
        EvaluationRecord(
          corpus: "target", step: place, tokens: place,
          exactFLOPs: place == 0 ? 0 : pow(10, Double(place)), loss: loss, standardError: 0.1,
          bitsPerByte: 1, evaluatedTokens: 1)
      }, trainingCurve: [], seconds: 1, tokensPerSecond: 1, checkpoint: "")
  }

  static func saving(
    scratch: [Double], cpt: [Double], laws: [FittedLaw] = []
  ) -> SavingsRecord? {
    let runs = [
      run("source", [9, 8], corpus: "other"), run("scratch", scratch), run("cpt", cpt),
    ]
    return Savings(stages: stages, runs: runs, laws: laws).records().first
  }

  /// Losses that fall by half a tenfold of FLOPs, so that log loss is linear in log FLOPs.
  @Test(arguments: [
    // CPT ends at 2, which scratch reached at 100: 1 - 10 / 100.
    ([9.0, 4, 2, 1], [9.0, 2], 2.0, 0.9),
    // Between points: scratch is at 2 sqrt(2) after 10^1.5.
    ([9, 4, 2], [9, 4, 8.0.squareRoot()], 8.0.squareRoot(), 1 - 100 / pow(10, 1.5)),
    // CPT is better than scratch ever is: compared at the last loss of scratch.
    ([9, 4, 2], [9, 2, 0.5], 2, 0.9),
  ])
  func curvesAreComparedAtEqualLoss(
    scratch: [Double], cpt: [Double], loss: Double, fraction: Double
  ) throws {
    let saving = try #require(Self.saving(scratch: scratch, cpt: cpt))
    #expect(saving.loss == loss)
    // Rounding of logarithms and exponentials.
    #expect(abs(try #require(saving.measured) - fraction) < 1e-12)
    #expect(saving.scratchStage == "scratch")
    #expect(saving.continuedStage == "cpt")
    #expect(saving.corpus == "target")
  }

  @Test func curveComparesEveryEvaluationWithScratch() throws {
    // Scratch has 100 tokens for 1 FLOP, so 100 tokens for each: at 2 after 100 FLOPs.
    let saving = try #require(Self.saving(scratch: [9, 4, 2, 1], cpt: [9, 5, 2, 0.5]))
    #expect(saving.curve.map(\.tokens) == [1, 2, 3])
    #expect(saving.curve.map(\.loss) == [5, 2, 0.5])
    // 5 is above all that scratch was evaluated at, 0.5 below.
    #expect(saving.curve.map { $0.scratchTokens == nil } == [true, false, true])
    let middle = saving.curve[1]
    // Rounding of logarithms and exponentials.
    #expect(abs(try #require(middle.scratchTokens) / 10_000 - 1) < 1e-12)
    #expect(abs(try #require(middle.transferred) / 9_998 - 1) < 1e-12)
    #expect(abs(try #require(middle.saved) - (1 - 2 / 10_000.0)) < 1e-12)
    #expect(saving.curve.allSatisfy { $0.predictedScratchTokens == nil })
  }

  /// However much of the source is replayed, the comparison is on what is new.
  @Test func stageThatReplaysMostlyIsComparedOnItsTarget() throws {
    var replaying = Self.run("cpt", [9, 4, 2])
    replaying.sources = [("other", 80), ("target", 20)].map {
      SourceCount(corpus: $0, plannedTokens: $1, realisedTokens: $1, epochs: 1)
    }
    let runs = [
      Self.run("source", [9, 8], corpus: "other"), Self.run("scratch", [9, 4, 2]), replaying,
    ]
    let saving = try #require(Savings(stages: Self.stages, runs: runs, laws: []).records().first)
    #expect(saving.corpus == "target")
    #expect(saving.scratchStage == "scratch")
  }

  @Test func curvesWithoutACommonLossSaySo() throws {
    let saving = try #require(Self.saving(scratch: [9, 4, 2], cpt: [1.5, 1, 0.5]))
    #expect(saving.measured == nil)
    #expect(saving.remark?.contains("do not share a loss") == true)
  }

  @Test func lawsPredictBySizeOfData() throws {
    func fitted(_ stage: String, scale: Double) throws -> FittedLaw {
      FittedLaw(
        record: FitRecord(
          name: stage, plugin: "data", stage: stage, corpus: "target", failure: nil,
          parameters: [], objective: 0, evaluations: 0, points: [], optima: [], warnings: []),
        law: (
          try DirectScalingLawFactory(DataLaw.self, name: "data").make(options: OptionValues()),
          [1, scale, 0.5]
        ))
    }
    let saving = try #require(
      Self.saving(
        scratch: [9, 4, 2], cpt: [9, 2],
        laws: [try fitted("scratch", scale: 100), try fitted("cpt", scale: 50)]))
    // 1 + b D^-0.5 = 2 at D = b^2: 10,000 from scratch, 2,500 continued; found by bisection.
    #expect(abs(try #require(saving.predicted) - 0.75) < 1e-9)
  }

  @Test func sourceIsNotComparedWithWhatContinuesFromIt() {
    let runs = [Self.run("source", [9, 4, 2]), Self.run("cpt", [4, 2])]
    #expect(Savings(stages: Self.stages, runs: runs, laws: []).records() == [])
  }
}
