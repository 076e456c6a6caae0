import Experiments
import Pipelines
import PluginSDK
import TestFolders
import Testing
import Training

@Suite struct ExperimentPlanTests {
  private static func plan(
    calibrates: Bool = false, available: AvailableMemory? = nil,
    _ change: (inout Pipeline) -> Void = { _ in }
  ) throws -> ExperimentPlan {
    let folder = try TemporaryFolder()
    var study = try MiniatureStudy(in: folder)
    change(&study.pipeline)
    return try ExperimentPlan(
      study.pipeline, plugins: MiniatureStudy.plugins, engine: MiniatureStudy.engine,
      available: available, calibrates: calibrates)
  }

  @Test func countsFollowFromThePipeline() throws {
    let plan = try Self.plan()
    #expect(plan.vocabulary == 257)
    #expect(plan.runs.map(\.stage) == ["source", "source", "scratch", "scratch", "cpt", "cpt"])
    let run = plan.runs[5]
    #expect(run.continuedFrom == "source")
    #expect(run.shape.integer("width") == 4)
    #expect(run.parameters == ParameterCount(total: 2 * 257 * 4 + 16, embedding: 2 * 257 * 4))
    #expect(run.countedParameters == 16)
    // 14 tokens for each of 16 parameters: 28 sequences of 8, 4 in a batch.
    #expect([run.tokens, run.sequences, run.steps] == [224, 28, 7])
    #expect(run.approximateFLOPs == 6 * 16 * 224)
    // Two operations for each weight and row, forward once and backward twice; 32 rows, 7 steps.
    let weights = Double(4 * 4 + 257 * 4)
    let products = 3 * 2 * 32 * weights * 7
    #expect(run.exactFLOPs > products && run.exactFLOPs < 2 * products)
    #expect(run.memory.working > 0)
    // Parameters and one state of float32 each.
    #expect(run.checkpointBytes == 8 * run.parameters.total)
    #expect(run.memory.variables == run.checkpointBytes)
    #expect(run.time == nil)
    #expect(plan.seconds == nil)
  }

  @Test func microBatchesTakeLessMemoryForTheSameWork() throws {
    let whole = try Self.plan { $0.batch.tokens = 256 }
    let parts = try Self.plan { $0.batch = BatchDeclaration(tokens: 256, microBatch: 8) }
    for (part, run) in zip(parts.runs, whole.runs) {
      #expect(part.memory.total < run.memory.total)
      #expect(part.checkpointBytes == run.checkpointBytes)
      #expect([part.steps, part.tokens] == [run.steps, run.tokens])
      #expect(part.exactFLOPs == run.exactFLOPs)
    }
  }

  @Test func countingDecidesN() throws {
    let plan = try Self.plan { $0.model.counting = .total }
    #expect(plan.runs.allSatisfy { $0.countedParameters == $0.parameters.total })
  }

  @Test func calibrationGivesSeconds() throws {
    let plan = try Self.plan(calibrates: true)
    #expect(plan.runs.allSatisfy { ($0.time?.onAll ?? 0) > 0 })
  }

  @Test func untrainedTokenizerIsExpectedToHaveItsVocabulary() throws {
    let plan = try Self.plan {
      $0.tokenizer.trainOn = [CorpusShare(corpus: "first", share: 1)]
      $0.tokenizer.use.options["vocabulary"] = .integer(300)
    }
    #expect(plan.vocabulary == 301)
    #expect(plan.notes.contains { $0.contains("not trained yet") && $0.contains("300") })
  }

  @Test func unknownVocabularyIsAnError() {
    #expect(throws: ExperimentError.self) {
      _ = try Self.plan { $0.tokenizer.trainOn = [CorpusShare(corpus: "first", share: 1)] }
    }
  }

  @Test func moreTokensThanCanBeCountedAreRefused() {
    let error = #expect(throws: ExperimentError.self) {
      _ = try Self.plan { $0.stages[2].budget = .perParameter(1e15) }
    }
    #expect(error?.message.contains("stages.cpt.tokens comes to more than") == true)
    #expect(error?.message.contains("the model of size 9,") == true)
  }

  @Test func evaluationWithoutAnEndIsPlanned() throws {
    let plan = try Self.plan {
      $0.evaluation.tokenLimit = .max
      $0.evaluation.points = 1_000_000
    }
    #expect(plan.runs.allSatisfy { ($0.evaluationFLOPs ?? 0) > 1e18 })
  }

  @Test func sizesThatGiveOneModelAreRefused() {
    let error = #expect(throws: ExperimentError.self) {
      _ = try Self.plan { $0.model.ladder = [.near(16), .near(17)] }
    }
    #expect(error?.message.contains("sizes 16 and 17") == true)
  }

  @Test(arguments: [
    (ModelSize.near(60_000), "60k"), (.near(1_000_000), "1M"), (.near(1_500_000), "1.5M"),
    (.near(7_000_000_000), "7B"), (.near(999), "999"), (.near(123_456), "123.456k"),
    (.asWritten, "as written"),
  ])
  func sizesAreWrittenAsInAPipeline(size: ModelSize, label: String) {
    #expect(size.label == label)
  }
}
