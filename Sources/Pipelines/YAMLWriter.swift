/// A value to be written as YAML.
indirect enum YAMLTree {
  /// A number, a truth value or another word that is written as it is.
  case plain(String)
  /// Any text, put in quotes where it needs them.
  case text(String)
  case list([YAMLTree])
  /// In the order in which it is written.
  case mapping([(key: String, value: YAMLTree)])

  /// The YAML text, in block form; lists of numbers and words stand on one line if they fit.
  var document: String {
    guard case .mapping(let entries) = self else { return "\(inline)\n" }
    return Self.block(entries, indentation: 0)
  }

  /// The value on one line.
  private var inline: String {
    switch self {
    case .plain(let word): word
    case .text(let text): Self.quoted(text)
    case .list(let elements): "[\(elements.map(\.inline).joined(separator: ", "))]"
    case .mapping(let entries):
      "{\(entries.map { "\(Self.quoted($0.key)): \($0.value.inline)" }.joined(separator: ", "))}"
    }
  }

  /// The paths under which trees differ, as deep as all of them have the same keys, with the value
  /// that each tree has there.
  static func differences(
    of trees: [YAMLTree], at path: String = ""
  ) -> [(path: String, values: [YAMLTree])] {
    guard let first = trees.first, trees.contains(where: { $0.document != first.document }) else {
      return []
    }
    let mappings = trees.compactMap { tree -> [(key: String, value: YAMLTree)]? in
      if case .mapping(let entries) = tree { entries } else { nil }
    }
    guard mappings.count == trees.count, let keys = mappings.first?.map({ $0.key }),
      mappings.allSatisfy({ entries in entries.map { $0.key } == keys }),
      keys.allSatisfy({ !$0.contains(".") })
    else { return [(path, trees)] }
    return keys.indices.flatMap { place in
      differences(of: mappings.map { $0[place].value }, at: path.appending(key: keys[place]))
    }
  }

  private static func block(
    _ entries: [(key: String, value: YAMLTree)], indentation: Int
  ) -> String {
    let margin = String(repeating: " ", count: indentation)
    var text = ""
    for (key, value) in entries {
      text += "\(margin)\(isWord(key) ? key : quoted(key)):"
      switch value {
      case .mapping(let inner) where !inner.isEmpty:
        text += "\n\(block(inner, indentation: indentation + 2))"
      case .list(let elements) where margin.count + key.count + value.inline.count > 96:
        text += "\n"
        for element in elements { text += "\(margin)  - \(element.inline)\n" }
      default:
        text += " \(value.inline)\n"
      }
    }
    return text
  }

  /// A text as a plain word if YAML and our reader take it for nothing else, or in double quotes.
  private static func quoted(_ text: String) -> String {
    let reserved: Set<String> = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"]
    if isWord(text), !reserved.contains(text.lowercased()) { return text }
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\t": quoted += "\\t"
      case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value),
        "\u{2028}", "\u{2029}", "\u{FEFF}":
        let digits = String(scalar.value, radix: 16, uppercase: true)
        quoted += "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)"
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }

  private static func isWord(_ text: String) -> Bool {
    let isLetter = { (scalar: Unicode.Scalar) in scalar.isASCII && scalar.properties.isAlphabetic }
    return text.unicodeScalars.allSatisfy {
      isLetter($0) || "0123456789_-".unicodeScalars.contains($0)
    } && (text.unicodeScalars.first.map(isLetter) ?? false)
  }
}
