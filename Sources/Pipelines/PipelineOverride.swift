/// A value that takes the place of one in the file: `--set stages.cpt.tokens=10N`.
package struct PipelineOverride: Hashable, Sendable {
  /// Keys, and indices of lists, joined by dots.
  package var path: String
  /// The value as YAML.
  package var value: String

  package init(path: String, value: String) {
    self.path = path
    self.value = value
  }

  /// Reads `path=value`; nil if there is no path or no `=`.
  package init?(argument: String) {
    guard let equals = argument.firstIndex(of: "="), equals != argument.startIndex
    else { return nil }
    path = String(argument[..<equals])
    value = String(argument[argument.index(after: equals)...])
  }

  /// What stands in the place of a file's name in messages.
  var source: String { "--set \(path)=\(value)" }
}

extension YAMLNode {
  /// Puts the value of an override in its place; mappings that are missing on the way are made.
  mutating func apply(_ override: PipelineOverride, findings: Findings) {
    let position = SourcePosition(argument: override.source)
    guard
      let value = YAMLNode.parse(argument: override.value, at: position, findings: findings)
    else { return }
    set(override.path, to: value, at: position, findings: findings)
  }

  /// Puts a value in the place that a path leads to, or reports at `position` that it leads nowhere;
  /// mappings that are missing on the way are made.
  mutating func set(
    _ path: String, to value: YAMLNode, at position: SourcePosition, findings: Findings
  ) {
    let keys = path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard keys.allSatisfy({ !$0.isEmpty }) else {
      findings.report(
        "the path has an empty part; write keys joined by single dots, as stages.cpt.tokens",
        at: position, path: path)
      return
    }
    if let problem = set(keys[...], to: value, at: position) {
      findings.report(problem, at: position, path: path)
    }
  }

  /// Sets what a path leads to; returns what is wrong with the path, or nil.
  private mutating func set(
    _ keys: ArraySlice<String>, to value: YAMLNode, at position: SourcePosition
  ) -> String? {
    guard let key = keys.first else {
      self = value
      return nil
    }
    switch content {
    case .mapping(var entries):
      let index = entries.firstIndex { $0.key == key } ?? entries.endIndex
      if index == entries.endIndex {
        let empty = YAMLNode(.mapping([]), at: position)
        entries.append(Entry(key: key, keyPosition: position, value: empty))
      }
      let problem = entries[index].value.set(keys.dropFirst(), to: value, at: position)
      content = .mapping(entries)
      return problem
    case .sequence(var elements):
      guard let index = Int(key), elements.indices.contains(index) else {
        let last = elements.count - 1
        return elements.isEmpty
          ? "'\(key)' leads into an empty list; set the whole list"
          : "'\(key)' is not an index of the list; allowed are 0 to \(last), or set the whole list"
      }
      let problem = elements[index].set(keys.dropFirst(), to: value, at: position)
      content = .sequence(elements)
      return problem
    case .scalar(_, isQuoted: false) where text == nil:
      content = .mapping([])
      return set(keys, to: value, at: position)
    case .scalar:
      return "'\(key)' leads into \(summary), which is no mapping; set a mapping in its place"
    }
  }
}
