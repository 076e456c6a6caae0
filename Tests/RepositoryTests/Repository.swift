import Foundation
import TestFolders

/// The repository that this test was built from.
enum Repository {
  static let root = ProjectFolders.repository

  /// Every file below a folder with one of some extensions, in a fixed order.
  static func files(below folder: String, withExtensions extensions: Set<String>) -> [URL] {
    let start = root.appending(path: folder)
    guard
      let walk = FileManager.default.enumerator(at: start, includingPropertiesForKeys: nil)
    else { return [] }
    return walk.compactMap { $0 as? URL }
      .filter { extensions.contains($0.pathExtension) }
      .sorted { $0.path() < $1.path() }
  }

  /// A file's path from the root.
  static func relativePath(_ file: URL) -> String {
    String(file.path().dropFirst(root.path().count))
  }
}
