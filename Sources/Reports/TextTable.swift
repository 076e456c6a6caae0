/// Rows of text in columns, for a terminal.
package struct TextTable {
  /// Where a column's cells stand.
  package enum Alignment: Sendable {
    case left
    case right
  }

  private let columns: [(title: String, alignment: Alignment)]
  private var rows: [[String]] = []

  /// Starts a table.
  package init(_ columns: (title: String, alignment: Alignment)...) { self.columns = columns }

  /// Starts a table of groups of columns, one after the other.
  package init(_ groups: [(title: String, alignment: Alignment)]...) {
    columns = groups.flatMap { $0 }
  }

  /// Makes a table of rows that have a cell for each column.
  init(_ columns: [(title: String, alignment: Alignment)], rows: [[String]]) {
    self.columns = columns
    self.rows = rows
  }

  /// Adds a row.
  ///
  /// - Precondition: It has a cell for each column.
  package mutating func append(_ cells: String...) { append(cells) }

  package mutating func append(_ cells: [String]) {
    precondition(cells.count == columns.count)
    rows.append(cells)
  }

  /// The lines of the table, titles first, each ended.
  package var text: String { lines.joined() }

  /// The lines of the table with a rule below the titles, each ended.
  var ruledText: String {
    let rule = String(repeating: "-", count: max(0, widths.reduce(-2) { $0 + $1 + 2 }))
    return lines[0] + rule + "\n" + lines.dropFirst().joined()
  }

  private var titles: [String] { columns.map(\.title) }

  private var widths: [Int] {
    columns.indices.map { column in ([titles] + rows).map { $0[column].count }.max() ?? 0 }
  }

  private var lines: [String] {
    let widths = widths
    return ([titles] + rows).map { line($0, widths) + "\n" }
  }

  private func line(_ cells: [String], _ widths: [Int]) -> String {
    let padded = cells.indices.map { column in
      let room = String(repeating: " ", count: widths[column] - cells[column].count)
      return columns[column].alignment == .left ? cells[column] + room : room + cells[column]
    }
    var text = padded.joined(separator: "  ")
    while text.hasSuffix(" ") { text.removeLast() }
    return text
  }
}
