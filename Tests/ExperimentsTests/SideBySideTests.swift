import Experiments
import Foundation
import Pipelines
import PluginSDK
import TestFolders
import Testing
import Training

/// Studies whose runs train at the same time.
@Suite struct SideBySideTests {
  @Test(arguments: [2, 3])
  func runsSideBySideComeToTheSameBits(jobs: Int) throws {
    let folder = try TemporaryFolder()
    let other = try TemporaryFolder()
    var study = try MiniatureStudy(in: folder)
    let expected = try study.experiment.run()
    let models = try expected.models(in: study.workspace)
    study.workspace = Workspace(root: "\(other.path)/workspace")
    study.jobs = jobs
    var most = 0
    var names: [RunName] = []
    var finished: [Int] = []
    let results = try study.experiment.run(progress: { progress in
      most = max(most, progress.training.count)
      for run in progress.training where !names.contains(run) { names.append(run) }
      finished.append(progress.finishedRuns)
    })
    // The engine has two threads, of which each run has one.
    #expect(most == 2)
    #expect(names.count == 6)
    #expect(finished == finished.sorted())
    #expect(results.runs.map(\.name) == expected.runs.map(\.name))
    #expect(results.runs.map(\.id) == expected.runs.map(\.id))
    #expect(results.runs.map(\.evaluations) == expected.runs.map(\.evaluations))
    #expect(results.runs.map(\.trainingCurve) == expected.runs.map(\.trainingCurve))
    #expect(results.fits == expected.fits)
    #expect(results.savings == expected.savings)
    #expect(results.missingRuns.isEmpty)
    #expect(try results.models(in: study.workspace) == models)
    for run in results.runs {
      let threads = try #require(run.speed?.threads)
      #expect(threads >= 1 && threads <= 2)
    }
    #expect(expected.runs.allSatisfy { $0.speed?.threads == 2 })
  }

  @Test func stoppedRunsSideBySideGoOnToTheSameResults() throws {
    let folder = try TemporaryFolder()
    let other = try TemporaryFolder()
    var study = try MiniatureStudy(in: folder)
    let whole = try study.experiment.run()
    study.workspace = Workspace(root: "\(other.path)/workspace")
    study.jobs = 2
    // After both of the first two runs have made an update.
    var begun: Set<RunName> = []
    let error = #expect(throws: ExperimentError.self) {
      _ = try study.experiment.run(isCancelled: { begun.count == 2 }) { progress in
        if case .training(let run) = progress.part, progress.loss != nil { begun.insert(run) }
      }
    }
    #expect(error?.code == .interrupted)
    let database = try RunDatabase.existing(in: study.workspace)
    for run in whole.runs.prefix(2) {
      #expect(try [.interrupted, .finished].contains(database.status(of: run.id)))
    }
    let rest = try study.experiment.run()
    #expect(rest.runs.map(\.evaluations) == whole.runs.map(\.evaluations))
    #expect(rest.runs.map(\.trainingCurve) == whole.runs.map(\.trainingCurve))
    #expect(rest.fits == whole.fits)
  }

  @Test func oneThatFailsStopsTheOthersAndIsTheOneThatIsTold() throws {
    let folder = try TemporaryFolder()
    var study = try MiniatureStudy(in: folder)
    study.jobs = 2
    study.pipeline.model.ladder = [.near(9)]
    // Of source and scratch, which train beside one another, the one diverges and the other is long.
    study.pipeline.stages[0].optimizer.learningRate = 3e38
    study.pipeline.stages[0].optimizer.clip = nil
    study.pipeline.stages[1].budget = .tokens(2_000_000)
    let log = ProgressLog()
    let error = #expect(throws: ExperimentError.self) {
      _ = try study.experiment.run(progress: { log.add($0) })
    }
    #expect(error?.code == .training)
    #expect(error?.message.hasPrefix("source 9: ") == true)
    #expect(error?.message.contains("diverged") == true)
    #expect(!log.trained.contains("cpt 9"))
    let runs = try FileManager.default.contentsOfDirectory(atPath: "\(study.workspace.root)/runs")
    let endings = try runs.map {
      try String(
        contentsOfFile: "\(study.workspace.root)/runs/\($0)/exit.json", encoding: .utf8)
    }
    #expect(endings.count == 2)
    #expect(endings.contains { $0.contains("\"failed\"") })
    #expect(endings.contains { $0.contains("\"interrupted\"") })

    study.pipeline.stages[0].optimizer = study.pipeline.stages[2].optimizer
    study.pipeline.stages[1].budget = .tokens(120)
    #expect(try study.experiment.run().missingRuns.isEmpty)
  }

  @Test func whatDoesNotFitBesideAnotherWaits() throws {
    let folder = try TemporaryFolder()
    var study = try MiniatureStudy(in: folder)
    study.jobs = 2
    let plan = try ExperimentPlan(
      study.pipeline, plugins: MiniatureStudy.plugins, engine: MiniatureStudy.engine,
      available: nil, calibrates: false)
    let largest = try #require(plan.runs.map(\.memory.total).max())
    var most = 0
    let results = try study.experiment(
      available: AvailableMemory(byteCount: largest, limit: "the test")
    ).run(progress: { most = max(most, $0.training.count) })
    #expect(most == 1)
    #expect(results.runs.count == 6)
    #expect(results.runs.allSatisfy { $0.speed?.threads == 2 })
  }
}
