/// Rows of text in columns, for a terminal.
struct TextTable {
  /// Where a column's cells stand.
  enum Alignment {
    case left
    case right
  }

  private let columns: [(title: String, alignment: Alignment)]
  private var rows: [[String]] = []

  /// Starts a table.
  init(_ columns: (title: String, alignment: Alignment)...) { self.columns = columns }

  /// Adds a row.
  ///
  /// - Precondition: It has a cell for each column.
  mutating func append(_ cells: String...) {
    precondition(cells.count == columns.count)
    rows.append(cells)
  }

  /// The lines of the table, titles first, each ended.
  var text: String {
    let titles = columns.map(\.title)
    let widths = columns.indices.map { column in
      ([titles] + rows).map { $0[column].count }.max() ?? 0
    }
    return ([titles] + rows).map { line($0, widths) + "\n" }.joined()
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
