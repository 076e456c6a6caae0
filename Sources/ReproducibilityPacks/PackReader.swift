package import Experiments
package import Foundation

/// Checks, reads and extracts packs; never runs anything that they hold.
package enum PackReader {
  /// Checks every byte of a pack, reading it once and writing nothing.
  ///
  /// - Parameters:
  ///   - url: The pack.
  ///   - expected: The digest that was published with it; nil to check only that the pack agrees
  ///     with itself.
  /// - Returns: What was found; nothing if every byte is as it was written.
  /// - Throws: `PackError` if the file cannot be read at all.
  package static func verify(_ url: URL, expecting expected: PackDigest?) throws
    -> PackVerification
  {
    let archive = try PackArchive(path: url.path)
    var verification = PackVerification(digest: nil, manifest: nil, findings: [])
    var seen: Set<String> = []
    do {
      let (manifest, text) = try archive.manifest()
      let digest = PackDigest(of: text)
      verification.manifest = manifest
      verification.digest = digest
      if let expected, expected != digest {
        verification.findings.append(.otherDigest(expected: expected, found: digest))
      }
      verification.findings += faults(in: manifest)
      let listed = Dictionary(manifest.members.map { ($0.name, $0) }) { first, _ in first }
      var last = ""
      while let header = try archive.next() {
        let name = header.name
        var digest = RunningDigest()
        try archive.contents(of: header) { digest.update($0) }
        if let fault = MemberName.fault(in: name) {
          verification.findings.append(.badName(name, fault))
        } else if !seen.insert(name).inserted || name == PackManifest.name {
          verification.findings.append(.duplicate(name))
        } else if let member = listed[name] {
          if member.byteCount != header.byteCount || member.sha256 != digest.finish() {
            verification.findings.append(.changed(name))
          }
        } else {
          verification.findings.append(.extra(name))
        }
        if !MemberName.precedes(last, name) { verification.findings.append(.outOfOrder(name)) }
        last = name
      }
      for member in manifest.members where !seen.contains(member.name) {
        verification.findings.append(.missing(member.name))
      }
    } catch let fault as TarFault {
      // Nothing behind this place can be told apart, so members not seen are not called missing.
      verification.findings.append(.damaged(fault.reason))
    } catch let error as PackError where error.code == .damaged {
      verification.findings.append(.damaged(error.description))
    }
    return verification
  }

  /// Extracts a pack into a folder that is new or empty, after checking every byte.
  ///
  /// The folder appears when it is whole; nothing is left behind where something is wrong.
  ///
  /// - Throws: `PackError` if the pack is damaged or the folder cannot be written.
  package static func extract(_ url: URL, to folder: URL) throws {
    let verification = try verify(url, expecting: nil)
    guard verification.isSound else {
      throw PackError(
        .damaged,
        "\(url.path) is damaged and was not extracted: "
          + verification.findings.map(\.description).joined(separator: " "))
    }
    let place = folder.standardizedFileURL.path
    if let there = try? FileManager.default.contentsOfDirectory(atPath: place), !there.isEmpty {
      throw PackError(.file, "\(place) is not empty. Name a folder that is new or empty.")
    }
    let temporary = place + ".\(ProcessInfo.processInfo.processIdentifier).part"
    try? FileManager.default.removeItem(atPath: temporary)
    var isPlaced = false
    defer { if !isPlaced { try? FileManager.default.removeItem(atPath: temporary) } }
    try onFile(temporary) {
      try FileManager.default.createDirectory(
        atPath: temporary, withIntermediateDirectories: true)
      try extractMembers(of: url.path, to: temporary)
    }
    try replace(place, with: temporary)
    isPlaced = true
  }

  /// Checks that a folder holds what a pack holds, as after ``extract(_:to:)``.
  ///
  /// - Throws: `PackError` if another pack was extracted there, or a file of it was changed.
  package static func checkExtracted(_ url: URL, in folder: URL) throws {
    let (manifest, text) = try manifest(of: url)
    let place = folder.standardizedFileURL.path
    guard FileManager.default.contents(atPath: place + "/" + PackManifest.name) == text else {
      throw PackError(.file, "\(place) does not hold \(url.path). Name another folder.")
    }
    for member in manifest.members {
      guard MemberName.fault(in: member.name) == nil,
        try PackWriter.digestOfFile(place + "/" + member.name).finish() == member.sha256
      else {
        throw PackError(
          .file, "\(place)/\(member.name) was changed. Remove \(place), or name another folder.")
      }
    }
  }

  private static func manifest(of url: URL) throws -> (PackManifest, Data) {
    do {
      return try PackArchive(path: url.path).manifest()
    } catch let fault as TarFault {
      throw PackError(.damaged, "\(url.path) is damaged: \(fault.reason).")
    }
  }

  /// The results that a pack states.
  ///
  /// - Throws: `PackError` if the pack has none that can be read, or they are not those listed.
  package static func results(of url: URL) throws -> StudyResults {
    let archive = try PackArchive(path: url.path)
    do {
      let (manifest, _) = try archive.manifest()
      let listed = manifest.members.first { $0.name == PackLayout.results }
      while let header = try archive.next() {
        var text = Data()
        var digest = RunningDigest()
        let isWanted = header.name == PackLayout.results
        if isWanted {
          try archive.contents(of: header) { piece in
            text += piece
            digest.update(piece)
          }
          guard digest.finish() == listed?.sha256 else {
            throw PackError(.damaged, "\(PackLayout.results) in \(url.path) was changed.")
          }
          return try ResultsText.decode(text)
        }
        try archive.skip(header)
      }
    } catch let fault as TarFault {
      throw PackError(.damaged, "\(url.path) is damaged: \(fault.reason).")
    }
    throw PackError(.damaged, "\(url.path) has no \(PackLayout.results).")
  }

  private static func faults(in manifest: PackManifest) -> [PackFinding] {
    var seen: Set<String> = []
    var findings: [PackFinding] = []
    for member in manifest.members {
      if let fault = MemberName.fault(in: member.name) {
        findings.append(.badName(member.name, fault))
      }
      if !seen.insert(member.name).inserted { findings.append(.duplicate(member.name)) }
    }
    if let name = MemberName.fileThatIsFolder(among: seen) {
      findings.append(.badName(name, "is at once a file and a folder"))
    }
    return findings
  }

  /// Writes the members out, checking them again: the file may have changed since it was verified.
  private static func extractMembers(of path: String, to folder: String) throws {
    let archive = try PackArchive(path: path)
    do {
      let (manifest, text) = try archive.manifest()
      let listed = Dictionary(manifest.members.map { ($0.name, $0) }) { first, _ in first }
      let copy = try create(folder + "/" + PackManifest.name)
      try copy.write(contentsOf: text)
      try copy.close()
      while let header = try archive.next() {
        guard MemberName.fault(in: header.name) == nil, let member = listed[header.name] else {
          throw PackError(.damaged, "\(path) changed while it was extracted.")
        }
        let place = folder + "/" + header.name
        try FileManager.default.createDirectory(
          atPath: (place as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        let output = try create(place)
        defer { try? output.close() }
        var digest = RunningDigest()
        try archive.contents(of: header) { piece in
          digest.update(piece)
          try output.write(contentsOf: piece)
        }
        guard digest.finish() == member.sha256 else {
          throw PackError(.damaged, "\(path) changed while it was extracted.")
        }
      }
    } catch let fault as TarFault {
      throw PackError(.damaged, "\(path) is damaged: \(fault.reason).")
    }
  }
}
