/// A place in a pipeline file.
package struct SourcePosition: Hashable, Sendable {
  /// The file as it was named, or `--set path=value` for a value from the command line.
  package var file: String
  /// Counted from 1; 0 if the value does not come from a file.
  package var line: Int
  /// Counted from 1, in Unicode scalars; 0 if the value does not come from a file.
  package var column: Int

  package init(file: String, line: Int, column: Int) {
    self.file = file
    self.line = line
    self.column = column
  }

  /// The place of a value from the command line.
  package init(argument: String) {
    self.init(file: argument, line: 0, column: 0)
  }
}

/// A YAML value that knows where it stands; aliases and merge keys are already resolved.
package struct YAMLNode: Hashable, Sendable {
  package enum Content: Hashable, Sendable {
    /// Text as written; whether it is a number or a word is for its reader to say.
    case scalar(String, isQuoted: Bool)
    case sequence([YAMLNode])
    /// In the order of the file; keys are distinct.
    case mapping([Entry])
  }

  package struct Entry: Hashable, Sendable {
    package var key: String
    package var keyPosition: SourcePosition
    package var value: YAMLNode

    package init(key: String, keyPosition: SourcePosition, value: YAMLNode) {
      self.key = key
      self.keyPosition = keyPosition
      self.value = value
    }
  }

  package var content: Content
  package var position: SourcePosition

  package init(_ content: Content, at position: SourcePosition) {
    self.content = content
    self.position = position
  }

  /// The text of a scalar that says something; nil for lists, mappings and nothing.
  package var text: String? {
    guard case .scalar(let text, let isQuoted) = content, isQuoted || !Self.nulls.contains(text)
    else { return nil }
    return text
  }

  /// The text of a scalar that stands without quotes; nil for anything else and for nothing.
  package var plainText: String? {
    guard case .scalar(_, isQuoted: false) = content else { return nil }
    return text
  }

  /// What this is, for a message: `'abc'`, `a list`, `nothing`.
  package var summary: String {
    switch content {
    case .scalar(let text, let isQuoted):
      if isQuoted {
        "the quoted text \"\(shortened(text))\""
      } else if Self.nulls.contains(text) {
        "nothing"
      } else {
        "'\(shortened(text))'"
      }
    case .sequence: "a list"
    case .mapping: "a mapping"
    }
  }

  /// How YAML writes that there is no value.
  private static let nulls: Set<String> = ["", "~", "null", "Null", "NULL"]

  private func shortened(_ text: String) -> String {
    let line = text.prefix { !$0.isNewline }.prefix(60)
    return line.count < text.count ? "\(line)…" : text
  }
}
