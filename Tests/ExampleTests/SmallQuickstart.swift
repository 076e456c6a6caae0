import Foundation
import TestFolders

/// The quickstart's pipeline with texts and sizes that take seconds.
enum SmallQuickstart {
  static let pipeline =
    ProjectFolders.repository.appending(path: "Examples/quickstart/pipeline.yaml")
    .path(percentEncoded: false)

  /// A folder with the texts.
  static func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try SmallCorpora.write(into: folder)
    return folder
  }

  /// Arguments that make the quickstart small.
  static func arguments(_ folder: TemporaryFolder) -> [String] {
    [
      "corpora.english.files=[\(folder.path("en.jsonl"))]",
      "corpora.chinese.files=[\(folder.path("zh.jsonl"))]",
      "corpora.english.held_out=10%", "corpora.chinese.held_out=10%",
      "tokenizer.vocabulary=300", "model.context=32", "model.ladder=[5k,10k,20k]",
      "batch.tokens=256", "stages.source.tokens=4k", "stages.scratch.tokens=4k",
      "stages.cpt.tokens=4k", "evaluate.points=3", "evaluate.tokens=500",
    ].flatMap { ["--set", $0] }
  }

  /// What `--json` prints of a study, as far as tests read it.
  struct Results: Decodable {
    struct Run: Decodable {
      struct Evaluation: Decodable {
        var corpus: String
        var loss: Double
      }
      var id: String
      var stage: String
      var size: String
      var evaluations: [Evaluation]
    }
    var runs: [Run]

    init(of process: HostProcess) throws {
      self = try JSONDecoder().decode(Self.self, from: Data(process.output.utf8))
    }

    /// The losses of every evaluation, run after run.
    var losses: [[Double]] { runs.map { $0.evaluations.map(\.loss) } }
  }
}
