import Experiments

extension Report {
  /// The final tables with columns aligned for a fixed-width font.
  func terminalTable() -> String {
    let notice = unfinished().map { "This study is not finished: \(plain($0))\n\n" } ?? ""
    return notice + tables()
  }

  private func tables() -> String {
    let laws = results.fits.isEmpty ? "" : "\n" + aligned(lawsTable())
    guard !comparisons.isEmpty else { return aligned(runsTable()) + laws }
    return comparisons.map { comparison in
      var blocks = [aligned(targetTable(comparison))]
      let remarks = savingRemarks(comparison)
      if !remarks.isEmpty {
        blocks.append(remarks.map { plain($0) + "\n" }.joined())
      }
      if let seeds = seedTable(comparison) { blocks.append(aligned(seeds)) }
      if let source = sourceTable(comparison) { blocks.append(aligned(source)) }
      return blocks.joined(separator: "\n")
    }.joined(separator: "\n") + laws
  }

  private func aligned(_ table: DataTable) -> String {
    let text = TextTable(
      table.columns.map { (plain($0.title), $0.isNumeric ? .right : .left) },
      rows: table.rows.map { row in row.map { plain($0.text) } })
    return plain(table.caption) + "\n" + text.ruledText
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
