import Foundation
import GraphLanguage
package import Graphs

/// The checkpoints of one run.
///
///     FOLDER/step-000000120/
///       model.safetensors      the parameters
///       optimizer.safetensors  the optimizer's states
///       state.json             step, counters, curve, evaluations, the run's identity
///
/// A checkpoint is written beside its place, synchronised and renamed; only then are older ones
/// removed. So a crash at any instant leaves the last whole one.
package struct CheckpointStore: Sendable {
  package let folder: String

  package init(folder: String) { self.folder = folder }

  /// A checkpoint on disk.
  package struct Checkpoint: Sendable {
    package let folder: String
    package let state: RunState

    /// The file with the parameters.
    package var model: String { "\(folder)/\(FileName.model)" }

    fileprivate var optimizer: String { "\(folder)/\(FileName.optimizer)" }
  }

  /// The newest checkpoint, or nil if there is none.
  ///
  /// - Throws: ``TrainingError`` with `checkpoint` if it is damaged or of another run.
  package func latest(identity: String) throws(TrainingError) -> Checkpoint? {
    guard let name = names().max() else { return nil }
    return try checkpoint(at: "\(folder)/\(name)", identity: identity)
  }

  /// Saves a session, then removes older checkpoints.
  ///
  /// - Throws: ``TrainingError`` with `storage` if the disk refuses; older checkpoints stay.
  package func save(
    _ state: RunState, variables: [Variable], from session: any EngineSession
  ) throws(TrainingError) -> Checkpoint {
    let older = names()
    let name = Self.name(of: state.step, besides: older)
    let metadata = ["run": state.identity, "step": String(state.step)]
    do {
      try DurableFile.makeFolder("\(folder)/\(name)") { fresh in
        for (file, isParameter) in [(FileName.model, true), (FileName.optimizer, false)] {
          let shapes = variables.filter { $0.isParameter == isParameter }.map {
            ($0.name, $0.shape)
          }
          try Safetensors.write(shapes, metadata: metadata, to: "\(fresh)/\(file)") {
            try session.read($0)
          }
        }
        try DurableFile.write(
          try Self.encoder.encode(StateFile(format: StateFile.format, state: state)),
          to: "\(fresh)/\(FileName.state)")
      }
      for name in older { try FileManager.default.removeItem(atPath: "\(folder)/\(name)") }
    } catch let error as TrainingError {
      throw error
    } catch let error as EngineError {
      throw TrainingError(.model, error.description)
    } catch {
      throw TrainingError(
        .storage, "the checkpoint '\(folder)/\(name)' cannot be written: \(error)")
    }
    return Checkpoint(folder: "\(folder)/\(name)", state: state)
  }

  private enum FileName {
    static let model = "model.safetensors"
    static let optimizer = "optimizer.safetensors"
    static let state = "state.json"
  }

  private struct StateFile: Codable {
    static let format = 1
    var format: Int
    var state: RunState
  }

  private static let prefix = "step-"

  private static var encoder: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    return encoder
  }

  /// A free name; names sort in the order in which they are given.
  private static func name(of step: Int, besides taken: [String]) -> String {
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

  private func checkpoint(
    at folder: String, identity: String
  ) throws(TrainingError) -> Checkpoint {
    let path = "\(folder)/\(FileName.state)"
    let file: StateFile
    do {
      file = try JSONDecoder().decode(
        StateFile.self, from: try Data(contentsOf: URL(filePath: path)))
    } catch {
      throw TrainingError(
        .checkpoint,
        "'\(path)' cannot be read (\(error)); remove the folder of this checkpoint to train the "
          + "run again from its start")
    }
    guard file.format == StateFile.format else {
      throw TrainingError(
        .checkpoint,
        "'\(path)' has format \(file.format); this version of cpt-host reads \(StateFile.format)")
    }
    guard file.state.identity == identity else {
      throw TrainingError(
        .checkpoint,
        "'\(path)' belongs to run \(file.state.identity), not to \(identity); move it out of the "
          + "way")
    }
    return Checkpoint(folder: folder, state: file.state)
  }
}

extension CheckpointStore.Checkpoint {
  /// Copies parameters and optimizer states into a session.
  ///
  /// - Throws: ``TrainingError`` with `checkpoint` if a file is damaged or holds other tensors.
  package func restore(
    _ variables: [Variable], into session: any EngineSession
  ) throws(TrainingError) {
    try ParameterFile.load(variables.filter(\.isParameter), from: model, into: session)
    try ParameterFile.load(variables.filter { !$0.isParameter }, from: optimizer, into: session)
  }
}

/// A safetensors file that holds exactly the tensors of some variables.
package enum ParameterFile {
  /// Copies a file's tensors into a session.
  ///
  /// - Throws: ``TrainingError`` with `checkpoint`, naming the first tensor that is missing, not
  ///   wanted or of another shape.
  package static func load(
    _ variables: [Variable], from path: String, into session: any EngineSession
  ) throws(TrainingError) {
    let file = try Safetensors(path: path)
    try check(file, against: variables)
    do {
      try file.readTensors { name, _, elements in try session.write(name, elements) }
    } catch let error as TrainingError {
      throw error
    } catch {
      throw TrainingError(.model, "\(error)")
    }
  }

  private static func check(
    _ file: Safetensors, against variables: [Variable]
  ) throws(TrainingError) {
    let shapes = file.shapes
    for variable in variables {
      guard let shape = shapes[variable.name] else {
        throw TrainingError(
          .checkpoint,
          "'\(file.path)' has no tensor '\(variable.name)' \(variable.shape), which the model "
            + "needs; it was written for another model")
      }
      guard shape == variable.shape else {
        throw TrainingError(
          .checkpoint,
          "'\(file.path)': tensor '\(variable.name)' is \(shape) and the model needs "
            + "\(variable.shape)")
      }
    }
    let known = Set(variables.map(\.name))
    if let extra = shapes.keys.sorted().first(where: { !known.contains($0) }) {
      throw TrainingError(
        .checkpoint,
        "'\(file.path)' has a tensor '\(extra)' that the model does not know; it was written for "
          + "another model")
    }
  }
}
