package import Experiments
package import Foundation

/// A file that goes into a pack.
package struct PackFile: Hashable, Sendable {
  /// Its name in the pack, parts separated by slashes.
  package var name: String
  /// Where it lies on disk.
  package var path: String
  /// What the study read of it, SHA-256 in hexadecimal; nil where that was not noted.
  package var sha256: String?

  package init(name: String, path: String, sha256: String? = nil) {
    self.name = name
    self.path = path
    self.sha256 = sha256
  }
}

/// Writes packs: tar archives in which equal contents give equal bytes.
package enum PackWriter {
  /// Writes a pack with everything that is stated of a study.
  ///
  /// Beside the files and texts that it is given it writes the pipeline as written and resolved,
  /// the results and the environment. The resolved pipeline names the pack's own corpora and
  /// plugins, so that it runs from the folder that the pack is extracted to. A pack that is
  /// already there is replaced when the new one is whole.
  ///
  /// - Parameters:
  ///   - results: What is stated.
  ///   - files: What is taken from disk; ``PackLayout`` names it.
  ///   - texts: What is written from memory, by name: the report.
  ///   - folders: Further paths in the resolved pipeline, with what stands for them in the pack.
  ///   - url: Where the pack goes.
  /// - Returns: The digest to publish beside the pack.
  /// - Throws: `PackError` for a study with runs missing, a bad or repeated name, a file that cannot be
  ///   read, changed since the study or changes meanwhile, a resolved pipeline that does not name the
  ///   files.
  package static func write(
    results: StudyResults, files: [PackFile], texts: [String: Data],
    folders: [String: String] = [:], to url: URL
  ) throws -> PackDigest {
    guard results.missingRuns.isEmpty else {
      throw PackError(
        .results,
        "The study is not finished: \(results.missingRuns.joined(separator: ", ")) of its pipeline "
          + "are missing. Run the whole pipeline first.")
    }
    var contents = try statedTexts(of: results, files: files, folders: folders)
    for (name, text) in texts {
      guard contents.updateValue(text, forKey: name) == nil else { throw repeated(name) }
    }
    var members: [(member: PackManifest.Member, source: Source)] = []
    for (name, text) in contents {
      var digest = RunningDigest()
      digest.update(text)
      members.append((member(name, digest), .memory(text)))
    }
    for file in files {
      let member = member(file.name, try digestOfFile(file.path))
      guard file.sha256 == nil || file.sha256 == member.sha256 else {
        throw PackError(
          .file,
          "\(file.path) is not what the study read any more, so that a replay would give other "
            + "numbers. Put the file back, or run the pipeline again.")
      }
      members.append((member, .disk(file.path)))
    }
    members.sort { MemberName.precedes($0.member.name, $1.member.name) }
    try check(members.map(\.member.name))
    let manifest = try PackManifest(members: members.map(\.member)).text()
    guard manifest.count <= PackManifest.largest else {
      throw PackError(.file, "The pack has too many members (\(members.count)).")
    }
    try writeArchive(manifest, members, to: url.path)
    return PackDigest(of: manifest)
  }

  /// Where a member's bytes come from.
  private enum Source {
    case memory(Data)
    case disk(String)
  }

  private static func statedTexts(
    of results: StudyResults, files: [PackFile], folders: [String: String]
  ) throws -> [String: Data] {
    let resolved = try PackLayout.relocatedPipeline(
      of: results, files: files, folders: folders)
    return [
      PackLayout.pipeline: Data(results.pipelineText.utf8),
      PackLayout.resolvedPipeline: Data(resolved.utf8),
      PackLayout.results: try ResultsText.encode(results),
      PackLayout.environment: try ResultsText.encode(results.environment),
    ]
  }

  private static func member(_ name: String, _ digest: RunningDigest) -> PackManifest.Member {
    PackManifest.Member(name: name, byteCount: digest.byteCount, sha256: digest.finish())
  }

  static func digestOfFile(_ path: String) throws -> RunningDigest {
    let file = try openToRead(path)
    defer { try? file.close() }
    var digest = RunningDigest()
    _ = try readPieces(of: file, path: path, upTo: .max) { digest.update($0) }
    return digest
  }

  private static func check(_ names: [String]) throws {
    for (name, next) in zip(names, names.dropFirst()) where name == next { throw repeated(name) }
    for name in names {
      if let fault = MemberName.fault(in: name) {
        throw PackError(.name, "A file in the pack cannot be called \"\(name)\": it \(fault).")
      }
    }
    let all = Set(names)
    if all.contains(PackManifest.name) { throw repeated(PackManifest.name) }
    if let name = MemberName.fileThatIsFolder(among: all) {
      throw PackError(.name, "\"\(name)\" cannot be a file and a folder in one pack.")
    }
  }

  private static func repeated(_ name: String) -> PackError {
    PackError(.name, "Two files in the pack are called \"\(name)\": give each a name of its own.")
  }

  private static func writeArchive(
    _ manifest: Data, _ members: [(member: PackManifest.Member, source: Source)], to path: String
  ) throws {
    let temporary = path + ".\(ProcessInfo.processInfo.processIdentifier).part"
    try? FileManager.default.removeItem(atPath: temporary)
    let output = try create(temporary)
    var isPlaced = false
    defer {
      try? output.close()
      if !isPlaced { try? FileManager.default.removeItem(atPath: temporary) }
    }
    try onFile(temporary) {
      try append(manifest, as: PackManifest.name, to: output)
      for (member, source) in members {
        switch source {
        case .memory(let text): try append(text, as: member.name, to: output)
        case .disk(let path): try append(path, as: member, to: output)
        }
      }
      try output.write(contentsOf: Data(count: 2 * TarHeader.blockSize))
      try output.synchronize()
    }
    try replace(path, with: temporary)
    isPlaced = true
  }

  private static func append(_ text: Data, as name: String, to output: FileHandle) throws {
    let header = TarHeader(name: name, byteCount: text.count)
    try output.write(contentsOf: Data(header.block ?? []))
    try output.write(contentsOf: text)
    try output.write(contentsOf: Data(count: header.padding))
  }

  private static func append(
    _ path: String, as member: PackManifest.Member, to output: FileHandle
  ) throws {
    let header = TarHeader(name: member.name, byteCount: member.byteCount)
    try output.write(contentsOf: Data(header.block ?? []))
    let file = try openToRead(path)
    defer { try? file.close() }
    var digest = RunningDigest()
    _ = try readPieces(of: file, path: path, upTo: member.byteCount) { piece in
      digest.update(piece)
      try output.write(contentsOf: piece)
    }
    guard digest.finish() == member.sha256 else {
      throw PackError(
        .file, "\(path) changed while the pack was written. Stop what writes to it and try again.")
    }
    try output.write(contentsOf: Data(count: header.padding))
  }
}
