import CPluginABI
import Foundation
import Glibc

/// What inspections found, kept between runs so that a long search path is listed at once.
///
/// An entry holds as long as the file's device, inode, size and times of writing and changing are the
/// same. Nothing that is loaded is taken from here: loading always inspects anew. A cache that is
/// damaged, was written by another build of the host, or cannot be written is as good as none.
package struct PluginInspectionCache {
  /// One file.
  private struct Entry: Codable {
    var stamp: FileStamp
    /// Without what depends on the folder and on who asks.
    var inspection: PluginInspection
    /// The SHA-256 of the file; nil until somebody asked.
    var digest: String?
  }

  private struct Content: Codable {
    /// The build of the host that wrote it: others may find other things in a file.
    var host: FileStamp
    var entries: [String: Entry]
  }

  private let path: String
  private let host: FileStamp?
  private var entries: [String: Entry] = [:]
  private var used: Set<String> = []
  private var isChanged = false

  /// How many files are remembered that were not asked about this time.
  private static let mostUnused = 4096

  /// Reads a cache, or begins one.
  package init(path: String) {
    self.path = path
    host = FileStamp(path: "/proc/self/exe")
    guard let host, let stamp = FileStamp(path: path), stamp.isRegularFile,
      stamp.owner == geteuid(), WritePermissions.findings(ofFile: path, stamp).isEmpty,
      let data = try? Data(contentsOf: URL(filePath: path)),
      let content = try? JSONDecoder().decode(Content.self, from: data), content.host == host
    else { return }
    entries = content.entries
  }

  /// Where a user's cache lies: in `XDG_CACHE_HOME`, or else in `~/.cache`; nil if there is neither.
  package static func path(environment: [String: String]) -> String? {
    let given = environment["XDG_CACHE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
    let home = environment["HOME"].flatMap { $0.hasPrefix("/") ? "\($0)/.cache" : nil }
    return (given ?? home).map { "\($0)/cpt-host/plugins.json" }
  }

  /// What is found in a file, remembered or by looking.
  package mutating func inspection(of path: String) -> PluginInspection {
    if let stamp = FileStamp(path: path), let entry = known(path, stamp) {
      var inspection = entry.inspection
      inspection.findings += WritePermissions.findings(ofFile: path, stamp)
      return inspection
    }
    do throws(PluginHostError) {
      let file = try RandomAccessFile(path: path)
      let inspection = PluginInspection(file, path: path)
      // A file that was written just now may be written again without getting another stamp.
      let isSettled = file.stamp.changed < FileStamp.now
      if isSettled, file.isUnchanged {
        entries[path] = Entry(stamp: file.stamp, inspection: inspection)
        used.insert(path)
        isChanged = true
      }
      var whole = inspection
      whole.findings += WritePermissions.findings(ofFile: path, file.stamp)
      return whole
    } catch {
      return PluginInspection(unreadable: path, error)
    }
  }

  /// The SHA-256 of a file, remembered or by reading all of it.
  ///
  /// - Throws: ``PluginHostError`` if it cannot be read.
  package mutating func digest(of path: String) throws(PluginHostError) -> String {
    if let stamp = FileStamp(path: path), let digest = known(path, stamp)?.digest { return digest }
    let file = try RandomAccessFile(path: path)
    let digest = try file.digest()
    if known(path, file.stamp) != nil, file.isUnchanged {
      entries[path]?.digest = digest
      isChanged = true
    }
    return digest
  }

  /// Writes what is new; where that is impossible, nothing is remembered.
  package mutating func save() {
    guard isChanged, let host else { return }
    isChanged = false
    if entries.count - used.count > Self.mostUnused {
      entries = entries.filter { used.contains($0.key) }
    }
    let folder = URL(filePath: path).deletingLastPathComponent()
    let temporary = "\(path).\(getpid())"
    guard let data = try? JSONEncoder().encode(Content(host: host, entries: entries)),
      (try? FileManager.default.createDirectory(
        at: folder, withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o700])) != nil,
      (try? data.write(to: URL(filePath: temporary))) != nil
    else { return }
    if unsafe chmod(temporary, 0o600) != 0 || rename(temporary, path) != 0 {
      unsafe unlink(temporary)
    }
  }

  private mutating func known(_ path: String, _ stamp: FileStamp) -> Entry? {
    guard let entry = entries[path], entry.stamp == stamp else { return nil }
    used.insert(path)
    return entry
  }
}
