/// Replaces paths in the text of a pipeline, whichever way YAML spells them.
struct PathRelocation {
  /// A way to write a path, and what stands for it.
  private struct Spelling {
    var text: [Unicode.Scalar]
    var path: String
    var replacement: String
  }

  /// The longest first, so that a path inside another never wins.
  private let spellings: [Spelling]

  /// Takes what is to stand for each path.
  init(_ names: [String: String]) {
    spellings = names.flatMap { path, name in
      PathRelocation.spellings(of: path).map {
        Spelling(text: Array($0.unicodeScalars), path: path, replacement: name)
      }
    }.sorted {
      ($1.text.count, $0.path, $0.replacement) < ($0.text.count, $1.path, $1.replacement)
    }
  }

  /// The text with each path replaced where it stands alone, and the paths that were found.
  ///
  /// - Complexity: O(length · paths).
  func apply(to text: String) -> (text: String, found: Set<String>) {
    let scalars = Array(text.unicodeScalars)
    var output = String.UnicodeScalarView()
    var found: Set<String> = []
    var index = 0
    while index < scalars.count {
      let begins = index == 0 || PathRelocation.isBoundary(scalars[index - 1])
      if begins, let spelling = spelling(at: index, in: scalars) {
        output.append(contentsOf: spelling.replacement.unicodeScalars)
        found.insert(spelling.path)
        index += spelling.text.count
        // A folder may be written with a slash at its end.
        if index < scalars.count, scalars[index] == "/" { index += 1 }
      } else {
        output.append(scalars[index])
        index += 1
      }
    }
    return (String(output), found)
  }

  private func spelling(at index: Int, in scalars: [Unicode.Scalar]) -> Spelling? {
    spellings.first { spelling in
      let end = index + spelling.text.count
      guard !spelling.text.isEmpty, end <= scalars.count,
        scalars[index] == spelling.text[0], scalars[index..<end].elementsEqual(spelling.text)
      else { return false }
      if end == scalars.count || PathRelocation.isBoundary(scalars[end]) { return true }
      let after = end + 1
      return scalars[end] == "/"
        && (after == scalars.count || PathRelocation.isBoundary(scalars[after]))
    }
  }

  /// Whether a character of YAML can stand beside a whole path.
  private static func isBoundary(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isWhitespace || "\"',[]{}".unicodeScalars.contains(scalar)
  }

  /// A path plain, in single quotes (YAML 1.2.2 section 7.3.2) and in double quotes (7.3.1), the
  /// latter with or without escapes for what is not ASCII.
  private static func spellings(of path: String) -> Set<String> {
    let single = path.split(separator: "'", omittingEmptySubsequences: false)
      .joined(separator: "''")
    return [path, single, doubleQuoted(path, escaping: false), doubleQuoted(path, escaping: true)]
  }

  private static func doubleQuoted(_ path: String, escaping: Bool) -> String {
    func hex(_ value: UInt32, _ width: Int) -> String {
      let digits = String(value, radix: 16, uppercase: true)
      return String(repeating: "0", count: width - digits.count) + digits
    }
    return path.unicodeScalars.map { scalar in
      switch scalar.value {
      case 0x22, 0x5C: "\\" + String(scalar)
      case 0x80...0xFF where escaping: "\\x" + hex(scalar.value, 2)
      case 0x100...0xFFFF where escaping: "\\u" + hex(scalar.value, 4)
      case 0x10000... where escaping: "\\U" + hex(scalar.value, 8)
      default: String(scalar)
      }
    }.joined()
  }
}
