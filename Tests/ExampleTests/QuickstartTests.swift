import Foundation
import TestFolders
import Testing

/// The quickstart's pipeline, on texts and sizes that take seconds.
@Suite(.serialized) struct QuickstartTests {
  @Test func runsFromTextToReportAndDoesNotRunTwice() throws {
    let folder = try SmallQuickstart.folder()
    let arguments =
      ["run", SmallQuickstart.pipeline, "--workspace", folder.path("w"), "--json"]
      + SmallQuickstart.arguments(folder)

    let first = try HostProcess.run(arguments)
    try #require(first.status == 0, "\(first.errors)")
    let results = try SmallQuickstart.Results(of: first)
    #expect(results.runs.count == 9)
    for run in results.runs {
      let target = run.stage == "source" ? "english" : "chinese"
      let losses = run.evaluations.filter { $0.corpus == target }.map(\.loss)
      let start = try #require(losses.first)
      let end = try #require(losses.last)
      #expect(end < start, "\(run.stage) \(run.size) learned nothing")
    }
    let page = try String(contentsOfFile: folder.path("w/report/index.html"), encoding: .utf8)
    #expect(page.contains("<svg"))

    let second = try HostProcess.run(arguments)
    #expect(second.status == 0, "\(second.errors)")
    // Wall-clock times of the runs are part of the results, so equal text means nothing ran again.
    let again = try SmallQuickstart.Results(of: second)
    #expect(again.runs.map(\.id) == results.runs.map(\.id))
    #expect(again.losses == results.losses)
  }

  @Test func threadsDoNotChangeALoss() throws {
    let folder = try SmallQuickstart.folder()
    let losses = try ["1", "2"].map { threads in
      let run = try HostProcess.run(
        [
          "run", SmallQuickstart.pipeline, "--workspace", folder.path("w\(threads)"), "--json",
          "--only", "scratch", "--threads", threads,
        ] + SmallQuickstart.arguments(folder))
      try #require(run.status == 0, "\(run.errors)")
      return try SmallQuickstart.Results(of: run).losses
    }
    #expect(losses[0] == losses[1])
  }

  @Test func aPackIsVerifiedAndReplaysToTheSameBits() throws {
    let folder = try SmallQuickstart.folder()
    let run = try HostProcess.run(
      ["run", SmallQuickstart.pipeline, "--workspace", folder.path("w")]
        + SmallQuickstart.arguments(folder))
    try #require(run.status == 0, "\(run.errors)")
    let pack = folder.path("study.pack")
    let created = try HostProcess.run(["pack", "create", folder.path("w"), "-o", pack])
    try #require(created.status == 0, "\(created.errors)")
    #expect(try HostProcess.run(["pack", "verify", pack]).status == 0)

    try FileManager.default.removeItem(atPath: folder.path("w"))
    try FileManager.default.removeItem(atPath: folder.path("en.jsonl"))
    let replayed = try HostProcess.run(["pack", "replay", pack, "-w", folder.path("replayed")])
    #expect(replayed.status == 0, "\(replayed.output)\(replayed.errors)")

    var bytes = try Data(contentsOf: URL(filePath: pack))
    bytes[bytes.count / 2] ^= 1
    try bytes.write(to: URL(filePath: pack))
    #expect(try HostProcess.run(["pack", "verify", pack]).status == 1)
  }

  @Test func planCountsWithoutTraining() throws {
    let folder = try SmallQuickstart.folder()
    let plan = try HostProcess.run(
      ["plan", SmallQuickstart.pipeline] + SmallQuickstart.arguments(folder))
    #expect(plan.status == 0, "\(plan.errors)")
    #expect(plan.output.contains("9 runs"))
  }

  @Test func aMissingPluginIsNamedWithWhereItWasLookedFor() throws {
    let folder = try SmallQuickstart.folder()
    let build = folder.url.appending(path: "build")
    try FileManager.default.createDirectory(at: build, withIntermediateDirectories: true)
    let products = try FileManager.default.contentsOfDirectory(
      atPath: ProjectFolders.products.path(percentEncoded: false))
    for name in products
    where name == "cpt-host" || (name.hasSuffix(".so") && name != "libAdamW.so") {
      try FileManager.default.copyItem(
        at: ProjectFolders.products.appending(path: name), to: build.appending(path: name))
    }
    let host = build.appending(path: "cpt-host")
    let run = try HostProcess.run(
      ["validate", SmallQuickstart.pipeline] + SmallQuickstart.arguments(folder), host: host)
    #expect(run.status == 2)
    #expect(run.errors.contains("adamw"))
    #expect(run.errors.contains(build.path(percentEncoded: false)), "\(run.errors)")
    #expect(run.errors.contains("pipeline.yaml:"))
  }

  @Test func everyMistakeOfAFileIsToldAtOnce() throws {
    let folder = try SmallQuickstart.folder()
    let run = try HostProcess.run(
      ["validate", SmallQuickstart.pipeline] + SmallQuickstart.arguments(folder)
        + ["--set", "model.widht=3", "--set", "optimizer.learning_rate=fast"])
    #expect(run.status == 2)
    #expect(run.errors.contains("widht"))
    #expect(run.errors.contains("learning_rate"))
  }

  @Test(arguments: [["run"], ["run", "--threads", "0", "x.yaml"], ["frobnicate"]])
  func wrongUsageHasItsStatus(arguments: [String]) throws {
    #expect(try HostProcess.run(arguments).status == 2)
  }

  @Test func aStoppedStudyGoesOnToTheSameNumbers() throws {
    let folder = try SmallQuickstart.folder()
    func arguments(_ workspace: String) -> [String] {
      [
        "run", SmallQuickstart.pipeline, "--workspace", folder.path(workspace), "--json", "--only",
        "scratch",
      ] + SmallQuickstart.arguments(folder) + ["--set", "stages.scratch.tokens=200k"]
    }
    let running = try HostProcess.start(arguments("stopped"))
    let runs = folder.path("stopped/runs")
    while running.process.isRunning && !FileManager.default.fileExists(atPath: runs) {
      Thread.sleep(forTimeInterval: 0.01)
    }
    running.process.interrupt()
    let stopped = try running.end()
    #expect(stopped.status == 3, "\(stopped.errors)")

    let resumed = try HostProcess.run(arguments("stopped"))
    try #require(resumed.status == 0, "\(resumed.errors)")
    let whole = try HostProcess.run(arguments("whole"))
    try #require(whole.status == 0, "\(whole.errors)")
    let losses = try [resumed, whole].map { run in
      try SmallQuickstart.Results(of: run).losses
    }
    #expect(losses[0] == losses[1])
  }
}
