import Experiments
import Foundation
import GRDB
import PluginSDK
import TestFolders
import Testing

@Suite struct RunDatabaseTests {
  private static let study = RunDatabase.Study(
    name: "n", pipelineText: "a: 'b'\n", resolvedPipeline: "a: b\n", seed: .max,
    environment: EnvironmentRecord(
      hostVersion: "1", operatingSystem: "o", processor: "p", engine: "e", swiftVersion: "s"),
    plugins: [
      PluginRecord(
        identity: PluginIdentity(
          name: "bytes", kind: .tokenizer, version: "1.2.3", abiMajor: 1, abiMinor: 0,
          concurrency: .serial, entry: "entry", capabilities: ["x", "y"], toolchain: "t"),
        path: "/p.so", sha256: "ab")
    ],
    corpora: [
      CorpusRecord(
        name: "c", language: "en", licence: nil,
        files: [CorpusRecord.File(path: "/c.txt", byteCount: 3, sha256: "cd")],
        trainingDocuments: 1, trainingTokens: 2, trainingBytes: 3, heldOutDocuments: 4,
        heldOutTokens: 5, heldOutBytes: 6, skipped: ["/c.txt:1: has no text"])
    ],
    tokenizer: TokenizerRecord(plugin: "bytes", vocabulary: 257, sha256: "ef", path: "/t"),
    plannedRuns: ["source", "scratch", "cpt"].map {
      RunName(stage: $0, size: "1k")
    }, parts: ["prepare", "train"])

  private static func run(_ id: String, stage: String, source: String?) -> RunRecord {
    RunRecord(
      id: id, stage: stage, continuedFrom: source.map { _ in "source" }, sourceRun: source,
      size: "1k",
      shape: ["width": .integer(3), "ratio": .real(0.1), "tied": .boolean(true)],
      parameters: ParameterCount(total: 10, embedding: 4), countedParameters: 6, tokens: 100,
      steps: 5, exactFLOPs: 1.1e300, approximateFLOPs: 3600,
      sources: [
        SourceCount(corpus: "c", plannedTokens: 100, realisedTokens: 96, epochs: 1.0 / 3)
      ],
      evaluations: [0, 5].map { step in
        EvaluationRecord(
          corpus: "c", step: step, tokens: 20 * step, exactFLOPs: 0.1 * Double(step), loss: 1 / 3,
          standardError: .ulpOfOne, bitsPerByte: .pi, evaluatedTokens: 7)
      },
      trainingCurve: [1, 5].map {
        TrainingPoint(step: $0, loss: 0.1, learningRate: 1e-3, gradientNorm: 2.5)
      }, seconds: 0.7, tokensPerSecond: 142.8,
      speed: SpeedRecord(
        engine: "e, 2 threads", threads: 1.25, peakFLOPsPerSecond: source == nil ? nil : 8e10,
        shareOfPeak: nil,
        secondsByPart: [.data: 0.1, .backward: 0.6]),
      checkpoint: "runs/\(id)/checkpoints/step-5")
  }

  private static let fit = FitRecord(
    name: "f", plugin: "law", stage: "cpt", corpus: "c", failure: nil,
    parameters: [
      .init(
        name: "E", value: 0.1, isFrozen: true, isAtBound: false,
        interval: IntervalRecord(low: 1 / 3, high: nil, level: 0.95))
    ], objective: 1e-4, evaluations: 12,
    points: [.init(run: "b", parameters: 6, tokens: 100, measured: 1 / 3, predicted: 0.3)],
    optima: [.init(compute: 1, parameters: 2, tokens: 3, loss: 4)], warnings: ["w"],
    diagnosis: FitDiagnosis(
      backTest: .init(
        parameters: nil, fittedPoints: 4, points: 1, meanPercentError: 0.1, bias: -1 / 3),
      contours: [.init(loss: 1 / 3, points: [.init(parameters: 0.1, tokens: 7)])],
      remarks: ["r"]),
    resampling: .init(draws: 200, failures: 3, runs: 8, inherited: ["E"]))

  private static let saving = SavingsRecord(
    size: "1k", corpus: "c", scratchStage: "scratch", continuedStage: "cpt", loss: 0.3,
    measured: nil, predicted: -0.1, remark: "r",
    curve: [
      TransferPoint(
        tokens: 3, exactFLOPs: 0.1, loss: 1 / 3, scratchTokens: nil, predictedScratchTokens: .pi,
        predictedScratchTokensInterval: IntervalRecord(low: 0.1, high: .pi, level: 0.95))
    ], measuredInterval: IntervalRecord(low: nil, high: 0.1, level: 0.95),
    predictedInterval: IntervalRecord(low: -1 / 3, high: 0.2, level: 0.9))

  @Test func everythingStoredIsReadBack() throws {
    let folder = try TemporaryFolder()
    let workspace = Workspace(root: folder.path)
    let database = try RunDatabase(workspace)
    let source = Self.run("a", stage: "source", source: nil)
    let cpt = Self.run("b", stage: "cpt", source: "a")
    try database.begin(Self.study)
    for run in [source, cpt] {
      try database.setStatus(.running, of: run.id, stage: run.stage, size: run.size)
      try database.finish(run)
      try database.addToStudy(
        run.id, as: RunName(stage: run.stage, size: run.size), continuedFrom: run.continuedFrom)
    }
    try database.replace(fits: [Self.fit], savings: [Self.saving])
    for (part, seconds) in [("train", 1.0), ("train", 2), ("forgotten", 3), ("prepare", 4)] {
      try database.setTiming(TimingRecord(part: part, seconds: seconds))
    }

    let results = try RunDatabase.existing(in: workspace).results()
    #expect(results.name == "n")
    #expect(results.pipelineText == "a: 'b'\n")
    #expect(results.resolvedPipeline == "a: b\n")
    #expect(results.seed == .max)
    #expect(results.environment == Self.study.environment)
    #expect(results.plugins == Self.study.plugins)
    #expect(results.corpora == Self.study.corpora)
    #expect(results.tokenizer == Self.study.tokenizer)
    #expect(results.runs == [source, cpt])
    #expect(results.fits == [Self.fit])
    #expect(results.savings == [Self.saving])
    #expect(results.missingRuns == ["scratch 1k"])
    #expect(
      results.timings == [
        TimingRecord(part: "prepare", seconds: 4), TimingRecord(part: "train", seconds: 2),
      ])
  }

  @Test func databaseOfAVersionThatNotedNoSpeedOpens() throws {
    let folder = try TemporaryFolder()
    let workspace = Workspace(root: folder.path)
    var run = Self.run("a", stage: "source", source: nil)
    do {
      let database = try RunDatabase(workspace)
      try database.begin(Self.study)
      try database.finish(run)
      try database.addToStudy(
        "a", as: RunName(stage: "source", size: "1k"), continuedFrom: nil)
    }
    try DatabaseQueue(path: workspace.database).write { database in
      try database.execute(
        sql: """
          DROP TABLE run_seconds;
          ALTER TABLE runs DROP COLUMN engine;
          ALTER TABLE runs DROP COLUMN peak_flops_per_second;
          ALTER TABLE runs DROP COLUMN share_of_peak;
          DELETE FROM grdb_migrations WHERE identifier = '3';
          """)
    }
    run.speed = nil
    #expect(try RunDatabase.existing(in: workspace).results().runs == [run])
  }

  @Test func runsOutliveTheStudy() throws {
    let folder = try TemporaryFolder()
    let database = try RunDatabase(Workspace(root: folder.path))
    try database.begin(Self.study)
    let run = Self.run("a", stage: "source", source: nil)
    try database.finish(run)
    try database.addToStudy(
      "a", as: RunName(stage: "source", size: "1k"), continuedFrom: nil)
    try database.begin(Self.study)
    #expect(try database.results().runs == [])
    #expect(try database.finishedCheckpoint(of: "a") == run.checkpoint)
    try database.addToStudy(
      "a", as: RunName(stage: "first", size: "as written"), continuedFrom: nil)
    #expect(try database.results().runs.map(\.stage) == ["first"])
  }

  @Test func unfinishedRunHasNoCheckpoint() throws {
    let folder = try TemporaryFolder()
    let database = try RunDatabase(Workspace(root: folder.path))
    try database.setStatus(.interrupted, of: "a", stage: "s", size: "1")
    #expect(try database.finishedCheckpoint(of: "a") == nil)
    #expect(try database.status(of: "a") == .interrupted)
    #expect(try database.status(of: "b") == nil)
  }

  @Test func fileThatIsNoDatabaseIsRefused() throws {
    let folder = try TemporaryFolder()
    let workspace = Workspace(root: folder.path)
    try Data(repeating: 65, count: 4096).write(to: URL(filePath: workspace.database))
    let error = #expect(throws: ExperimentError.self) { _ = try RunDatabase(workspace) }
    #expect(error?.message.contains("runs.sqlite") == true)
    #expect(error?.message.contains("move it away") == true)
    #expect(error?.message.contains("SELECT") == false)
  }

  @Test func folderWithoutADatabaseIsNoWorkspace() throws {
    let folder = try TemporaryFolder()
    let error = #expect(throws: ExperimentError.self) {
      _ = try RunDatabase.existing(in: Workspace(root: folder.path))
    }
    #expect(error?.message.contains("is not a workspace") == true)
  }

  @Test func workspaceIsWrittenByOneAtATime() throws {
    let folder = try TemporaryFolder()
    let workspace = Workspace(root: folder.path)
    do {
      let lock = try WorkspaceLock(workspace)
      defer { withExtendedLifetime(lock) {} }
      #expect(throws: ExperimentError.self) { _ = try WorkspaceLock(workspace) }
    }
    _ = try WorkspaceLock(workspace)
  }
}
