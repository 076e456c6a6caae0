import Foundation
import TestFolders
import Testing
import Training

@Suite struct TrainingLoopTests {
  private static func files(_ folder: String) throws -> [String: Data] {
    var contents: [String: Data] = [:]
    for name in ["model.safetensors", "optimizer.safetensors"] {
      contents[name] = try Data(contentsOf: URL(filePath: "\(folder)/\(name)"))
    }
    return contents
  }

  @Test func lossFallsAndTheCurveCoversEveryStep() throws {
    let folder = try TemporaryFolder()
    let run = try TinyRun(in: folder.path, sequences: 60)
    let end = try run.loop(folder: "\(folder.path)/run", rate: 0.5).run(from: .drawn)
    #expect(end.state.step == 20)
    #expect(end.state.tokens == 60 * TinyRun.context)
    #expect(end.state.sourceTokens == [60 * TinyRun.context])
    #expect(end.state.curve.map(\.step) == [3, 6, 9, 12, 15, 18, 20])
    #expect(end.state.evaluations.map(\.step) == [0, 10, 20])
    let losses = end.state.evaluations.map(\.result.loss)
    #expect(losses[2] < losses[0] - 0.1)
    #expect(end.state.evaluations.allSatisfy { $0.result.tokens == 40 })
    #expect(end.state.evaluations.allSatisfy { $0.result.standardError > 0 })
  }

  @Test(arguments: [1, 4, 9], [nil, 1])
  func resumedRunHasTheBitsOfAnUninterruptedOne(stop: Int, microBatch: Int?) throws {
    let folder = try TemporaryFolder()
    let run = try TinyRun(in: folder.path, sequences: 29, microBatch: microBatch)
    let whole = try run.loop(folder: "\(folder.path)/whole").run(from: .drawn)

    let loop = run.loop(folder: "\(folder.path)/parts", checkpointInterval: .seconds(1_000_000))
    var steps = 0
    let error = trainingError {
      _ = try loop.run(from: .drawn, isCancelled: { steps == stop }) { steps = $0.step }
    }
    #expect(error?.code == .interrupted)
    let rest = try loop.run(from: .drawn)
    #expect(
      try Self.files(rest.folder).values.map(\.count)
        == Self.files(whole.folder).values.map(\.count))
    #expect(rest.state.step == 10)
    #expect(rest.state.curve == whole.state.curve)
    #expect(rest.state.evaluations == whole.state.evaluations)
    let (found, expected) = (
      try Safetensors(path: rest.model), try Safetensors(path: whole.model)
    )
    #expect(found.header == expected.header)
    #expect(try Self.files(rest.folder) == Self.files(whole.folder))
  }

  @Test func timeOfARunIsDividedAndGoesOnAfterAStop() throws {
    let folder = try TemporaryFolder()
    let run = try TinyRun(in: folder.path, sequences: 29)
    let loop = run.loop(folder: "\(folder.path)/run")
    var steps = 0
    _ = trainingError {
      _ = try loop.run(from: .drawn, isCancelled: { steps == 4 }) { steps = $0.step }
    }
    let store = CheckpointStore(folder: "\(folder.path)/run")
    let stopped = try #require(try store.latest(identity: "run")?.state)
    let first = try #require(stopped.timeUse)
    let state = try loop.run(from: .drawn).state
    let all = try #require(state.timeUse)
    for part: KeyPath<TimeUse, Double> in [
      \.data, \.forward, \.backward, \.update, \.evaluation, \.saving, \.other,
    ] {
      #expect(first[keyPath: part] > 0)
      #expect(all[keyPath: part] > first[keyPath: part])
    }
    #expect(all.total == state.totalSeconds)
    #expect(all.data + all.forward + all.backward + all.update < state.trainingSeconds)
    #expect(state.trainingSeconds < all.total)
  }

  @Test func checkpointOfAVersionThatDidNotDivideTheTimeGoesOn() throws {
    let folder = try TemporaryFolder()
    let run = try TinyRun(in: folder.path, sequences: 29)
    let loop = run.loop(folder: "\(folder.path)/run")
    var steps = 0
    _ = trainingError {
      _ = try loop.run(from: .drawn, isCancelled: { steps == 4 }) { steps = $0.step }
    }
    let store = CheckpointStore(folder: "\(folder.path)/run")
    let stopped = try #require(try store.latest(identity: "run"))
    let file = URL(filePath: "\(stopped.folder)/state.json")
    var content = try #require(
      try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
    var state = try #require(content["state"] as? [String: Any])
    #expect(state.removeValue(forKey: "timeUse") != nil)
    content["state"] = state
    try JSONSerialization.data(withJSONObject: content).write(to: file)

    #expect(try store.latest(identity: "run")?.state.timeUse == nil)
    let end = try loop.run(from: .drawn).state
    #expect(end.totalSeconds > stopped.state.totalSeconds)
    #expect(try #require(end.timeUse).other >= stopped.state.totalSeconds)
  }

  @Test func finishedRunIsNotTrainedAgain() throws {
    let folder = try TemporaryFolder()
    let run = try TinyRun(in: folder.path, sequences: 9)
    let loop = run.loop(folder: "\(folder.path)/run")
    let first = try loop.run(from: .drawn)
    var reports = 0
    let second = try loop.run(from: .drawn, progress: { _ in reports += 1 })
    #expect(reports == 0)
    #expect(second.state == first.state)
  }

  @Test func continuedRunStartsFromTheOtherModel() throws {
    let folder = try TemporaryFolder()
    let run = try TinyRun(in: folder.path, sequences: 30)
    let source = try run.loop(folder: "\(folder.path)/source").run(from: .drawn)
    let continued = try run.loop(identity: "next", folder: "\(folder.path)/next")
      .run(from: .parameters(file: source.model))
    #expect(continued.state.evaluations[0].result == source.state.evaluations.last?.result)
  }

  /// The trunk is stopped before it keeps, where it keeps, and after; the last batch is not whole.
  @Test(arguments: [2, 4, 6, nil])
  func aBranchFromAKeptCheckpointHasTheBitsOfARunOfItsOwn(stop: Int?) throws {
    let folder = try TemporaryFolder()
    let run = try TinyRun(in: folder.path, sequences: 29)
    let trunk = run.loop(
      identity: "trunk", folder: "\(folder.path)/trunk", checkpointInterval: .seconds(1_000_000),
      keptSteps: [4, 6], keptFolder: "\(folder.path)/kept")
    var steps = 0
    let error = trainingError {
      _ = try trunk.run(from: .drawn, isCancelled: { steps == stop }) { steps = $0.step }
    }
    #expect(error?.code == (stop == nil ? nil : .interrupted))
    let end = try trunk.run(from: .drawn)
    let alone = try run.loop(identity: "trunk", folder: "\(folder.path)/alone").run(from: .drawn)
    #expect(try Self.files(end.folder) == Self.files(alone.folder))

    let kept = CheckpointStore(folder: "\(folder.path)/kept")
    for (shared, count) in [(4, 17), (6, 20)] {
      let checkpoint = try #require(try kept.kept(atStep: shared, identity: "trunk"))
      #expect(checkpoint.state.step == shared)
      let branch = run.branch(of: count, sharing: shared)
      let branched = try branch.loop("\(folder.path)/from-\(shared)")
        .run(from: .branch(checkpoint))
      let whole = try branch.loop("\(folder.path)/whole-\(shared)").run(from: .drawn)
      #expect(branched.state.identity == "branch")
      #expect(branched.state.step == (count + TinyRun.rows - 1) / TinyRun.rows)
      #expect(branched.state.tokens == count * TinyRun.context)
      #expect(branched.state.curve == whole.state.curve)
      #expect(branched.state.evaluations == whole.state.evaluations)
      #expect(branched.state.sourceTokens == whole.state.sourceTokens)
      #expect(branched.state.totalSeconds > checkpoint.state.totalSeconds)
      #expect(try Self.files(branched.folder) == Self.files(whole.folder))
    }
    #expect(try kept.kept(atStep: 5, identity: "trunk") == nil)
    #expect(throws: TrainingError.self) { try kept.kept(atStep: 4, identity: "another") }
  }

  @Test func onlyTheLastCheckpointStays() throws {
    let folder = try TemporaryFolder()
    let run = try TinyRun(in: folder.path, sequences: 12)
    _ = try run.loop(folder: "\(folder.path)/run").run(from: .drawn)
    let names = try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/run")
    #expect(names == ["step-000000004"])
  }

  @Test func divergenceNamesTheStepAndKeepsTheCheckpointBefore() throws {
    let folder = try TemporaryFolder()
    let run = try TinyRun(in: folder.path, sequences: 60, clip: nil)
    let loop = run.loop(folder: "\(folder.path)/run", rate: 3e38)
    var last = 0
    let error = trainingError { _ = try loop.run(from: .drawn, progress: { last = $0.step }) }
    #expect(error?.code == .diverged)
    #expect(error?.message.contains("step \(last + 1) of 20") == true)
    #expect(error?.message.contains("learning_rate") == true)
    #expect(error?.message.contains("the first result that is not finite is that of") == true)
    let store = CheckpointStore(folder: "\(folder.path)/run")
    #expect(try store.latest(identity: "run")?.state.step == last)
  }

  @Test(arguments: [
    (4, 20, [0, 5, 10, 15, 20]), (3, 10, [0, 3, 7, 10]), (12, 2, [0, 1, 2]), (1, 5, [0, 5]),
    (0, 5, [0, 5]),
  ])
  func evaluationsAreSpreadFromStartToEnd(points: Int, updates: Int, steps: [Int]) {
    #expect(TrainingConfiguration.evaluationSteps(points: points, updates: updates) == steps)
  }

  @Test func standardErrorIsThatOfARatio() {
    var losses = SequenceLosses()
    losses.add(sum: 10, tokens: 4)
    losses.add(sum: 6, tokens: 4)
    losses.add(sum: 0, tokens: 0)
    losses.add(sum: 4, tokens: 2)
    #expect(losses.tokens == 10)
    #expect(losses.mean == 2)
    // Residuals 2, -2, 0; G / (G - 1) = 3 / 2; sqrt(1.5 * 8) / 10.
    #expect(abs(losses.standardError - 12.0.squareRoot() / 10) < 1e-15)
  }
}
