import Yams

extension YAMLNode {
  /// The deepest nesting that is read; a pipeline needs five levels.
  fileprivate static let depthLimit = 64
  /// The most values that are read, aliases counted at each use.
  fileprivate static let valueLimit = 100_000
  /// The longest key or text that is read, in bytes of UTF-8; messages quote them whole.
  fileprivate static let textLimit = 4096

  /// Reads YAML text; reports every mistake that is one of YAML and not of the pipeline.
  ///
  /// - Returns: The document; nil if it is not YAML, which is then reported.
  static func parse(
    _ text: String, file: String, findings: Findings
  ) -> YAMLNode? {
    parse(text, from: .file(file), findings: findings)
  }

  /// Reads a value given on the command line as YAML; all of it stands at `position`.
  static func parse(
    argument text: String, at position: SourcePosition, findings: Findings
  ) -> YAMLNode? {
    parse(text, from: .argument(position), findings: findings)
  }

  private static func parse(
    _ text: String, from origin: Origin, findings: Findings
  ) -> YAMLNode? {
    do {
      let (root, renamedKeys) = try compose(
        text.hasPrefix("\u{FEFF}") ? String(text.dropFirst()) : text)
      guard let root else { return YAMLNode(.scalar("", isQuoted: false), at: origin.position()) }
      var conversion = Conversion(findings: findings, renamedKeys: renamedKeys, origin: origin)
      let node = conversion.convert(root, path: "", depth: 0)
      if conversion.valueCount > valueLimit {
        findings.report(
          "the file holds more than \(valueLimit) values; remove aliases that repeat large parts",
          at: origin.position(), path: "")
        return nil
      }
      return conversion.holdsLongText ? nil : node
    } catch {
      let (message, line, column) = explain(error, in: text)
      findings.report(message, at: origin.position(line: line, column: column), path: "")
      return nil
    }
  }

  /// Composes text whose mappings may repeat keys.
  ///
  /// Yams stops at the first repeated key, and nothing else would be told. So the first character
  /// of a repeated key is replaced by a private one, which moves nothing, until all keys differ;
  /// the conversion puts it back and reports each repetition at its place.
  ///
  /// - Returns: The root, and for each replaced key the character that stood there.
  private static func compose(_ text: String) throws -> (Node?, [Character: Unicode.Scalar]) {
    var lines: [[Unicode.Scalar]]?
    var replaced: [Character: Unicode.Scalar] = [:]
    var current = text
    while true {
      do {
        return (try Yams.compose(yaml: current, .basic, .default, .utf8), replaced)
      } catch YamlError.duplicatedKeysInMapping(let duplicates, let context) {
        var scalars = lines ?? Self.lines(of: current)
        let row = context.mark.line - 1
        var column = context.mark.column - 1
        guard replaced.count < 256, scalars.indices.contains(row) else {
          throw YamlError.duplicatedKeysInMapping(duplicates: duplicates, context: context)
        }
        if scalars[row].indices.contains(column),
          "\"'".unicodeScalars.contains(scalars[row][column])
        {
          column += 1
        }
        guard scalars[row].indices.contains(column),
          scalars[row][column].properties.isAlphabetic
            || scalars[row][column].isASCII
              && "_-0123456789<".unicodeScalars.contains(scalars[row][column]),
          let marker = Unicode.Scalar(0xF0000 + UInt32(replaced.count))
        else {
          throw YamlError.duplicatedKeysInMapping(duplicates: duplicates, context: context)
        }
        replaced[Character(marker)] = scalars[row][column]
        scalars[row][column] = marker
        lines = scalars
        current = String(String.UnicodeScalarView(scalars.joined()))
      }
    }
  }

  /// The text's lines with their ends, cut where YAML cuts them.
  private static func lines(of text: String) -> [[Unicode.Scalar]] {
    var lines: [[Unicode.Scalar]] = [[]]
    let scalars = Array(text.unicodeScalars)
    for (index, scalar) in scalars.enumerated() {
      lines[lines.count - 1].append(scalar)
      let endsLine =
        switch scalar {
        case "\n", "\u{85}", "\u{2028}", "\u{2029}": true
        case "\r": index + 1 == scalars.count || scalars[index + 1] != "\n"
        default: false
        }
      if endsLine { lines.append([]) }
    }
    return lines
  }

  /// Says in one line what is wrong with text that is not YAML, and where.
  private static func explain(_ error: any Error, in text: String) -> (
    message: String, line: Int, column: Int
  ) {
    switch error {
    case YamlError.scanner(let context, let problem, let mark, _),
      YamlError.parser(let context, let problem, let mark, _):
      let start = context.map { "\($0.text) that starts at line \($0.mark.line): " } ?? ""
      return ("this is not YAML: \(start)\(problem)", mark.line, mark.column)
    case YamlError.composer(let context, let problem, let mark, _):
      let expected = context.map { "\($0.text) " } ?? ""
      return ("this is not one YAML document: \(expected)\(problem)", mark.line, mark.column)
    case YamlError.reader(let problem, let offset, let value, _):
      let before = text.prefix(offset ?? 0).unicodeScalars
      let line = before.reduce(1) { $1 == "\n" ? $0 + 1 : $0 }
      let column = before.reversed().prefix { $0 != "\n" }.count + 1
      let character = value >= 0 ? " (U+\(String(value, radix: 16, uppercase: true)))" : ""
      return (
        "this is not YAML text: \(problem)\(character); remove the character", line, column
      )
    case YamlError.duplicatedKeysInMapping(let duplicates, let context):
      let keys = duplicates.map { "'\($0)'" }.joined(separator: ", ")
      return (
        "the key \(keys) stands more than once in one mapping; keep one", context.mark.line,
        context.mark.column
      )
    default:
      return ("this is not YAML: \(error)", 1, 1)
    }
  }
}

/// Where text comes from.
private enum Origin {
  case file(String)
  /// The command line: all of it stands at one place.
  case argument(SourcePosition)

  func position(line: Int = 1, column: Int = 1) -> SourcePosition {
    switch self {
    case .file(let file): SourcePosition(file: file, line: line, column: column)
    case .argument(let position): position
    }
  }

  func position(of node: Node) -> SourcePosition {
    position(line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
  }
}

/// Turns what Yams composed into the positioned tree.
private struct Conversion {
  let findings: Findings
  let renamedKeys: [Character: Unicode.Scalar]
  let origin: Origin
  var valueCount = 0
  /// Whether a text was too long to be read, which is reported.
  var holdsLongText = false

  mutating func convert(_ node: Node, path: String, depth: Int) -> YAMLNode {
    let position = origin.position(of: node)
    valueCount += 1
    let nothing = YAMLNode(.scalar("", isQuoted: false), at: position)
    guard valueCount <= YAMLNode.valueLimit else { return nothing }
    guard depth <= YAMLNode.depthLimit else {
      findings.report(
        "values are nested more than \(YAMLNode.depthLimit) deep", at: position, path: path)
      return nothing
    }
    refuseTag(of: node, at: position, path: path)
    switch node {
    case .scalar(let scalar):
      refuseLong(scalar, at: position, path: path)
      let isQuoted = scalar.style != .plain && scalar.style != .any
      return YAMLNode(.scalar(original(scalar.string), isQuoted: isQuoted), at: position)
    case .sequence(let sequence):
      var elements: [YAMLNode] = []
      for (index, element) in sequence.enumerated() {
        elements.append(convert(element, path: path.appending(key: "\(index)"), depth: depth + 1))
      }
      return YAMLNode(.sequence(elements), at: position)
    case .mapping(let mapping):
      return YAMLNode(.mapping(entries(of: mapping, path: path, depth: depth)), at: position)
    case .alias:
      preconditionFailure("Yams composes the value of an alias")
    }
  }

  private mutating func entries(
    of mapping: Node.Mapping, path: String, depth: Int
  ) -> [YAMLNode.Entry] {
    var entries: [YAMLNode.Entry] = []
    var places: [String: SourcePosition] = [:]
    var merged: [YAMLNode.Entry] = []
    for (key, value) in mapping {
      let position = origin.position(of: key)
      guard case .scalar(let scalar) = key else {
        findings.report("a key must be a word, found a list or mapping", at: position, path: path)
        continue
      }
      refuseLong(scalar, at: position, path: path)
      let name = original(scalar.string)
      let entryPath = path.appending(key: name)
      let node = convert(value, path: entryPath, depth: depth + 1)
      if let first = places[name] {
        let place = first.line > 0 ? " at line \(first.line), column \(first.column)" : ""
        findings.report(
          "the key '\(name)' stands here a second time, the first is\(place); keep one",
          at: position, path: entryPath)
        continue
      }
      places[name] = position
      if name == "<<", scalar.style == .plain {
        merged += mergedEntries(node, path: entryPath)
      } else {
        entries.append(YAMLNode.Entry(key: name, keyPosition: position, value: node))
      }
    }
    for entry in merged where !entries.contains(where: { $0.key == entry.key }) {
      entries.append(entry)
    }
    return entries
  }

  /// The entries that a merge key brings; of mappings in a list the earlier wins.
  private func mergedEntries(_ node: YAMLNode, path: String) -> [YAMLNode.Entry] {
    switch node.content {
    case .mapping(let entries): return entries
    case .sequence(let nodes): return nodes.flatMap { mergedEntries($0, path: path) }
    case .scalar:
      findings.report(
        "found \(node.summary), expected a mapping or an alias of one to merge",
        at: node.position, path: path)
      return []
    }
  }

  /// Reports a key or text that is too long to be quoted.
  private mutating func refuseLong(
    _ scalar: Node.Scalar, at position: SourcePosition, path: String
  ) {
    let count = scalar.string.utf8.count
    guard count > YAMLNode.textLimit else { return }
    holdsLongText = true
    findings.report(
      "found a text of \(count) bytes, expected at most \(YAMLNode.textLimit)", at: position,
      path: path)
  }

  private func refuseTag(of node: Node, at position: SourcePosition, path: String) {
    let tag: Tag =
      switch node {
      case .scalar(let scalar): scalar.tag
      case .sequence(let sequence): sequence.tag
      case .mapping(let mapping): mapping.tag
      case .alias(let alias): alias.tag
      }
    let known = ["str", "int", "float", "bool", "null", "seq", "map"]
      .map { "tag:yaml.org,2002:\($0)" }
    if !tag.rawValue.isEmpty, tag.rawValue != "!", !known.contains(tag.rawValue) {
      findings.report(
        "the tag '\(tag.rawValue)' means nothing in a pipeline; remove it", at: position, path: path
      )
    }
  }

  /// The scalar as the file has it, without the character that made a repeated key distinct.
  private func original(_ text: String) -> String {
    guard let first = text.first, let scalar = renamedKeys[first] else { return text }
    return String(Character(scalar)) + text.dropFirst()
  }
}
