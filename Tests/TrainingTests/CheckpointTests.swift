import Foundation
import GraphLanguage
import Graphs
import TestFolders
import TestModels
import Testing
import Training

@Suite struct CheckpointTests {
  /// A finished run's checkpoint.
  private static func checkpoint(
    in folder: TemporaryFolder
  ) throws -> (TinyRun, CheckpointStore.Checkpoint) {
    let run = try TinyRun(in: folder.path, sequences: 6)
    return (run, try run.loop(folder: "\(folder.path)/run").run(from: .drawn))
  }

  @Test func checkpointOfAnotherRunIsRefused() throws {
    let folder = try TemporaryFolder()
    _ = try Self.checkpoint(in: folder)
    let error = trainingError {
      _ = try CheckpointStore(folder: "\(folder.path)/run").latest(identity: "other")
    }
    #expect(error?.code == .checkpoint)
    #expect(error?.message.contains("belongs to run run, not to other") == true)
  }

  @Test func damagedStateIsRefusedWithAWayOut() throws {
    let folder = try TemporaryFolder()
    let (_, checkpoint) = try Self.checkpoint(in: folder)
    try Data("{".utf8).write(to: URL(filePath: "\(checkpoint.folder)/state.json"))
    let error = trainingError {
      _ = try CheckpointStore(folder: "\(folder.path)/run").latest(identity: "run")
    }
    #expect(error?.message.contains("Remove the folder") == true)
  }

  @Test(arguments: ["model.safetensors", "optimizer.safetensors"])
  func fileThatWasCutOffChangedOrLostIsNamedWithAWayOut(name: String) throws {
    let folder = try TemporaryFolder()
    let (run, checkpoint) = try Self.checkpoint(in: folder)
    let store = CheckpointStore(folder: "\(folder.path)/run")
    let session = try TinyRun.engine.makeSession(run.graphs.variables)
    let file = URL(filePath: "\(checkpoint.folder)/\(name)")
    let whole = try Data(contentsOf: file)
    var changed = whole
    changed[changed.count - 5] ^= 1
    try changed.write(to: file)
    let flipped = try #require(try store.latest(identity: "run"))
    let change = trainingError { try flipped.restore(run.graphs.variables, into: session) }
    #expect(change?.message.contains("\(name)' holds other bytes than were saved") == true)

    try whole.dropLast(4).write(to: file)
    let cut = trainingError { _ = try store.latest(identity: "run") }
    #expect(cut?.message.contains("\(whole.count - 4) bytes where \(whole.count) were") == true)
    try FileManager.default.removeItem(at: file)
    let loss = trainingError { _ = try store.latest(identity: "run") }
    #expect(loss?.message.contains("\(name)' cannot be read: No such file") == true)
    for error in [change, cut, loss] {
      #expect(error?.message.contains("Remove the folder '\(checkpoint.folder)'") == true)
    }
  }

  @Test func stateOfAnotherFormatIsRefusedAsThat() throws {
    let folder = try TemporaryFolder()
    let (_, checkpoint) = try Self.checkpoint(in: folder)
    try Data(#"{"format": 1}"#.utf8).write(to: URL(filePath: "\(checkpoint.folder)/state.json"))
    let error = trainingError {
      _ = try CheckpointStore(folder: "\(folder.path)/run").latest(identity: "run")
    }
    #expect(error?.message.contains("has format 1; this version") == true)
  }

  @Test func modelOfAnotherShapeIsRefusedByTensor() throws {
    let folder = try TemporaryFolder()
    let (run, checkpoint) = try Self.checkpoint(in: folder)
    let session = try TinyRun.engine.makeSession(run.graphs.variables)
    var others = run.graphs.parameters
    others[0].shape = [3, 4]
    let shape = trainingError {
      try ParameterFile.load(others, from: checkpoint.model, into: session)
    }
    #expect(
      shape?.message.contains("tensor 'embedding' is [6, 4] and the model needs [3, 4]") == true)
    let extra = trainingError {
      try ParameterFile.load(
        Array(run.graphs.parameters.dropLast()), from: checkpoint.model, into: session)
    }
    #expect(extra?.message.contains("'output' that the model does not know") == true)
    others = run.graphs.parameters
    others[1].name = "hiding"
    let missing = trainingError {
      try ParameterFile.load(others, from: checkpoint.model, into: session)
    }
    #expect(missing?.message.contains("no tensor 'hiding'") == true)
  }

  @Test func crashWhileWritingLeavesTheCheckpointBefore() throws {
    let folder = try TemporaryFolder()
    let (_, checkpoint) = try Self.checkpoint(in: folder)
    // What a crash leaves: a folder that was being filled, never renamed.
    let partial = "\(folder.path)/run/.step-000000009.partial"
    try FileManager.default.createDirectory(atPath: partial, withIntermediateDirectories: true)
    try Data([1]).write(to: URL(filePath: "\(partial)/model.safetensors"))
    let latest = try CheckpointStore(folder: "\(folder.path)/run").latest(identity: "run")
    #expect(latest?.folder == checkpoint.folder)
    #expect(latest?.state == checkpoint.state)
  }

  @Test func nextCheckpointRemovesWhatACrashLeft() throws {
    let folder = try TemporaryFolder()
    let run = try TinyRun(in: folder.path, sequences: 6)
    let partial = "\(folder.path)/run/.step-000000001.partial"
    try FileManager.default.createDirectory(atPath: partial, withIntermediateDirectories: true)
    _ = try run.loop(folder: "\(folder.path)/run").run(from: .drawn)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/run") == [
        "step-000000002"
      ])
  }

  @Test func folderIsMadeWholeOrNotAtAll() throws {
    struct Stop: Error {}
    let folder = try TemporaryFolder()
    let target = "\(folder.path)/a"
    #expect(throws: Stop.self) {
      try DurableFile.makeFolder(target) { fresh in
        try DurableFile.write(Data([2]), to: "\(fresh)/x")
        throw Stop()
      }
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    try DurableFile.makeFolder(target) { try DurableFile.write(Data([3]), to: "\($0)/x") }
    #expect(try Data(contentsOf: URL(filePath: "\(target)/x")) == Data([3]))
    let error = trainingError { try DurableFile.makeFolder(target) { _ in } }
    #expect(error?.code == .storage)
  }

  @Test func sameStepSavedAgainIsTheLatest() throws {
    let folder = try TemporaryFolder()
    let (run, checkpoint) = try Self.checkpoint(in: folder)
    let store = CheckpointStore(folder: "\(folder.path)/run")
    let session = try TinyRun.engine.makeSession(run.graphs.variables)
    try checkpoint.restore(run.graphs.variables, into: session)
    var state = checkpoint.state
    state.evaluations = []
    _ = try store.save(state, variables: run.graphs.variables, from: session)
    #expect(try store.latest(identity: "run")?.state == state)
    let names = try FileManager.default.contentsOfDirectory(atPath: store.folder)
    #expect(names == ["step-000000002a"])
  }
}
