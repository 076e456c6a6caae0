import Experiments
import Foundation
import Pipelines
import PluginSDK
import TestFolders
import Testing

@Suite struct ExperimentTests {
  private static let allRuns = [
    "source 9", "source 16", "scratch 9", "scratch 16", "cpt 9", "cpt 16",
  ]

  @Test func miniatureStudyRunsFromTextToLaws() throws {
    let folder = try TemporaryFolder()
    let study = try MiniatureStudy(in: folder)
    let log = ProgressLog()
    let results = try study.experiment.run(progress: { log.add($0) })
    #expect(log.trained == Self.allRuns)
    #expect(log.last?.finishedRuns == 6)
    #expect(results.runs.map { "\($0.stage) \($0.size)" } == Self.allRuns)
    #expect(results.tokenizer.vocabulary == 257)
    #expect(results.plugins.count == 5)
    #expect(results.resolvedPipeline == study.pipeline.resolvedYAML)
    #expect(results.corpora.map(\.name) == ["first", "second"])
    #expect(results.corpora.allSatisfy { $0.trainingDocuments + $0.heldOutDocuments == 60 })

    for run in results.runs {
      #expect(run.evaluations.count == 10)
      #expect(run.evaluations.allSatisfy { $0.evaluatedTokens == 40 && $0.standardError > 0 })
      #expect(run.sources.reduce(0) { $0 + $1.realisedTokens } == run.tokens)
      #expect(run.exactFLOPs > run.approximateFLOPs)
      #expect(run.trainingCurve.count == run.steps)
      let speed = try #require(run.speed)
      #expect(speed.engine.contains("2 threads"))
      #expect(try #require(speed.shareOfPeak) > 0)
      #expect(SpeedRecord.Part.allCases.allSatisfy { speed.secondsByPart[$0] != nil })
      #expect(try #require(speed.secondsByPart[.backward]) > 0)
      // Added up in another order.
      #expect(abs(speed.secondsByPart.values.reduce(0, +) - run.seconds) < 1e-9 * run.seconds)
      let losses = run.evaluations.filter { $0.corpus == "second" }.map(\.loss)
      if run.stage != "source" { #expect(losses[4] < losses[0]) }
      #expect(
        FileManager.default.fileExists(
          atPath: study.workspace.absolute("\(run.checkpoint)/model.safetensors")))
    }
    let cpt = results.runs[5]
    #expect(cpt.sourceRun == results.runs[1].id)
    #expect(cpt.evaluations[0].loss == results.runs[1].evaluations[8].loss)
    #expect(cpt.tokens == 224)
    #expect(cpt.sources.map(\.corpus) == ["second", "first"])

    #expect(results.fits.map(\.name) == ["scratch", "cpt"])
    #expect(results.fits.allSatisfy { $0.failure == nil && $0.points.count == 8 })
    #expect(results.fits[1].parameters[0].isFrozen)
    #expect(results.fits[1].parameters[0].value == results.fits[0].parameters[0].value)
    #expect(results.savings.map(\.size) == ["9", "16"])
    #expect(results.savings.allSatisfy { $0.scratchStage == "scratch" && $0.corpus == "second" })
    #expect(results.timings.contains { $0.part == "train cpt 16" && $0.seconds > 0 })
    #expect(results.missingRuns.isEmpty)
  }

  @Test func recomputingFindsTheRunsOfStoring() throws {
    let folder = try TemporaryFolder()
    var study = try MiniatureStudy(in: folder)
    _ = try study.experiment.run()
    study.pipeline.memory = .recompute
    let log = ProgressLog()
    _ = try study.experiment.run(progress: { log.add($0) })
    #expect(log.reused == Self.allRuns)
  }

  @Test func finishedRunsAreNotTrainedAgain() throws {
    let folder = try TemporaryFolder()
    let study = try MiniatureStudy(in: folder)
    let first = try study.experiment.run()
    let log = ProgressLog()
    let second = try study.experiment.run(progress: { log.add($0) })
    #expect(log.trained == [])
    #expect(log.reused == Self.allRuns)
    #expect(second.runs.map(\.id) == first.runs.map(\.id))
    #expect(second.runs.map(\.evaluations) == first.runs.map(\.evaluations))
    #expect(second.fits == first.fits)
  }

  @Test func damagedCheckpointOfAFinishedRunIsToldWithAWayOut() throws {
    let folder = try TemporaryFolder()
    var study = try MiniatureStudy(in: folder)
    let first = try study.experiment.run()
    let checkpoint = study.workspace.absolute(first.runs[0].checkpoint)
    let model = URL(filePath: "\(checkpoint)/model.safetensors")
    var bytes = try Data(contentsOf: model)
    bytes[bytes.count - 1] ^= 1
    try bytes.write(to: model)
    // A new run that continues from it reads every byte.
    study.pipeline.stages[2].optimizer.learningRate = 0.25
    let changed = #expect(throws: ExperimentError.self) { try study.experiment.run() }
    #expect(changed?.message.contains("holds other bytes than were saved") == true)
    try bytes.dropLast().write(to: model)
    let cut = #expect(throws: ExperimentError.self) { try study.experiment.run() }
    #expect(cut?.message.hasPrefix("source 9: ") == true)
    #expect(cut?.message.contains("Remove the folder '\(checkpoint)'") == true)

    try FileManager.default.removeItem(atPath: checkpoint)
    let log = ProgressLog()
    _ = try study.experiment.run(progress: { log.add($0) })
    #expect(log.trained == ["source 9", "cpt 9", "cpt 16"])
  }

  @Test func changeReachesOnlyTheRunsThatDependOnIt() throws {
    let folder = try TemporaryFolder()
    var study = try MiniatureStudy(in: folder)
    _ = try study.experiment.run()
    study.pipeline.stages[1].optimizer.learningRate = 0.25
    let scratch = ProgressLog()
    _ = try study.experiment.run(progress: { scratch.add($0) })
    #expect(scratch.trained == ["scratch 9", "scratch 16"])
    study.pipeline.stages[0].budget = .tokens(160)
    let source = ProgressLog()
    let results = try study.experiment.run(progress: { source.add($0) })
    #expect(source.trained == ["source 9", "source 16", "cpt 9", "cpt 16"])
    #expect(results.runs.count == 6)
  }

  @Test func stoppedStudyGoesOnToTheSameResults() throws {
    let folder = try TemporaryFolder()
    let other = try TemporaryFolder()
    var study = try MiniatureStudy(in: folder)
    let whole = try study.experiment.run()
    let models = try whole.models(in: study.workspace)
    study.workspace = Workspace(root: "\(other.path)/workspace")

    var steps = 0
    let error = #expect(throws: ExperimentError.self) {
      _ = try study.experiment.run(isCancelled: { steps == 6 }) { progress in
        if progress.loss != nil { steps += 1 }
      }
    }
    #expect(error?.code == .interrupted)
    let database = try RunDatabase.existing(in: study.workspace)
    #expect(try database.results().runs.count == 1)
    #expect(try database.status(of: whole.runs[1].id) == .interrupted)
    let exit = try String(
      contentsOfFile: study.workspace.run(whole.runs[1].id) + "/exit.json", encoding: .utf8)
    #expect(exit.contains("\"interrupted\""))

    let log = ProgressLog()
    let rest = try study.experiment.run(progress: { log.add($0) })
    #expect(log.reused == ["source 9"])
    #expect(rest.runs.map(\.evaluations) == whole.runs.map(\.evaluations))
    #expect(rest.runs.map(\.trainingCurve) == whole.runs.map(\.trainingCurve))
    #expect(rest.fits == whole.fits)
    #expect(rest.runs.map(\.checkpoint) == whole.runs.map(\.checkpoint))
    #expect(try rest.models(in: study.workspace) == models)
  }

  @Test func runFolderSaysWhatTheRunIs() throws {
    let folder = try TemporaryFolder()
    let study = try MiniatureStudy(in: folder)
    let results = try study.experiment.run(only: ["source"])
    #expect(results.runs.map(\.stage) == ["source", "source"])
    #expect(results.fits.allSatisfy { $0.failure != nil })
    #expect(results.missingRuns == ["scratch 9", "scratch 16", "cpt 9", "cpt 16"])
    let path = study.workspace.run(results.runs[0].id)
    let identity = try JSONDecoder().decode(
      RunIdentity.self, from: try Data(contentsOf: URL(filePath: "\(path)/identity.json")))
    #expect(try identity.id() == results.runs[0].id)
    let log = try String(contentsOfFile: "\(path)/log.txt", encoding: .utf8)
    #expect(log.contains("finished"))
    #expect(
      try String(contentsOfFile: "\(path)/pipeline.yaml", encoding: .utf8)
        == results.resolvedPipeline)
    let exit = try String(contentsOfFile: "\(path)/exit.json", encoding: .utf8)
    #expect(exit.contains("\"finished\""))
  }

  @Test func onlyBringsTheStagesItContinuesFrom() throws {
    let folder = try TemporaryFolder()
    let study = try MiniatureStudy(in: folder)
    let log = ProgressLog()
    _ = try study.experiment.run(only: ["cpt"], progress: { log.add($0) })
    #expect(log.trained == ["source 9", "source 16", "cpt 9", "cpt 16"])
    let error = #expect(throws: ExperimentError.self) {
      _ = try study.experiment.run(only: ["tuning"])
    }
    #expect(error?.message == "there is no stage 'tuning'; the pipeline has source, scratch, cpt")
  }

  @Test func lawThatCannotBeFittedIsASentence() throws {
    let folder = try TemporaryFolder()
    var study = try MiniatureStudy(in: folder)
    study.pipeline.laws[0].points = .final
    let results = try study.experiment.run()
    #expect(results.fits[0].failure?.contains("2 observations cannot fit 3") == true)
    #expect(results.fits[1].failure?.contains("'scratch'") == true)
    #expect(results.savings.allSatisfy { $0.predicted == nil })
  }

  @Test func corpusThatIsRepeatedSaysSo() throws {
    let folder = try TemporaryFolder()
    var study = try MiniatureStudy(in: folder)
    study.pipeline.stages = [study.pipeline.stages[0]]
    study.pipeline.stages[0].budget = .tokens(2000)
    study.pipeline.model.ladder = [.asWritten]
    study.pipeline.evaluation.points = 1
    let run = try #require(try study.experiment.run().runs.first)
    #expect(run.size == "as written")
    let corpus = try RunDatabase.existing(in: study.workspace).results().corpora[0]
    let sequences = (corpus.trainingTokens - 1) / 8
    #expect(run.sources[0].epochs == 250 / Double(sequences))
    #expect(run.sources[0].epochs > 1)
  }

  @Test func corpusWithoutASequenceIsAnError() throws {
    let folder = try TemporaryFolder()
    var study = try MiniatureStudy(in: folder)
    study.pipeline.model.context = 4096
    study.pipeline.batch.tokens = 4096
    study.pipeline.evaluation.corpora = []
    #expect {
      _ = try study.experiment.run()
    } throws: { error in
      "\(error)".contains("too few training tokens for one sequence")
    }
  }
}
