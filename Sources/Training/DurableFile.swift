package import Foundation

/// Files and folders that survive a crash once they are named.
package enum DurableFile {
  /// Writes a file and waits until the disk has it.
  ///
  /// - Throws: ``TrainingError`` with `storage` if the disk refuses, or what `body` throws as a
  ///   ``TrainingError``.
  package static func write(
    to path: String, _ body: (FileHandle) throws -> Void
  ) throws {
    do {
      try Data().write(to: URL(filePath: path))
      let handle = try FileHandle(forWritingTo: URL(filePath: path))
      defer { try? handle.close() }
      try body(handle)
      try handle.synchronize()
    } catch let error as CocoaError {
      throw failure("written", path, error)
    }
  }

  /// Writes a file with some content and waits until the disk has it.
  package static func write(_ content: Data, to path: String) throws {
    try write(to: path) { try $0.write(contentsOf: content) }
  }

  /// Makes a folder whole or not at all: fills a fresh one beside it, then renames it.
  ///
  /// Where that fails nothing is left, and the space is free again.
  ///
  /// - Throws: ``TrainingError`` with `storage`, also if there is a folder of this name; what `fill`
  ///   throws.
  package static func makeFolder(_ path: String, fill: (String) throws -> Void) throws {
    let manager = FileManager.default
    let target = URL(filePath: path)
    let parent = target.deletingLastPathComponent()
    let fresh = parent.appending(path: partialName(of: target.lastPathComponent))
    var isPlaced = false
    defer { if !isPlaced { try? manager.removeItem(at: fresh) } }
    do {
      try manager.createDirectory(at: parent, withIntermediateDirectories: true)
      try? manager.removeItem(at: fresh)
      try manager.createDirectory(at: fresh, withIntermediateDirectories: false)
      try fill(fresh.path(percentEncoded: false))
      try synchronizeFolder(fresh)
      try manager.moveItem(at: fresh, to: target)
      isPlaced = true
      try synchronizeFolder(parent)
    } catch let error as CocoaError {
      throw failure("written", path, error)
    }
  }

  /// Removes the folders that were being filled when a process was killed; nobody may be filling one.
  static func removePartialFolders(in parent: String) {
    let manager = FileManager.default
    for name in (try? manager.contentsOfDirectory(atPath: parent)) ?? []
    where name.hasPrefix(".") && name.hasSuffix(partialSuffix) {
      try? manager.removeItem(atPath: "\(parent)/\(name)")
    }
  }

  private static let partialSuffix = ".partial"

  private static func partialName(of folder: String) -> String { ".\(folder)\(partialSuffix)" }

  /// Waits until the disk has the names in a folder.
  private static func synchronizeFolder(_ folder: URL) throws {
    let handle = try FileHandle(forReadingFrom: folder)
    defer { try? handle.close() }
    try handle.synchronize()
  }

  private static func failure(_ what: String, _ path: String, _ error: CocoaError) -> TrainingError
  {
    TrainingError(
      .storage,
      "'\(path)' cannot be \(what): \(error.systemReason); check the space and the rights "
        + "on that disk")
  }
}
