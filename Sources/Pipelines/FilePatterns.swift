import Glibc

/// Finds the files that a pattern names.
enum FilePatterns {
  /// What a pattern led to.
  enum Match {
    /// Absolute paths, sorted by their bytes.
    case files([String])
    /// Why there are none that can be read.
    case failure(String)
  }

  /// Expands a pattern as glob(3) does; a folder stands for the files directly in it.
  ///
  /// - Parameters:
  ///   - pattern: The pattern as written.
  ///   - folder: Where relative patterns start, absolute.
  /// - Returns: The files, at least one, or why there are none.
  static func expand(_ pattern: String, relativeTo folder: String) -> Match {
    guard !pattern.utf8.contains(0) else { return .failure("the pattern holds a zero byte") }
    guard !pattern.contains("**") else {
      return .failure("'**' is not supported; write one pattern for each depth, as */*.jsonl")
    }
    let whole = pattern.hasPrefix("/") ? pattern : "\(escape(folder))/\(pattern)"
    var files: [String] = []
    for path in matches(of: whole) {
      if isFolder(path) {
        files += matches(of: "\(escape(path))/*").filter { !isFolder($0) }
      } else {
        files.append(path)
      }
    }
    guard !files.isEmpty else {
      return .failure("no file matches in '\(pattern.hasPrefix("/") ? "/" : folder)'")
    }
    if let unreadable = files.first(where: { !isReadable($0) }) {
      return .failure("the file '\(unreadable)' cannot be read; check its permissions")
    }
    if let other = files.first(where: { kind(of: $0) != S_IFREG }) {
      return .failure("'\(other)' is no regular file but a device, a pipe or a socket; name files")
    }
    let sorted = Set(files.map(canonical)).sorted {
      $0.utf8.lexicographicallyPrecedes($1.utf8)
    }
    return .files(sorted)
  }

  /// The path as a pattern that matches it alone.
  static func escape(_ path: String) -> String {
    path.reduce(into: "") { pattern, character in
      if "\\*?[".contains(character) { pattern.append("\\") }
      pattern.append(character)
    }
  }

  /// The absolute path of a folder, or nil if there is none.
  static func folder(_ path: String, relativeTo base: String) -> String? {
    let whole = path.hasPrefix("/") ? path : "\(base)/\(path)"
    guard let resolved = resolve(whole), isFolder(resolved) else { return nil }
    return resolved
  }

  /// The absolute path of the folder that a file stands in, whether or not the file exists.
  static func folder(ofFile file: String) -> String {
    let parent = file.lastIndex(of: "/").map { String(file[..<$0]) }
    let folder = parent.map { $0.isEmpty ? "/" : $0 } ?? "."
    return resolve(folder) ?? folder
  }

  /// The path with links and dots resolved in all but its last component, which keeps its name.
  private static func canonical(_ path: String) -> String {
    guard let slash = path.lastIndex(of: "/"), slash != path.startIndex,
      let parent = resolve(String(path[..<slash]))
    else { return path }
    return parent == "/" ? "/\(path[path.index(after: slash)...])" : parent + path[slash...]
  }

  private static func resolve(_ path: String) -> String? {
    guard !path.utf8.contains(0), let resolved = unsafe realpath(path, nil) else { return nil }
    defer { unsafe free(resolved) }
    return unsafe String(cString: resolved)
  }

  /// Why a file cannot be read, or nil if it can.
  static func obstacle(toReading path: String) -> String? {
    guard unsafe access(path, R_OK) == 0 else { return unsafe String(cString: strerror(errno)) }
    return switch kind(of: path) {
    case S_IFREG: nil
    case S_IFDIR: "it is a folder"
    default: "it is no regular file but a device, a pipe or a socket"
    }
  }

  private static func isFolder(_ path: String) -> Bool { kind(of: path) == S_IFDIR }

  /// What lies at a path, links followed, as stat(2) says it; nil if there is nothing.
  private static func kind(of path: String) -> mode_t? {
    var status = stat()
    return unsafe stat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
  }

  private static func isReadable(_ path: String) -> Bool {
    unsafe access(path, R_OK) == 0
  }

  private static func matches(of pattern: String) -> [String] {
    var result = unsafe glob_t()
    defer { unsafe globfree(&result) }
    guard unsafe glob(pattern, GLOB_NOSORT, nil, &result) == 0 else { return [] }
    return (0..<Int(unsafe result.gl_pathc)).compactMap { index in
      unsafe result.gl_pathv[index].map { unsafe String(cString: $0) }
    }
  }
}
