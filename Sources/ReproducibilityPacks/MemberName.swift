/// The rules that the name of a pack's member keeps, so that extracting it writes nowhere else.
enum MemberName {
  /// The greatest length, in bytes, that every tar program reads.
  static let longest = 255

  /// What is wrong with a name, or nil.
  static func fault(in name: String) -> String? {
    if name.isEmpty { return "is empty" }
    if name.utf8.count > longest { return "is longer than \(longest) bytes" }
    if name.hasPrefix("/") { return "is absolute" }
    if name.contains("\\") { return "holds a backslash" }
    if name.unicodeScalars.contains(where: { $0.value < 32 || (127..<160).contains($0.value) }) {
      return "holds a control character"
    }
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    if parts.contains("") { return "has an empty part" }
    if parts.contains("..") || parts.contains(".") { return "holds a part . or .." }
    if TarHeader.split(name) == nil { return "has a part too long for a tar archive" }
    return nil
  }

  /// The first name that is at once a file and a folder that other names lie in.
  static func fileThatIsFolder(among names: Set<String>) -> String? {
    for name in names.sorted() {
      var folder = name[...]
      while let slash = folder.lastIndex(of: "/") {
        folder = folder[..<slash]
        if names.contains(String(folder)) { return String(folder) }
      }
    }
    return nil
  }

  /// Names in the order of their bytes, which no language setting changes.
  static func precedes(_ first: String, _ second: String) -> Bool {
    first.utf8.lexicographicallyPrecedes(second.utf8)
  }
}
