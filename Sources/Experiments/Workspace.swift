package import Foundation
import Training

/// The folder that holds everything a study makes.
///
///     runs.sqlite           every run with its numbers, plugins and files
///     cache/                tokenizers and token shards, by content
///     runs/<id>/            identity, resolved pipeline, log, exit record, checkpoints; those that
///                           other runs branch off at
///     report/               the report
package struct Workspace: Hashable, Sendable {
  /// The folder.
  package let root: String

  /// Names a workspace; nothing is made before it is needed.
  package init(root: String) { self.root = root }

  package var database: String { "\(root)/runs.sqlite" }
  package var tokenizers: String { "\(root)/cache/tokenizers" }
  package var tokens: String { "\(root)/cache/tokens" }
  package var report: String { "\(root)/report" }
  package var lock: String { "\(root)/lock" }

  /// The folder of a run.
  package func run(_ id: String) -> String { absolute(Self.relativeRun(id)) }

  /// Where a run keeps the checkpoints that other runs start from.
  func branches(of id: String) -> String { "\(run(id))/branches" }

  /// A path inside the workspace from one relative to it.
  package func absolute(_ relative: String) -> String { "\(root)/\(relative)" }

  /// A path relative to the workspace.
  ///
  /// - Precondition: The path lies inside it.
  package func relative(_ path: String) -> String {
    precondition(path.hasPrefix("\(root)/"), "'\(path)' is not in the workspace '\(root)'")
    return String(path.dropFirst(root.count + 1))
  }

  static func relativeRun(_ id: String) -> String { "runs/\(id)" }

  /// Makes a folder and those it lies in.
  ///
  /// - Throws: ``ExperimentError`` with `workspace`.
  package static func makeFolder(_ path: String) throws(ExperimentError) {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw ExperimentError(
        .workspace,
        "the folder '\(path)' cannot be made: \(error.systemReason); choose another "
          + "--workspace or mend its rights")
    }
  }

  /// Writes a file of the workspace.
  ///
  /// - Throws: ``ExperimentError`` with `workspace`.
  package static func write(_ content: Data, to path: String) throws(ExperimentError) {
    do {
      try content.write(to: URL(filePath: path), options: .atomic)
    } catch {
      throw ExperimentError(
        .workspace,
        "'\(path)' cannot be written: \(error.systemReason); check the space and the rights there")
    }
  }
}
