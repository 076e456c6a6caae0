import Glibc
package import PluginBridges
package import PluginSDK

/// Folders where plugins are looked for, and what was found there.
///
/// Only libraries that end in `.so` and function manifests are looked at, and no code runs. Of two
/// plugins of one kind and name the first counts: folders in their order, files by name.
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
    /// Every reason, as one.
    package let reason: PluginHostError
    /// Every reason.
    package let findings: [PluginHostError]
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

  /// Decodes a function manifest.
  package typealias FunctionReader = (_ path: String) throws -> ForeignFunction

  /// Looks into folders.
  ///
  /// - Parameters:
  ///   - paths: The folders.
  ///   - functions: Decodes a function manifest; nil where manifests are not looked for.
  package init(_ paths: [String], functions: FunctionReader? = nil) {
    self.init(paths, functions) { PluginInspection(path: $0) }
  }

  /// Looks into folders, and takes from a cache what it knows of libraries that did not change.
  package init(
    _ paths: [String], functions: FunctionReader? = nil, cache: inout PluginInspectionCache
  ) {
    self.init(paths, functions) { cache.inspection(of: $0) }
  }

  /// A single file in the place of folders.
  package init(file: PluginFile) {
    folders = [
      Folder(
        path: file.path, failure: nil, found: [Found(file: file, shadowedBy: nil)], refused: [])
    ]
  }

  private init(
    _ paths: [String], _ functions: FunctionReader?, inspect: (String) -> PluginInspection
  ) {
    var first: [Key: String] = [:]
    var folders: [Folder] = []
    var seen: Set<String> = []
    for path in paths where seen.insert(path).inserted {
      folders.append(Self.look(into: path, functions, first: &first, inspect: inspect))
    }
    self.folders = folders
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
    guard let found else {
      let manifest = "/" + name + ForeignFunction.fileSuffix
      if let refused = refused.first(where: { $0.path.hasSuffix(manifest) }) {
        throw refused.reason
      }
      throw PluginHostError(.notFound, explain(kind, name))
    }
    return found.file
  }

  private struct Key: Hashable {
    var kind: PluginKind
    var name: String
  }

  private static func look(
    into path: String, _ functions: FunctionReader?, first: inout [Key: String],
    inspect: (String) -> PluginInspection
  ) -> Folder {
    let names: [String]
    switch entries(of: path) {
    case .success(let entries):
      names = entries.filter {
        $0.hasSuffix(".so") || functions != nil && $0.hasSuffix(ForeignFunction.fileSuffix)
      }.sorted()
    case .failure(let failure):
      return Folder(path: path, failure: failure.message, found: [], refused: [])
    }
    var found: [Found] = []
    var refused: [Refused] = []
    for name in names {
      let place = path.hasSuffix("/") ? path + name : "\(path)/\(name)"
      do throws(PluginHostError) {
        let file: PluginFile
        if let functions, name.hasSuffix(ForeignFunction.fileSuffix) {
          file = try function(at: place, functions)
        } else {
          let inspection = inspect(place)
          if let reason = inspection.refusal {
            refused.append(
              Refused(path: place, reason: reason, findings: inspection.findings))
            continue
          }
          file = try inspection.file()
        }
        let key = Key(kind: file.identity.kind, name: file.identity.name)
        found.append(Found(file: file, shadowedBy: first[key]))
        first[key] = first[key] ?? file.path
      } catch {
        refused.append(Refused(path: place, reason: error, findings: [error]))
      }
    }
    // A library that a manifest takes a function from need not be a plugin.
    let bound = Set(found.compactMap(\.file.function).map { $0.library.name })
    refused.removeAll {
      $0.reason.code == .noRecord
        && bound.contains(String($0.path.split(separator: "/").last ?? ""))
    }
    return Folder(path: path, failure: nil, found: found, refused: refused)
  }

  private static func function(
    at place: String, _ functions: FunctionReader
  ) throws(PluginHostError) -> PluginFile {
    let inspection = FunctionInspection(manifest: place, functions)
    if let refusal = inspection.refusal { throw refusal }
    guard let function = inspection.function else {
      preconditionFailure("the manifest '\(place)' was read and gave nothing")
    }
    return PluginFile(function: function)
  }

  private static func entries(of path: String) -> Result<[String], PluginHostError> {
    guard let folder = unsafe opendir(path) else {
      let reason = errno == ENOENT ? "missing" : systemError()
      return .failure(PluginHostError(.unreadable, reason))
    }
    defer { unsafe closedir(folder) }
    if let stamp = unsafe FileStamp(descriptor: dirfd(folder)),
      let finding = WritePermissions.finding(ofFolder: path, stamp)
    {
      return .failure(finding)
    }
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
