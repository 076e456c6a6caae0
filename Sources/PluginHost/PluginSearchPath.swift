import Glibc
package import PluginSDK

/// Folders where plugins are looked for, and what was found there.
///
/// Only files that end in `.so` are looked at, and none of their code runs. Of two plugins of one
/// kind and name the first counts: folders in their order, files by name.
package struct PluginSearchPath: Hashable, Sendable {
  /// A plugin that was found.
  package struct Found: Hashable, Sendable {
    package let file: PluginFile
    /// The file that counts in place of this one; nil if this one does.
    package let shadowedBy: String?
  }

  /// A file that was looked at and is no plugin for this host.
  package struct Refused: Hashable, Sendable {
    package let path: String
    package let reason: PluginHostError
  }

  /// A folder, in the order of the search.
  package struct Folder: Hashable, Sendable {
    package let path: String
    /// Why it could not be looked into; nil if it was.
    package let failure: String?
    package let found: [Found]
    package let refused: [Refused]
  }

  package let folders: [Folder]

  /// Looks into folders.
  package init(_ paths: [String]) {
    var first: [Key: String] = [:]
    var folders: [Folder] = []
    for path in paths where !folders.contains(where: { $0.path == path }) {
      folders.append(Self.look(into: path, first: &first))
    }
    self.folders = folders
  }

  /// A search path on which there is one file and nothing else, whatever lies beside it.
  package init(only file: PluginFile) {
    let found = Found(file: file, shadowedBy: nil)
    folders = [Folder(path: file.path, failure: nil, found: [found], refused: [])]
  }

  /// All plugins that were found, those that are shadowed as well.
  package var found: [Found] { folders.flatMap(\.found) }

  /// All files that were refused.
  package var refused: [Refused] { folders.flatMap(\.refused) }

  /// The plugin that counts for a kind and a name.
  ///
  /// - Throws: ``PluginHostError`` that says where it was looked for, what is there, and why files
  ///   were refused.
  package func find(
    _ kind: PluginKind, named name: String
  ) throws(PluginHostError) -> PluginFile {
    let found = found.first {
      $0.shadowedBy == nil && $0.file.identity.kind == kind && $0.file.identity.name == name
    }
    guard let found else { throw PluginHostError(.notFound, explain(kind, name)) }
    return found.file
  }

  private struct Key: Hashable {
    var kind: PluginKind
    var name: String
  }

  private static func look(into path: String, first: inout [Key: String]) -> Folder {
    let names: [String]
    switch entries(of: path) {
    case .success(let entries): names = entries.filter { $0.hasSuffix(".so") }.sorted()
    case .failure(let failure):
      return Folder(path: path, failure: failure.message, found: [], refused: [])
    }
    var found: [Found] = []
    var refused: [Refused] = []
    for name in names {
      let place = path.hasSuffix("/") ? path + name : "\(path)/\(name)"
      do throws(PluginHostError) {
        let file = try PluginFile(path: place)
        let key = Key(kind: file.identity.kind, name: file.identity.name)
        found.append(Found(file: file, shadowedBy: first[key]))
        first[key] = first[key] ?? place
      } catch {
        refused.append(Refused(path: place, reason: error))
      }
    }
    return Folder(path: path, failure: nil, found: found, refused: refused)
  }

  private static func entries(of path: String) -> Result<[String], PluginHostError> {
    guard let folder = unsafe opendir(path) else {
      let reason = errno == ENOENT ? "missing" : systemError()
      return .failure(PluginHostError(.unreadable, reason))
    }
    defer { unsafe closedir(folder) }
    var names: [String] = []
    while let entry = unsafe readdir(folder) {
      let name = unsafe withUnsafePointer(to: entry.pointee.d_name) { name in
        unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) {
          unsafe String(cString: $0)
        }
      }
      names.append(name)
    }
    return .success(names)
  }
}

extension PluginSearchPath {
  /// Says why there is no plugin of a kind and name.
  private func explain(_ kind: PluginKind, _ name: String) -> String {
    var sentences = ["no plugin '\(name)' of kind \(kind.name)"]
    sentences.append(
      folders.isEmpty
        ? "no folder was searched: name one under 'plugins:'"
        : "looked in " + folders.map { describe($0, kind) }.joined(separator: ", "))
    let others = found.filter { $0.file.identity.name == name }
    if let other = others.first {
      sentences.append(
        "'\(other.file.path)' has that name, but is of kind \(other.file.identity.kind.name)")
    }
    let near = found.map(\.file.identity).filter { $0.kind == kind }.map(\.name)
      .filter { $0.editDistance(to: name) <= max(1, name.count / 3) }
    if !near.isEmpty {
      sentences.append(
        "did you mean \(Set(near).sorted().map { "'\($0)'" }.joined(separator: " or "))?")
    }
    for refused in refused {
      sentences.append("refused: \(refused.reason.message)")
    }
    return sentences.joined(separator: "; ")
  }

  private func describe(_ folder: Folder, _ kind: PluginKind) -> String {
    if let failure = folder.failure { return "'\(folder.path)' (\(failure))" }
    let names = folder.found.map(\.file.identity).filter { $0.kind == kind }.map(\.name)
    let list = names.isEmpty ? "none of this kind" : names.joined(separator: ", ")
    return "'\(folder.path)' (found: \(list))"
  }
}
