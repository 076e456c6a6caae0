import Foundation

/// How much memory this process may still take.
package struct AvailableMemory: Hashable, Sendable {
  package var byteCount: Int
  /// What sets the limit, for messages.
  package var limit: String

  package init(byteCount: Int, limit: String) {
    self.byteCount = byteCount
    self.limit = limit
  }

  /// Reads the least of what the machine and the control groups of this process leave.
  ///
  /// A group leaves its limit without what it uses, of which the system gives back the inactive part
  /// of the file cache (`memory.stat` in the kernel's "Control Group v2", and `memory.txt` of v1).
  ///
  /// - Parameter root: The folder under which `proc` and `sys` stand.
  /// - Returns: nil where the system says nothing.
  package static func current(root: String = "/") -> AvailableMemory? {
    let files = SystemFiles(root: root)
    var found: [AvailableMemory] = []
    if let kibibytes = files.number("MemAvailable:", in: "proc/meminfo") {
      found.append(AvailableMemory(byteCount: kibibytes * 1024, limit: "the machine"))
    }
    for line in files.lines("proc/self/cgroup") {
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { continue }
      if parts[1].isEmpty {
        found += files.groups(.second, path: String(parts[2]))
      } else if parts[1].split(separator: ",").contains("memory") {
        found += files.groups(.first, path: String(parts[2]))
      }
    }
    return found.min { $0.byteCount < $1.byteCount }
  }
}

/// The files in which Linux tells about memory.
private struct SystemFiles {
  /// A version of the control groups' files.
  struct Version {
    var folder: String
    var limit: String
    var usage: String
    var inactive: String

    static let first = Version(
      folder: "sys/fs/cgroup/memory", limit: "memory.limit_in_bytes",
      usage: "memory.usage_in_bytes", inactive: "total_inactive_file")
    static let second = Version(
      folder: "sys/fs/cgroup", limit: "memory.max", usage: "memory.current",
      inactive: "inactive_file")
  }

  let root: String

  func text(_ path: String) -> String? {
    try? String(contentsOf: URL(filePath: "\(root)/\(path)"), encoding: .utf8)
  }

  func lines(_ path: String) -> [Substring] {
    text(path)?.split(separator: "\n") ?? []
  }

  /// The number behind a key of a file with a key on each line.
  func number(_ key: String, in path: String) -> Int? {
    for line in lines(path) {
      let words = line.split(separator: " ")
      if words.count >= 2, words[0] == key { return Int(words[1]) }
    }
    return nil
  }

  /// What a group and those around it leave; a container may see its own group as the root.
  func groups(_ version: Version, path: String) -> [AvailableMemory] {
    var names = path.split(separator: "/").map(String.init)
    var found: [AvailableMemory] = []
    while true {
      let folder = ([version.folder] + names).joined(separator: "/")
      if let limit = wholeNumber("\(folder)/\(version.limit)"),
        let usage = wholeNumber("\(folder)/\(version.usage)")
      {
        let inactive = number(version.inactive, in: "\(folder)/memory.stat") ?? 0
        found.append(
          AvailableMemory(
            byteCount: max(0, limit - max(0, usage - inactive)),
            limit: "the control group '/\(names.joined(separator: "/"))'"))
      }
      if names.isEmpty { return found }
      names.removeLast()
    }
  }

  /// The one number of a file; nil for `max`.
  private func wholeNumber(_ path: String) -> Int? {
    text(path).flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
  }
}
