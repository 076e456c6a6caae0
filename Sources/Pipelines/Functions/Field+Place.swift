extension Field {
  /// Reports something inside a text, so many scalars from its start.
  func report(_ message: String, offset: Int) {
    findings.report(message, at: place(offset), path: path)
  }

  /// Where a scalar of the text stands in the file, over however many lines YAML has folded it.
  ///
  /// YAML changes nothing of a text without escapes but its whitespace, so the others are counted.
  private func place(_ offset: Int) -> SourcePosition {
    guard case .scalar(let text, _) = node.content else { return node.position }
    let scalars = Array(text.unicodeScalars)
    let end = (scalars.lastIndex { !$0.properties.isWhitespace } ?? -1) + 1
    var ahead = scalars.prefix(min(offset, end)).count { !$0.properties.isWhitespace }
    // The end stands behind the last of them.
    if offset >= end { ahead -= 1 }
    let lines = findings.lines
    var position = node.position
    guard lines.indices.contains(position.line - 1) else { return node.position }
    let start = lines[position.line - 1].dropFirst(position.column - 1).first
    if start == ">" || start == "|" {
      (position.line, position.column) = (position.line + 1, 1)
    } else if start == "\"" || start == "'" {
      position.column += 1
    }
    while position.line <= lines.count {
      let line = lines[position.line - 1]
      for scalar in line.dropFirst(position.column - 1) {
        if !scalar.properties.isWhitespace {
          if ahead == 0 {
            if offset >= end { position.column += 1 }
            return position
          }
          ahead -= 1
        }
        position.column += 1
      }
      (position.line, position.column) = (position.line + 1, 1)
    }
    return node.position
  }
}
