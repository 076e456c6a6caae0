import Experiments
import Pipelines
import TestFolders
import Testing
import Training

@Suite struct MemoryAdviceTests {
  private static func memory(_ byteCount: Int) -> AvailableMemory {
    AvailableMemory(byteCount: byteCount, limit: "the test")
  }

  private static func plan(
    _ study: MiniatureStudy, _ available: AvailableMemory?, calibrates: Bool = false
  ) throws -> ExperimentPlan {
    try ExperimentPlan(
      study.pipeline, plugins: MiniatureStudy.plugins, engine: MiniatureStudy.engine,
      available: available, calibrates: calibrates)
  }

  @Test func planNamesTheRunsThatDoNotFit() throws {
    let folder = try TemporaryFolder()
    let study = try MiniatureStudy(in: folder)
    let (small, large) = (
      try Self.plan(study, nil).runs[0].memory, try Self.plan(study, nil).runs[1].memory
    )
    #expect(small.total < large.total)
    let note = try #require(
      try Self.plan(study, Self.memory(large.total - 1)).notes.first {
        $0.contains("do not fit in memory")
      })
    #expect(note.contains("do not fit in memory: source 16, scratch 16, cpt 16."))
    #expect(note.contains("needs \(large.total) bytes of memory (\(large.variables) bytes for"))
    #expect(note.contains("the test leaves \(large.total - 1) bytes"))
    #expect(note.contains("a ladder up to 9"))
    #expect(
      try Self.plan(study, Self.memory(large.total)).notes.allSatisfy {
        !$0.contains("do not fit")
      })
  }

  @Test func advisedMicroBatchIsTheLargestThatFits() throws {
    let folder = try TemporaryFolder()
    var study = try MiniatureStudy(in: folder)
    study.pipeline.batch = BatchDeclaration(tokens: 2048)
    func need(_ microBatch: Int?) throws -> Int {
      var changed = study
      changed.pipeline.batch.microBatch = microBatch
      return try Self.plan(changed, nil).runs[1].memory.total
    }
    let available = try need(512)
    #expect(try need(1024) > available)
    let plan = try Self.plan(study, Self.memory(available), calibrates: true)
    let note = try #require(plan.notes.first { $0.contains("do not fit in memory") })
    #expect(note.contains("batch: { tokens: 2048, micro_batch: 512 }"))
    #expect(plan.runs[1].time == nil)
  }

  @Test func nothingFitsInNothing() throws {
    let folder = try TemporaryFolder()
    let study = try MiniatureStudy(in: folder)
    let notes = try Self.plan(study, Self.memory(0)).notes
    #expect(notes.contains { $0.contains("take a smaller model") })
  }

  @Test func studyIsRefusedBeforeItsFirstStageAndFinishedRunsAreNot() throws {
    let folder = try TemporaryFolder()
    let study = try MiniatureStudy(in: folder)
    let log = ProgressLog()
    let error = #expect(throws: ExperimentError.self) {
      _ = try study.experiment(available: Self.memory(1000)).run(progress: { log.add($0) })
    }
    #expect(error?.code == .pipeline)
    #expect(error?.message.contains("source 9, source 16, scratch 9") == true)
    #expect(log.trained == [])

    _ = try study.experiment.run(only: ["source"])
    let rest = #expect(throws: ExperimentError.self) {
      _ = try study.experiment(available: Self.memory(1000)).run()
    }
    #expect(rest?.message.contains("memory: scratch 9, scratch 16, cpt 9, cpt 16.") == true)
    let again = try study.experiment(available: Self.memory(1000)).run(
      only: ["source"], progress: { log.add($0) })
    #expect(again.runs.count == 2)
    #expect(log.reused == ["source 9", "source 16"])
  }
}
