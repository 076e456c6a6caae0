import Experiments
import Foundation
import Pipelines
import PluginSDK
import TestFolders
import Testing

/// Studies that sweep over seeds and over the learning rate of the stage that continues.
@Suite struct SweepTests {
  /// Two seeds, and for each two learning rates of `cpt`.
  private static func study(in folder: TemporaryFolder) throws -> MiniatureStudy {
    var study = try MiniatureStudy(in: folder)
    study.pipeline.variants = ([5, 6] as [UInt64]).flatMap { seed in
      [0.5, 0.25].map { rate in
        var pipeline = study.pipeline
        pipeline.seed = seed
        pipeline.stages[2].optimizer.learningRate = rate
        return PipelineVariant(
          values: [.init(name: "seed", text: "\(seed)"), .init(name: "rate", text: "\(rate)")],
          pipeline: pipeline)
      }
    }
    return study
  }

  private static let allRuns =
    ["source", "scratch"].flatMap { stage in
      ["5", "6"].flatMap { seed in ["9", "16"].map { "\(stage) \($0) seed=\(seed)" } }
    }
    + ["5", "6"].flatMap { seed in
      ["0.5", "0.25"].flatMap { rate in
        ["9", "16"].map { "cpt \($0) seed=\(seed),rate=\(rate)" }
      }
    }

  @Test func whatIsTheSameInSeveralVariantsIsTrainedOnce() throws {
    let folder = try TemporaryFolder()
    let study = try Self.study(in: folder)
    let log = ProgressLog()
    let results = try study.experiment.run(progress: { log.add($0) })
    #expect(log.trained == Self.allRuns)
    #expect(log.reused == [])
    #expect(log.last?.finishedRuns == 16)
    #expect(results.runs.map(\.name) == Self.allRuns)
    #expect(Set(results.runs.map(\.id)).count == 16)
    #expect(results.missingRuns.isEmpty)
    #expect(results.runs[0].variants == ["seed=5,rate=0.5", "seed=5,rate=0.25"])
    #expect(results.runs[8].variant == "seed=5,rate=0.5")
    // Each continues from the source of its seed.
    let sources = Dictionary(
      uniqueKeysWithValues: results.runs.filter { $0.stage == "source" }.map { ($0.name, $0.id) })
    for run in results.runs where run.stage == "cpt" {
      let seed = try #require(run.variant?.split(separator: ",").first)
      #expect(run.sourceRun == sources["source \(run.size) \(seed)"])
    }
  }

  @Test func aVariantIsTheRunOfItsOwnPipeline() throws {
    let folder = try TemporaryFolder()
    let study = try Self.study(in: folder)
    let swept = try study.experiment.run()
    var alone = study
    alone.pipeline = study.pipeline.variants[3].pipeline
    let log = ProgressLog()
    let results = try alone.experiment.run(progress: { log.add($0) })
    #expect(log.trained == [])
    #expect(log.reused.count == 6)
    let names = ["source", "scratch"].flatMap { ["\($0) 9 seed=6", "\($0) 16 seed=6"] }
    #expect(
      results.runs.map(\.id)
        == (names + ["cpt 9 seed=6,rate=0.25", "cpt 16 seed=6,rate=0.25"]).map { name in
          swept.runs.first { $0.name == name }?.id
        })
    #expect(results.runs.allSatisfy { $0.variant == nil && $0.variants == nil })
  }

  @Test func aSeedChangesTrainingAndNotWhatIsMeasured() throws {
    let folder = try TemporaryFolder()
    let study = try Self.study(in: folder)
    let results = try study.experiment.run(only: ["scratch"])
    let (one, other) = (results.runs[0], results.runs[2])
    #expect((one.name, other.name) == ("scratch 9 seed=5", "scratch 9 seed=6"))
    #expect(one.evaluations[0].loss != other.evaluations[0].loss)
    #expect(one.trainingCurve.map(\.loss) != other.trainingCurve.map(\.loss))
    #expect(one.evaluations.map(\.evaluatedTokens) == other.evaluations.map(\.evaluatedTokens))
    func identity(_ run: RunRecord) throws -> RunIdentity {
      let path = study.workspace.run(run.id) + "/identity.json"
      return try JSONDecoder().decode(
        RunIdentity.self, from: try Data(contentsOf: URL(filePath: path)))
    }
    var (first, second) = (try identity(one), try identity(other))
    #expect(first.heldOut == second.heldOut)
    #expect(first.tokenizerModel == second.tokenizerModel)
    first.seed = 0
    second.seed = 0
    #expect(first == second)
  }

  @Test func seedsAreRunsOfOneFitAndOtherValuesHaveTheirOwn() throws {
    let folder = try TemporaryFolder()
    let study = try Self.study(in: folder)
    let results = try study.experiment.run()
    #expect(results.fits.map(\.name) == ["scratch", "cpt rate=0.5", "cpt rate=0.25"])
    #expect(results.fits.map(\.law) == ["scratch", "cpt", "cpt"])
    #expect(results.fits.map(\.variant) == [nil, "rate=0.5", "rate=0.25"])
    // Four evaluations of two sizes with two seeds.
    #expect(results.fits.allSatisfy { $0.failure == nil && $0.points.count == 16 })
    for fit in results.fits.dropFirst() {
      #expect(fit.parameters[0].isFrozen)
      #expect(fit.parameters[0].value == results.fits[0].parameters[0].value)
      let runs = Set(fit.points.map(\.run))
      let expected = results.runs.filter {
        $0.stage == "cpt" && $0.variant?.hasSuffix(fit.variant ?? "") == true
      }
      #expect(runs == Set(expected.map(\.id)))
    }
  }

  @Test func savingsCompareRunsOfOneVariant() throws {
    let folder = try TemporaryFolder()
    let study = try Self.study(in: folder)
    let results = try study.experiment.run()
    let names = Dictionary(uniqueKeysWithValues: results.runs.map { ($0.id, $0.name) })
    #expect(results.savings.count == 8)
    for saving in results.savings {
      let variant = try #require(saving.variant)
      let seed = try #require(variant.split(separator: ",").first)
      #expect(names[saving.continuedRun ?? ""] == "cpt \(saving.size) \(variant)")
      #expect(names[saving.scratchRun ?? ""] == "scratch \(saving.size) \(seed)")
    }
  }

  @Test func tokensOfAStageArePointsOfOneLaw() throws {
    let folder = try TemporaryFolder()
    var study = try MiniatureStudy(in: folder)
    study.pipeline.variants = [120, 240].map { tokens in
      var pipeline = study.pipeline
      pipeline.stages[1].budget = .tokens(tokens)
      return PipelineVariant(
        values: [.init(name: "tokens", text: "\(tokens)")], pipeline: pipeline)
    }
    study.pipeline.laws = [study.pipeline.laws[0]]
    study.pipeline.laws[0].points = .final
    let results = try study.experiment.run()
    #expect(results.runs.count { $0.stage == "source" } == 2)
    #expect(results.runs.count { $0.stage == "scratch" } == 4)
    #expect(results.fits.map(\.name) == ["scratch"])
    #expect(Set(results.fits[0].points.map(\.tokens)) == [120, 240])
    // Continuing is one run, compared with both.
    #expect(
      results.savings.map(\.variant) == ["tokens=120", "tokens=240", "tokens=120", "tokens=240"])
  }

  @Test func aStoppedSweepGoesOnToTheSameResults() throws {
    let folder = try TemporaryFolder()
    let other = try TemporaryFolder()
    var study = try Self.study(in: folder)
    let whole = try study.experiment.run()
    study.workspace = Workspace(root: "\(other.path)/workspace")
    var steps = 0
    let error = #expect(throws: ExperimentError.self) {
      _ = try study.experiment.run(isCancelled: { steps == 10 }) { progress in
        if progress.loss != nil { steps += 1 }
      }
    }
    #expect(error?.code == .interrupted)
    let missing = try RunDatabase.existing(in: study.workspace).results().missingRuns
    #expect(missing == Array(Self.allRuns.suffix(missing.count)))
    #expect((1...15).contains(missing.count))
    let rest = try study.experiment.run()
    #expect(rest.runs.map(\.id) == whole.runs.map(\.id))
    #expect(rest.runs.map(\.evaluations) == whole.runs.map(\.evaluations))
    #expect(rest.fits == whole.fits)
  }

  @Test func aPlanShowsEachRunOnceWithItsVariant() throws {
    let folder = try TemporaryFolder()
    let study = try Self.study(in: folder)
    let plan = try ExperimentPlan(
      study.pipeline, plugins: MiniatureStudy.plugins, engine: MiniatureStudy.engine,
      available: nil, calibrates: false)
    #expect(plan.runs.map(\.name.description) == Self.allRuns)
    #expect(
      plan.notes.contains(
        "The sweep has 4 combinations. A run that is the same in several of them is trained once; "
          + "8 of 16 are."))
    let single = try ExperimentPlan(
      study.pipeline.variants[0].pipeline, plugins: MiniatureStudy.plugins,
      engine: MiniatureStudy.engine, available: nil, calibrates: false)
    // Source and scratch for two seeds, cpt for four combinations.
    let parts = Dictionary(grouping: single.runs, by: \.stage).mapValues { runs in
      runs.reduce(0) { $0 + $1.exactFLOPs }
    }
    let expected =
      2 * (parts["source"] ?? 0) + 2 * (parts["scratch"] ?? 0) + 4 * (parts["cpt"] ?? 0)
    #expect(plan.exactFLOPs == expected)
  }

  @Test func variantsThatComeToOneRunShareIt() throws {
    let folder = try TemporaryFolder()
    var study = try MiniatureStudy(in: folder)
    // 14 N of the smaller size and 126 tokens are the same whole sequences.
    study.pipeline.model.ladder = [.near(9)]
    study.pipeline.variants = [TokenBudget.perParameter(14), .tokens(126)].enumerated().map {
      var pipeline = study.pipeline
      pipeline.stages[2].budget = $1
      return PipelineVariant(values: [.init(name: "way", text: "\($0)")], pipeline: pipeline)
    }
    let log = ProgressLog()
    let results = try study.experiment.run(progress: { log.add($0) })
    #expect(log.trained.filter { $0.hasPrefix("cpt") } == ["cpt 9 way=0"])
    #expect(log.reused == ["cpt 9 way=1"])
    #expect(results.runs.count == 4)
    #expect(results.fits[1].points.count == 4)
  }
}
