import Foundation
import TestFolders
import Testing

/// The pipelines of the study are whole: `validate` finds nothing in them.
struct StudyTests {
  private static let study = ProjectFolders.repository.appending(path: "Examples/study")

  private static let parts = ["french", "ladder", "replay", "seeds", "tokens"]

  @Test(arguments: parts)
  func partIsValid(part: String) throws {
    // They name text that only `run.sh` fetches.
    let folder = try TemporaryFolder()
    for language in ["en", "zh", "fr"] {
      _ = try folder.write("corpora/\(language).jsonl", #"{"text": "some"}"# + "\n")
    }
    let file = try folder.write(
      "Examples/study/\(part).yaml",
      String(contentsOf: Self.study.appending(path: "\(part).yaml"), encoding: .utf8))
    let check = try HostProcess.run(["validate", file])
    #expect(check.status == 0, "\(check.errors)")
  }

  /// What `RESULTS.md` states of the laws comes out of the tables beside it.
  @Test func lawsAreFittedToTheTablesAgain() throws {
    let host = ProjectFolders.products.appending(path: "cpt-host").path(percentEncoded: false)
    let run = try HostProcess.run([host], host: Self.study.appending(path: "analyse.sh"))
    #expect(run.status == 0, "\(run.errors)")
    let results = try String(
      contentsOf: Self.study.appending(path: "RESULTS.md"), encoding: .utf8)
    // β′ and γ of the continued runs, to the digits that are stated.
    for (name, stated) in [("beta", 0.099), ("gamma", 0.022)] {
      let part = try #require(run.output.split(separator: "## Continued, annealed, E, A").last)
      let line = try #require(part.split(separator: "\n").first { $0.hasPrefix(name) })
      let value = try #require(line.split(separator: " ").dropFirst().first.flatMap { Double($0) })
      #expect(abs(value - stated) < 0.0006)
      #expect(results.contains("\(stated)"))
    }
  }

  @Test func everyPipelineHasATest() throws {
    let files = try FileManager.default.contentsOfDirectory(
      atPath: Self.study.path(percentEncoded: false)
    ).filter { $0.hasSuffix(".yaml") }
    #expect(files.sorted() == Self.parts.map { "\($0).yaml" })
  }
}
