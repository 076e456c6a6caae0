extension Report {
  /// The final tables with columns aligned for a fixed-width font.
  func terminalTable() -> String {
    guard !comparisons.isEmpty else { return aligned(runsTable()) }
    return comparisons.map { comparison in
      var blocks = [aligned(targetTable(comparison))]
      let remarks = savingRemarks(comparison)
      if !remarks.isEmpty {
        blocks.append(remarks.map { plain($0) + "\n" }.joined())
      }
      if let source = sourceTable(comparison) { blocks.append(aligned(source)) }
      return blocks.joined(separator: "\n")
    }.joined(separator: "\n")
  }

  private func aligned(_ table: DataTable) -> String {
    let titles = table.columns.map { plain($0.title) }
    let rows = table.rows.map { row in row.map { plain($0.text) } }
    let widths = titles.indices.map { column in
      ([titles[column].count] + rows.map { $0[column].count }).max() ?? 0
    }
    func line(_ cells: [String]) -> String {
      let padded = cells.indices.map { column in
        let room = String(repeating: " ", count: widths[column] - cells[column].count)
        return table.columns[column].isNumeric ? room + cells[column] : cells[column] + room
      }
      let text = padded.joined(separator: "  ")
      return String(text.reversed().drop { $0 == " " }.reversed()) + "\n"
    }
    let rule = String(repeating: "-", count: widths.reduce(0, +) + 2 * max(0, widths.count - 1))
    return plain(table.caption) + "\n" + line(titles) + rule + "\n" + rows.map(line).joined()
  }

  /// Text without anything that a terminal would obey.
  private func plain(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { scalar in
          switch scalar.properties.generalCategory {
          case .control, .format, .lineSeparator, .paragraphSeparator: "\u{FFFD}"
          default: scalar
          }
        }))
  }
}
