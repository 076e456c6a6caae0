import Corpora
import Foundation
package import Graphs
import PluginSDK

extension CheckpointStore {
  /// A file beside the state, as it was saved.
  struct SavedFile: Codable {
    var name: String
    var byteCount: Int
    /// In hexadecimal.
    var sha256: String
  }

  struct StateFile: Codable {
    static let format = 2
    var format: Int
    var files: [SavedFile]
    var state: RunState
  }

  /// What every format begins with.
  struct StateFormat: Codable {
    var format: Int
  }
}

extension CheckpointStore.Checkpoint {
  /// Opens a checkpoint and checks that its files are there in their sizes.
  ///
  /// - Throws: ``TrainingError`` with `checkpoint` if it is damaged or of another run.
  package init(folder: String, identity: String) throws(TrainingError) {
    let path = "\(folder)/\(CheckpointStore.FileName.state)"
    let file: CheckpointStore.StateFile
    do {
      let content = try Data(contentsOf: URL(filePath: path))
      let format = try JSONDecoder().decode(CheckpointStore.StateFormat.self, from: content).format
      guard format == CheckpointStore.StateFile.format else {
        throw TrainingError(
          .checkpoint,
          "'\(path)' has format \(format); this version of cpt-host reads "
            + "\(CheckpointStore.StateFile.format). \(Self.remedy(folder))")
      }
      file = try JSONDecoder().decode(CheckpointStore.StateFile.self, from: content)
    } catch let error as TrainingError {
      throw error
    } catch let error as DecodingError {
      throw TrainingError(
        .checkpoint, "'\(path)' is damaged (\(error)). \(Self.remedy(folder))")
    } catch {
      throw TrainingError(
        .checkpoint, "'\(path)' cannot be read: \(error.systemReason). \(Self.remedy(folder))")
    }
    guard file.state.identity == identity else {
      throw TrainingError(
        .checkpoint,
        "'\(path)' belongs to run \(file.state.identity), not to \(identity); move it out of the "
          + "way")
    }
    self.init(folder: folder, state: file.state, files: file.files)
    for file in files { try file.checkSize(in: folder) }
  }

  /// Compares every byte with what was saved.
  ///
  /// - Throws: ``TrainingError`` with `checkpoint`, naming the file that changed.
  package func verify() throws(TrainingError) {
    for file in files { try file.checkContents(in: folder) }
  }

  /// How to go on where a checkpoint is lost.
  static func remedy(_ folder: String) -> String {
    "Remove the folder '\(folder)' and run again: the run is then trained again from its start"
  }
}

extension CheckpointStore.SavedFile {
  /// Notes what was written.
  init(_ name: String, in folder: String) throws {
    self.name = name
    byteCount = try Self.size(of: "\(folder)/\(name)")
    sha256 = try TokenCache.digest(ofFile: "\(folder)/\(name)").hexadecimal
  }

  func checkSize(in folder: String) throws(TrainingError) {
    do {
      let found = try Self.size(of: "\(folder)/\(name)")
      if found != byteCount {
        throw damage("has \(found) bytes where \(byteCount) were saved", folder)
      }
    } catch let error as TrainingError {
      throw error
    } catch {
      throw damage("cannot be read: \(error.systemReason)", folder)
    }
  }

  func checkContents(in folder: String) throws(TrainingError) {
    do {
      guard try TokenCache.digest(ofFile: "\(folder)/\(name)").hexadecimal == sha256 else {
        throw damage("holds other bytes than were saved", folder)
      }
    } catch let error as TrainingError {
      throw error
    } catch {
      throw damage("cannot be read: \(error)", folder)
    }
  }

  private static func size(of path: String) throws -> Int {
    try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
  }

  private func damage(_ what: String, _ folder: String) -> TrainingError {
    TrainingError(
      .checkpoint,
      "'\(folder)/\(name)' \(what). \(CheckpointStore.Checkpoint.remedy(folder))")
  }
}

extension CheckpointStore.Checkpoint {
  /// Copies parameters and optimizer states into a session.
  ///
  /// - Throws: ``TrainingError`` with `checkpoint` if a file is damaged or holds other tensors.
  package func restore(
    _ variables: [Variable], into session: any EngineSession
  ) throws(TrainingError) {
    try verify()
    try ParameterFile.load(variables.filter(\.isParameter), from: model, into: session)
    try ParameterFile.load(variables.filter { !$0.isParameter }, from: optimizer, into: session)
  }
}
