import FoundationEssentials
import Glibc

/// Files and the folders they lie in.
package enum FileTree {
  /// The file itself, or for a folder all files below it.
  ///
  /// Folder by folder, in the order of their names' bytes; names that start with a dot are left out,
  /// and links to folders are never followed.
  ///
  /// - Throws: ``CorpusError`` with `fileAccess` if a folder cannot be listed.
  package static func files(
    at path: String, followingLinks: Bool = true
  ) throws(CorpusError) -> [String] {
    guard isFolder(path) else { return [path] }
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: path)
    } catch {
      throw CorpusError(
        .fileAccess, "cannot list the folder \(path); check the path and its permissions")
    }
    var files: [String] = []
    for name in names.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    where !name.hasPrefix(".") {
      let child = path.hasSuffix("/") ? path + name : "\(path)/\(name)"
      if isLink(child) && (!followingLinks || isFolder(child)) { continue }
      files += try Self.files(at: child, followingLinks: followingLinks)
    }
    return files
  }

  private static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  private static func isLink(_ path: String) -> Bool {
    var status = stat()
    return unsafe lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
  }
}
