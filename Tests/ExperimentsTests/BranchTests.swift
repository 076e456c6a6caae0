import Experiments
import Pipelines
import PluginSDK
import TestFolders
import Testing
import Training

/// Studies of which the shorter runs branch off the longest.
@Suite struct BranchTests {
  /// Three lengths of `scratch` and `cpt`, the longest neither first nor last.
  private static let budgets = [96, 480, 240]

  private static func study(
    in folder: TemporaryFolder, branches: Bool = true, decay: Double = 0.25
  ) throws -> MiniatureStudy {
    var study = try MiniatureStudy(in: folder)
    for place in study.pipeline.stages.indices {
      study.pipeline.stages[place].optimizer.schedule = ScheduleDeclaration(
        shape: .warmupStableDecay, warmup: 0.1, decay: decay, finalFraction: 0)
      study.pipeline.stages[place].optimizer.branches = branches
    }
    study.pipeline.variants = budgets.map { tokens in
      var pipeline = study.pipeline
      for place in [1, 2] { pipeline.stages[place].budget = .tokens(tokens) }
      return PipelineVariant(values: [.init(name: "tokens", text: "\(tokens)")], pipeline: pipeline)
    }
    return study
  }

  @Test func theLongestRunIsTheTrunkOfTheOthers() throws {
    let folder = try TemporaryFolder()
    let study = try Self.study(in: folder)
    let log = ProgressLog()
    let results = try study.experiment.run(progress: { log.add($0) })
    var order = ["source 9", "source 16"]
    for stage in ["scratch", "cpt"] {
      for tokens in [480, 96, 240] {
        order += ["\(stage) 9 tokens=\(tokens)", "\(stage) 16 tokens=\(tokens)"]
      }
    }
    #expect(log.trained == order)
    let runs = results.runs.filter { $0.stage == "cpt" && $0.size == "9" }
    #expect(runs.map(\.variant) == ["tokens=480", "tokens=96", "tokens=240"])
    #expect(runs.map(\.tokens) == [480, 96, 240])
    #expect(runs.map(\.steps) == [15, 3, 8])
    // A warm-up of 2 updates, then decays of 1 and of 2.
    #expect(runs.map(\.sharedSteps) == [nil, 2, 6])
    let trunk = runs[0]
    for branch in runs.dropFirst() {
      let shared = try #require(branch.sharedSteps)
      #expect(
        branch.evaluations.filter { $0.step <= shared }
          == trunk.evaluations.filter { $0.step <= shared })
      #expect(branch.evaluations.last?.step == branch.steps)
      #expect(branch.evaluations.last?.tokens == branch.tokens)
      #expect(branch.sources.map(\.realisedTokens) == branch.sources.map(\.plannedTokens))
    }
    // Both were compared with the run of their own length.
    let compared = results.savings.filter { $0.size == "9" }.compactMap(\.variant)
    #expect(compared.sorted() == ["tokens=240", "tokens=480", "tokens=96"])
  }

  @Test func aTrunkIsTheRunThatItWouldBeAlone() throws {
    let folder = try TemporaryFolder()
    let study = try Self.study(in: folder)
    let branched = try study.experiment.run()
    var alone = study
    alone.pipeline = study.pipeline.variants[1].pipeline
    for place in alone.pipeline.stages.indices {
      alone.pipeline.stages[place].optimizer.branches = false
    }
    let log = ProgressLog()
    let results = try alone.experiment.run(progress: { log.add($0) })
    #expect(log.trained == [])
    let trunks = branched.runs.filter { $0.sharedSteps == nil }
    #expect(results.runs.map(\.id) == trunks.map(\.id))
  }

  @Test func aBranchWhoseTrunkKeptNothingHasTheSameBits() throws {
    let folder = try TemporaryFolder()
    let study = try Self.study(in: folder)
    let first = try study.experiment.run()
    var again = study
    again.workspace = Workspace(root: "\(folder.path)/again")
    // The trunks are trained before anything branches off them.
    var trunks = again
    trunks.pipeline = study.pipeline.variants[1].pipeline
    _ = try trunks.experiment.run()
    let second = try again.experiment.run()
    #expect(first.runs.map(\.id) == second.runs.map(\.id))
    #expect(first.runs.map(\.evaluations) == second.runs.map(\.evaluations))
    #expect(try first.models(in: study.workspace) == second.models(in: again.workspace))
  }

  @Test func runsThatDoNotBranchAreOthers() throws {
    let folder = try TemporaryFolder()
    let branched = try Self.study(in: folder).experiment.run()
    let apart = try Self.study(in: folder, branches: false).experiment.run()
    #expect(apart.runs.allSatisfy { $0.sharedSteps == nil })
    #expect(Set(apart.runs.map(\.id)).intersection(branched.runs.map(\.id)).count == 6)
  }

  @Test func lawsTakeWhatIsSharedOnce() throws {
    let folder = try TemporaryFolder()
    let study = try Self.study(in: folder)
    let results = try study.experiment.run()
    for fit in results.fits {
      #expect(fit.usesEndsOnly == false)
      let places = fit.points.map { [$0.parameters, $0.tokens] }
      #expect(Set(places).count == places.count)
    }
    let scratch = try #require(results.fits.first)
    // After the start: four of each trunk, and the end of each of two branches.
    #expect(scratch.points.count == 2 * (4 + 2))
  }

  @Test func aPlanCountsWhatABranchTrains() throws {
    let folder = try TemporaryFolder()
    let study = try Self.study(in: folder)
    let plan = try ExperimentPlan(
      study.pipeline, plugins: MiniatureStudy.plugins, engine: MiniatureStudy.engine,
      available: nil, calibrates: true)
    let runs = plan.runs.filter { $0.stage == "scratch" && $0.size == "9" }
    #expect(runs.map(\.sharedSteps) == [0, 2, 6])
    #expect(runs[0].checkpointBytes == 3 * runs[1].checkpointBytes)
    let perStep = try runs.map { try #require($0.time?.onAll) / Double($0.steps - $0.sharedSteps) }
    // Evaluations are few in a branch, so only nearly.
    #expect(perStep[1] < 3 * perStep[0] && perStep[0] < 3 * perStep[1])
    #expect(plan.notes.contains { $0.hasPrefix("8 runs branch off a longer one") })
  }

  /// Too short for the warm-up, or without an update to decay in.
  @Test(arguments: [(0.7, "lower warmup or decay"), (0, "raise decay, or write branches: false")])
  func aBranchThatCannotDecayIsRefused(decay: Double, remedy: String) throws {
    let folder = try TemporaryFolder()
    let study = try Self.study(in: folder, decay: decay)
    let error = #expect(throws: ExperimentError.self) { try study.experiment.run() }
    #expect(error?.code == .pipeline)
    let message = error?.message ?? ""
    #expect(message.contains("stages.scratch.tokens: 3 updates"), "\(message)")
    #expect(message.contains(remedy), "\(message)")
  }
}
