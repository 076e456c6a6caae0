/// What stands for a variable in a table: a column, or a product of columns and numbers such as
/// `D_millions*1e6`.
struct ColumnExpression: Hashable, Sendable {
  private let columns: [Int]
  private let factor: Double

  /// Reads an expression; a column whose name is the whole text counts before a product.
  ///
  /// - Throws: ``ScalingLawError`` with `invalidSelection` if a factor is neither a column nor a
  ///   positive number, or none is a column.
  init(_ text: String, in table: DelimitedTable) throws(ScalingLawError) {
    let text = text.trimmed
    if let whole = table.header.firstIndex(of: text) {
      columns = [whole]
      factor = 1
      return
    }
    var columns: [Int] = []
    var factor = 1.0
    for part in text.split(separator: "*", omittingEmptySubsequences: false) {
      let part = String(part).trimmed
      if !table.header.contains(part), let number = Double(part), number > 0, number.isFinite {
        factor *= number
      } else {
        columns.append(try table.column(part))
      }
    }
    guard !columns.isEmpty, factor > 0, factor.isFinite else {
      throw ScalingLawError(
        .invalidSelection,
        "'\(text)' names no column; write a column, or a column times a number: D_millions*1e6",
        place: table.file)
    }
    self.columns = columns
    self.factor = factor
  }

  /// The value in a row, possibly not finite; the cell is the first that the expression reads.
  ///
  /// - Throws: ``ScalingLawError`` with `invalidTable` if a cell is empty or no number.
  func value(
    in row: [DelimitedTable.Cell], of table: DelimitedTable
  ) throws(ScalingLawError) -> (number: Double, cell: DelimitedTable.Cell) {
    var product = factor
    for column in columns {
      let text = row[column].text.trimmed
      guard let number = Double(text) else {
        let name = table.header[column]
        throw ScalingLawError(
          .invalidTable,
          text.isEmpty
            ? "'\(name)' is empty here; leave such rows out with --where '\(name)!='"
            : "'\(name)' is '\(text)' here, which is no number",
          place: table.place(of: row[column]))
      }
      product *= number
    }
    return (product, row[columns[0]])
  }
}
