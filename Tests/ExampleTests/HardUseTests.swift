import Foundation
import TestFolders
import Testing

/// What goes wrong on real machines: closed streams, full disks, kills, damaged and foreign files.
@Suite(.serialized) struct HardUseTests {
  private static func run(
    in folder: TemporaryFolder, _ workspace: String = "w", _ more: String...
  ) -> [String] {
    ["run", SmallQuickstart.pipeline, "--workspace", folder.path(workspace), "--json"]
      + SmallQuickstart.arguments(folder) + more
  }

  /// Runs the host from a shell that redirects its streams.
  private static func redirected(_ streams: String, _ arguments: [String]) throws -> HostProcess {
    let host = ProjectFolders.products.appending(path: "cpt-host").path(percentEncoded: false)
    return try HostProcess.run(
      ["-c", "exec \"$0\" \"$@\" \(streams)", host] + arguments, host: URL(filePath: "/bin/sh"))
  }

  @Test(arguments: ["2>&-", "2>/dev/full"])
  func anErrorThatCannotBeWrittenIsStillAStatus(streams: String) throws {
    let folder = try TemporaryFolder()
    let run = try Self.redirected(streams, ["validate", folder.path("missing.yaml")])
    #expect(run.status == 2)
  }

  @Test func outputThatCannotBeWrittenIsAFailure() throws {
    let run = try Self.redirected(">/dev/full", ["plugins", "list"])
    #expect(run.status == 1)
    #expect(run.errors.contains("the output cannot be written: No space left on device"))
  }

  @Test func closedStreamsAreNotMistakenForTheStudysFiles() throws {
    let folder = try SmallQuickstart.folder()
    let closed = try Self.redirected("<&- >&- 2>&-", Self.run(in: folder))
    #expect(closed.status == 0)
    let pack = try HostProcess.run(
      ["pack", "create", folder.path("w"), "-o", folder.path("study.pack")])
    #expect(pack.status == 0, "\(pack.errors)")
    #expect(try HostProcess.run(["pack", "verify", folder.path("study.pack")]).status == 0)
  }

  @Test func emptyWorkspaceIsNotTheCurrentFolder() throws {
    let run = try HostProcess.run(["run", SmallQuickstart.pipeline, "--workspace", ""])
    #expect(run.status == 2)
    #expect(run.errors.contains("--workspace is empty"))
  }

  @Test func moreThreadsThanAnyMachineHasAreRefused() throws {
    let run = try HostProcess.run(["plan", SmallQuickstart.pipeline, "--threads", "100000"])
    #expect(run.status == 2)
    #expect(run.errors.contains("from 1 to 1024"))
  }

  @Test func unfinishedStudyIsCalledThatAndNotPacked() throws {
    let folder = try SmallQuickstart.folder()
    let run = try HostProcess.run(Self.run(in: folder, "w", "--only", "scratch"))
    try #require(run.status == 0, "\(run.errors)")
    let report = try HostProcess.run(["report", folder.path("w")])
    #expect(report.output.contains("This study is not finished: 6 of 9 runs"))
    let pack = try HostProcess.run(
      ["pack", "create", folder.path("w"), "-o", folder.path("study.pack")])
    #expect(pack.status == 1)
    #expect(pack.errors.contains("source 5k"))
    #expect(!FileManager.default.fileExists(atPath: folder.path("study.pack")))
  }

  @Test func divergenceIsToldAndLeavesWhatWasThere() throws {
    let folder = try SmallQuickstart.folder()
    let before = try HostProcess.run(Self.run(in: folder))
    try #require(before.status == 0, "\(before.errors)")
    let diverged = try HostProcess.run(
      Self.run(in: folder, "w", "--set", "optimizer.learning_rate=1e30"))
    #expect(diverged.status == 1)
    #expect(diverged.errors.contains("source 5k: step "))
    #expect(diverged.errors.contains("Try a lower learning_rate"))
    let after = try HostProcess.run(Self.run(in: folder))
    try #require(after.status == 0, "\(after.errors)")
    #expect(
      try SmallQuickstart.Results(of: after).losses
        == SmallQuickstart.Results(of: before).losses)
  }

  @Test func folderOfOnePackDoesNotReplayAnother() throws {
    let folder = try SmallQuickstart.folder()
    for (name, seed) in [("first", "1"), ("second", "2")] {
      let run = try HostProcess.run(Self.run(in: folder, name, "--set", "seed=\(seed)"))
      try #require(run.status == 0, "\(run.errors)")
      let pack = try HostProcess.run(
        ["pack", "create", folder.path(name), "-o", folder.path("\(name).pack")])
      try #require(pack.status == 0, "\(pack.errors)")
    }
    func replay(_ name: String) throws -> HostProcess {
      try HostProcess.run(
        ["pack", "replay", folder.path("\(name).pack"), "--workspace", folder.path("replayed")])
    }
    #expect(try replay("first").status == 0)
    let other = try replay("second")
    #expect(other.status == 1)
    #expect(other.errors.contains("does not hold \(folder.path("second.pack"))"))
    #expect(try replay("first").status == 0)
  }

  /// The moments differ from machine to machine; the results must not.
  @Test(arguments: [1, 2] as [UInt64])
  func studyThatIsKilledAgainAndAgainEndsInTheSameNumbers(seed: UInt64) throws {
    let folder = try SmallQuickstart.folder()
    let whole = try HostProcess.run(Self.run(in: folder, "whole"))
    try #require(whole.status == 0, "\(whole.errors)")
    var state = seed
    for _ in 0..<10 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let killed = try HostProcess.start(Self.run(in: folder, "killed"))
      Thread.sleep(forTimeInterval: Double(state >> 33) / 0x1p31 * 0.4)
      if state >> 63 == 1 {
        // Asked to stop first, it is killed while it writes a checkpoint, or just before or after.
        kill(killed.process.processIdentifier, SIGINT)
        Thread.sleep(forTimeInterval: Double(state >> 33 & 15) / 1000)
      }
      kill(killed.process.processIdentifier, SIGKILL)
      killed.process.waitUntilExit()
    }
    let rest = try HostProcess.run(Self.run(in: folder, "killed"))
    try #require(rest.status == 0, "\(rest.errors)")
    #expect(
      try SmallQuickstart.Results(of: rest).losses == SmallQuickstart.Results(of: whole).losses)
    let files = FileManager.default.enumerator(atPath: folder.path("killed"))
    let leftovers = (files?.allObjects ?? []).compactMap { $0 as? String }
      .filter { $0.contains(".partial") }
    #expect(leftovers.isEmpty, "\(leftovers)")
  }
}
