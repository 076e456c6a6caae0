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

  @Test func everyPipelineHasATest() throws {
    let files = try FileManager.default.contentsOfDirectory(
      atPath: Self.study.path(percentEncoded: false)
    ).filter { $0.hasSuffix(".yaml") }
    #expect(files.sorted() == Self.parts.map { "\($0).yaml" })
  }
}
