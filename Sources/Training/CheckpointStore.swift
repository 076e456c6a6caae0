import Foundation
package import Graphs

/// The checkpoints of one run.
///
///     FOLDER/step-000000120/
///       model.safetensors      the parameters
///       optimizer.safetensors  the optimizer's states
///       state.json             step, counters, curve, evaluations, the run's identity; size and
///                              digest of the other files
///
/// A checkpoint is written beside its place, synchronised and renamed; only then are older ones
/// removed. So a crash at any instant leaves the last whole one. What was damaged afterwards is
/// noticed: the sizes when a checkpoint is opened, every byte before it is used.
package struct CheckpointStore: Sendable {
  package let folder: String

  package init(folder: String) { self.folder = folder }

  /// A checkpoint on disk.
  package struct Checkpoint: Sendable {
    package let folder: String
    package let state: RunState
    let files: [SavedFile]

    /// The file with the parameters.
    package var model: String { "\(folder)/\(FileName.model)" }

    var optimizer: String { "\(folder)/\(FileName.optimizer)" }
  }

  /// The newest checkpoint, or nil if there is none.
  ///
  /// - Throws: ``TrainingError`` with `checkpoint` if it is damaged or of another run.
  package func latest(identity: String) throws(TrainingError) -> Checkpoint? {
    guard let name = names().max() else { return nil }
    return try Checkpoint(folder: "\(folder)/\(name)", identity: identity)
  }

  /// Saves a session, then removes older checkpoints.
  ///
  /// - Throws: ``TrainingError`` with `storage` if the disk refuses; older checkpoints stay.
  package func save(
    _ state: RunState, variables: [Variable], from session: any EngineSession
  ) throws(TrainingError) -> Checkpoint {
    try write(state, variables: variables, from: session, replacing: names())
  }

  private func write(
    _ state: RunState, variables: [Variable], from session: any EngineSession,
    replacing older: [String]
  ) throws(TrainingError) -> Checkpoint {
    DurableFile.removePartialFolders(in: folder)
    let name = Self.name(of: state.step, besides: older)
    let metadata = ["run": state.identity, "step": String(state.step)]
    var files: [SavedFile] = []
    do {
      try DurableFile.makeFolder("\(folder)/\(name)") { fresh in
        for (file, isParameter) in [(FileName.model, true), (FileName.optimizer, false)] {
          let shapes = variables.filter { $0.isParameter == isParameter }.map {
            ($0.name, $0.shape)
          }
          try Safetensors.write(shapes, metadata: metadata, to: "\(fresh)/\(file)") {
            try session.read($0)
          }
          files.append(try SavedFile(file, in: fresh))
        }
        try DurableFile.write(
          try Self.encoder.encode(StateFile(format: StateFile.format, files: files, state: state)),
          to: "\(fresh)/\(FileName.state)")
      }
      for name in older { try FileManager.default.removeItem(atPath: "\(folder)/\(name)") }
    } catch let error as TrainingError {
      throw error
    } catch let error as EngineError {
      throw TrainingError(.model, error.description)
    } catch {
      throw TrainingError(
        .storage,
        "the checkpoint '\(folder)/\(name)' cannot be written: \(error.systemReason)")
    }
    return Checkpoint(folder: "\(folder)/\(name)", state: state, files: files)
  }

  /// Saves a session beside the checkpoints that are there, for another run to start from.
  ///
  /// One of the same step is left as it is.
  ///
  /// - Throws: ``TrainingError`` with `storage` if the disk refuses.
  package func keep(
    _ state: RunState, variables: [Variable], from session: any EngineSession
  ) throws(TrainingError) {
    if !names().contains(Self.name(of: state.step)) {
      _ = try write(state, variables: variables, from: session, replacing: [])
    }
  }

  /// The checkpoint that was kept of a step, or nil if there is none.
  ///
  /// - Throws: ``TrainingError`` with `checkpoint` if it is damaged or of another run.
  package func kept(
    atStep step: Int, identity: String
  ) throws(TrainingError) -> Checkpoint? {
    let name = Self.name(of: step)
    guard names().contains(name) else { return nil }
    return try Checkpoint(folder: "\(folder)/\(name)", identity: identity)
  }

  enum FileName {
    static let model = "model.safetensors"
    static let optimizer = "optimizer.safetensors"
    static let state = "state.json"
  }

  private static let prefix = "step-"

  private static var encoder: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    return encoder
  }

  /// A free name; names sort in the order in which they are given.
  private static func name(of step: Int, besides taken: [String] = []) -> String {
    let digits = String(step)
    var name = prefix + String(repeating: "0", count: max(0, 9 - digits.count)) + digits
    // The same step again, say with an evaluation that the one before lacked.
    while taken.contains(name) { name += "a" }
    return name
  }

  private func names() -> [String] {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return all.filter { $0.hasPrefix(Self.prefix) }
  }
}
