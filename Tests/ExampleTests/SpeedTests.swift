import Foundation
import TestFolders
import Testing

/// What the host says of its engine and of its speed.
@Suite(.serialized) struct SpeedTests {
  private static let variable = "CPT_HOST_INSTRUCTIONS"

  private static func arguments(_ folder: TemporaryFolder, workspace: String) -> [String] {
    [
      "run", SmallQuickstart.pipeline, "--workspace", folder.path(workspace), "--json", "--only",
      "scratch", "--threads", "1",
    ] + SmallQuickstart.arguments(folder)
  }

  @Test func everyInstructionSetOfTheProcessorCanBeForced() throws {
    let folder = try SmallQuickstart.folder()
    var losses: [String: [Double]] = [:]
    for (set, name) in [("baseline", "baseline"), ("avx2", "AVX2"), ("avx512", "AVX-512")] {
      let run = try HostProcess.run(
        Self.arguments(folder, workspace: set), environment: [Self.variable: set])
      if run.status == 2, run.errors.contains("not of this processor") { continue }
      try #require(run.status == 0, "\(run.errors)")
      #expect(run.errors.contains("engine: CPU, \(name) kernels"), "\(run.errors)")
      #expect(run.errors.contains("1 thread"), "\(run.errors)")
      losses[set] = try SmallQuickstart.Results(of: run).losses.flatMap { $0 }
    }
    // Both fuse multiply-adds, and sum in one order.
    if let narrow = losses["avx2"], let wide = losses["avx512"] { #expect(narrow == wide) }
    let expected = try #require(losses["baseline"])
    for (set, found) in losses {
      #expect(found.count == expected.count)
      // The sets round and sum differently: some 1e-7 a step, in runs of less than 100 steps.
      #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-4 * $1 }, "\(set)")
    }
  }

  @Test(arguments: ["sse9", "AVX2", ""])
  func unknownInstructionSetIsRefusedWithThoseThatThereAre(word: String) throws {
    let folder = try SmallQuickstart.folder()
    for command in ["run", "plan"] {
      let run = try HostProcess.run(
        [command, SmallQuickstart.pipeline] + SmallQuickstart.arguments(folder),
        environment: [Self.variable: word])
      #expect(run.status == 2)
      #expect(run.errors.contains("\(Self.variable) is '\(word)'"), "\(run.errors)")
      #expect(run.errors.contains("baseline"), "\(run.errors)")
    }
  }

  @Test func runsSayHowFastTheyWereAndWhereTheTimeWent() throws {
    let folder = try SmallQuickstart.folder()
    let run = try HostProcess.run(Self.arguments(folder, workspace: "w"))
    try #require(run.status == 0, "\(run.errors)")
    let shown = try HostProcess.run(["runs", "show", "scratch/5k", "-w", folder.path("w")])
    #expect(shown.output.contains("engine CPU, "), "\(shown.output)")
    #expect(shown.output.contains(" tokens/s, "), "\(shown.output)")
    #expect(shown.output.contains("of it data "), "\(shown.output)")
    let listed = try HostProcess.run(["runs", "list", "-w", folder.path("w")])
    #expect(listed.output.contains("of peak"), "\(listed.output)")

    struct Run: Decodable {
      struct Speed: Decodable {
        var engine: String
        var peakFLOPsPerSecond: Double
        var shareOfPeak: Double
        var secondsByPart: [String: Double]
      }
      var seconds: Double
      var speed: Speed
    }
    let list = try HostProcess.run(["runs", "list", "--json", "-w", folder.path("w")])
    let runs = try JSONDecoder().decode([Run].self, from: Data(list.output.utf8))
    #expect(runs.count == 3)
    for run in runs {
      #expect(run.speed.shareOfPeak > 0 && run.speed.peakFLOPsPerSecond > 0)
      #expect(
        run.speed.secondsByPart.keys.sorted() == [
          "backward", "data", "evaluation", "forward", "other", "saving", "update",
        ])
      let sum = run.speed.secondsByPart.values.reduce(0, +)
      // Added up in another order.
      #expect(abs(sum - run.seconds) < 1e-9 * run.seconds)
    }
    let page = try String(contentsOfFile: folder.path("w/report/index.html"), encoding: .utf8)
    #expect(page.contains("Where the time went"))
  }
}
