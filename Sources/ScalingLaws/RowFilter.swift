/// A condition that a row of a table must meet to count: `train_dataset=rpj`, `epochs<=4`.
///
/// Two numbers are compared as numbers, so that `epochs=1` holds for 1.0; anything else as text.
package struct RowFilter: Hashable, Sendable, CustomStringConvertible {
  private enum Comparison: String, CaseIterable {
    // Those of two characters first, as the others begin like them.
    case atLeast = ">="
    case atMost = "<="
    case differs = "!="
    case equals = "="
    case above = ">"
    case below = "<"
  }

  private let column: String
  private let comparison: Comparison
  private let value: String

  package var description: String { column + comparison.rawValue + value }

  /// Reads a condition of the form column, comparison, value.
  ///
  /// - Throws: ``ScalingLawError`` with `invalidSelection`.
  package init(_ text: String) throws(ScalingLawError) {
    var place = text.startIndex
    while place < text.endIndex {
      let rest = text[place...]
      if let comparison = Comparison.allCases.first(where: { rest.hasPrefix($0.rawValue) }) {
        column = String(text[..<place]).trimmed
        self.comparison = comparison
        value = String(rest.dropFirst(comparison.rawValue.count)).trimmed
        try Self.check(comparison, value, in: text)
        return
      }
      place = text.index(after: place)
    }
    throw ScalingLawError(
      .invalidSelection,
      "the condition '\(text)' compares nothing; write COLUMN=VALUE, or !=, <, <=, > or >= for =")
  }

  /// The rows of a table that meet all of some conditions.
  ///
  /// - Throws: ``ScalingLawError`` with `invalidSelection` if a column is missing, or if no row is
  ///   left: the message then shows what values there are.
  package static func rows(
    of table: DelimitedTable, meeting filters: [RowFilter]
  ) throws(ScalingLawError) -> [[DelimitedTable.Cell]] {
    var rows = table.rows
    for filter in filters {
      let column = try table.column(filter.column)
      var kept: [[DelimitedTable.Cell]] = []
      for row in rows {
        if try filter.holds(for: row[column], in: table) { kept.append(row) }
      }
      guard !kept.isEmpty else {
        throw ScalingLawError(
          .invalidSelection,
          """
          no row is left with \(filter): in the \(rows.count) rows before it '\(filter.column)' is \
          \(values(in: column, of: rows))
          """,
          place: table.file)
      }
      rows = kept
    }
    return rows
  }

  private static func check(
    _ comparison: Comparison, _ value: String, in text: String
  ) throws(ScalingLawError) {
    guard comparison != .equals, comparison != .differs, Double(value) == nil else { return }
    throw ScalingLawError(
      .invalidSelection,
      "the condition '\(text)' compares with '\(value)', which is no number; text takes = and !=")
  }

  private func holds(
    for cell: DelimitedTable.Cell, in table: DelimitedTable
  ) throws(ScalingLawError) -> Bool {
    let text = cell.text.trimmed
    let numbers = Double(text).flatMap { number in Double(value).map { (number, $0) } }
    switch comparison {
    case .equals: return numbers.map { $0.0 == $0.1 } ?? (text == value)
    case .differs: return numbers.map { $0.0 != $0.1 } ?? (text != value)
    case .atLeast, .atMost, .above, .below:
      guard let (number, bound) = numbers else {
        throw ScalingLawError(
          .invalidSelection,
          "the condition \(self) compares numbers, and '\(text)' is none",
          place: table.place(of: cell))
      }
      return switch comparison {
      case .atLeast: number >= bound
      case .atMost: number <= bound
      case .above: number > bound
      default: number < bound
      }
    }
  }

  /// The values of a column, the most frequent first, as a message shows them.
  private static func values(in column: Int, of rows: [[DelimitedTable.Cell]]) -> String {
    var counts: [String: Int] = [:]
    for row in rows { counts[row[column].text.trimmed, default: 0] += 1 }
    let sorted = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    let shown = sorted.prefix(8).map { "'\($0.key)' (\($0.value))" }.joined(separator: ", ")
    return sorted.count > 8 ? "\(shown) and \(sorted.count - 8) other values" : shown
  }
}
