// N  parameters of the model
// D  tokens it was trained on
import Foundation

/// A row of a table that a law can be fitted to.
package struct Measurement: Hashable, Sendable, Codable {
  /// The line of the table.
  package var line: Int
  /// The value of each variable, finite, and above 0 for amounts.
  package var values: [String: Double]
  /// Nats a token, positive and finite.
  package var loss: Double
  /// The run it comes from, where a column says so.
  package var run: String?
}

/// A row of a table that a fit leaves out.
package struct LeftOutRow: Hashable, Sendable, Codable {
  package var line: Int
  package var run: String?
  /// The loss; nil if it is not a finite number.
  package var loss: Double?
  /// Why it is left out, in words that follow its line.
  package var reason: String

  package init(line: Int, run: String?, loss: Double?, reason: String) {
    self.line = line
    self.run = run
    self.loss = loss
    self.reason = reason
  }
}

/// Which part of a table is fitted.
package struct MeasurementSelection: Hashable, Sendable, Codable {
  /// For each variable, and for `loss`, the column or product that holds it; where one is missing the
  /// column of its own name is taken.
  package var columns: [String: String]
  /// The conditions that rows meet, as they were written.
  package var conditions: [String]
  /// The column that names the run of a row.
  package var run: String?

  package init(columns: [String: String] = [:], conditions: [String] = [], run: String? = nil) {
    self.columns = columns
    self.conditions = conditions
    self.run = run
  }

  /// Reads pairs such as `D=tokens_millions*1e6,loss=val`.
  ///
  /// - Throws: ``ScalingLawError`` with `invalidSelection` if a pair is none or a name comes twice.
  package static func columns(_ text: String) throws(ScalingLawError) -> [String: String] {
    var columns: [String: String] = [:]
    for pair in text.split(separator: ",", omittingEmptySubsequences: false) {
      let parts = pair.split(separator: "=", maxSplits: 1).map { String($0).trimmed }
      guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
        throw ScalingLawError(
          .invalidSelection,
          "'\(pair)' does not say which column holds what; write VARIABLE=COLUMN, as in N=parameters"
        )
      }
      guard columns.updateValue(parts[1], forKey: parts[0]) == nil else {
        throw ScalingLawError(
          .invalidSelection, "'\(parts[0])' is given two columns; leave one of them out")
      }
    }
    return columns
  }
}

/// The rows of a table that a law is fitted to, checked.
package struct Measurements: Hashable, Sendable {
  /// In the order of the table.
  package var rows: [Measurement]
  /// Rows without a finite loss, if these are left out.
  package var leftOut: [LeftOutRow]
  /// What looks wrong and may be right, each a sentence.
  package var warnings: [String]

  /// Takes the rows of a table.
  ///
  /// - Parameters:
  ///   - selection: Which rows and columns.
  ///   - variables: Those of the law.
  ///   - table: The table.
  ///   - policy: Whether rows whose loss is not a finite number are left out or errors.
  /// - Throws: ``ScalingLawError`` with `invalidTable`, with the place of the cell, or
  ///   `invalidSelection`.
  package init(
    _ selection: MeasurementSelection, variables: [String], in table: DelimitedTable,
    leavingOut policy: DivergencePolicy
  ) throws(ScalingLawError) {
    for name in selection.columns.keys.sorted() where name != "loss" && !variables.contains(name) {
      throw ScalingLawError(
        .invalidSelection,
        """
        a column is given for '\(name)', which is no variable of the law; it has \
        \(variables.joined(separator: ", ")), and 'loss' is the loss
        """)
    }
    var expressions: [(variable: String, column: ColumnExpression)] = []
    for name in variables {
      expressions.append(
        (name, try Self.expression(for: name, selection: selection, in: table)))
    }
    let loss = try Self.expression(for: "loss", selection: selection, in: table)
    var runColumn: Int?
    if let name = selection.run { runColumn = try table.column(name) }
    var filters: [RowFilter] = []
    for condition in selection.conditions { filters.append(try RowFilter(condition)) }
    rows = []
    leftOut = []
    warnings = []
    for cells in try RowFilter.rows(of: table, meeting: filters) {
      let line = cells[0].line
      let run = try Self.run(of: cells, in: runColumn, of: table)
      var values: [String: Double] = [:]
      for (variable, column) in expressions {
        let (number, cell) = try column.value(in: cells, of: table)
        let allowsZero = !Observations.amounts.contains(variable)
        guard number.isFinite, number > 0 || number == 0 && allowsZero else {
          throw ScalingLawError(
            .invalidTable,
            """
            \(variable) is \(number) here and must be a finite number \
            \(allowsZero ? "of at least 0" : "above 0"); correct it or leave such rows out with --where
            """,
            place: table.place(of: cell))
        }
        values[variable] = number
      }
      let (number, cell) = try loss.value(in: cells, of: table)
      if !number.isFinite, policy == .diverged {
        leftOut.append(
          LeftOutRow(line: line, run: run, loss: nil, reason: "its loss is \(number)"))
        continue
      }
      guard number > 0, number.isFinite else {
        throw ScalingLawError(
          .invalidTable,
          number.isFinite
            ? """
            the loss is \(number) here and must be above 0; correct it or leave such rows out with \
            --where
            """
            : """
            the loss is \(number) here, as of a run that diverged; leave such rows out with \
            --leave-out \(DivergencePolicy.diverged.rawValue) or with --where
            """,
          place: table.place(of: cell))
      }
      rows.append(Measurement(line: line, values: values, loss: number, run: run))
    }
    try requireDifferentRows(variables, in: table)
    warnings = repeatedRows(variables) + unitSentences(variables)
  }

  /// The rows as a fitter takes them.
  ///
  /// - Throws: ``ScalingLawError`` with `invalidObservations` if a variable is missing.
  package static func observations(
    of rows: [Measurement], variables: [String]
  ) throws(ScalingLawError) -> Observations {
    var columns: [String: [Double]] = [:]
    for variable in variables { columns[variable] = rows.compactMap { $0.values[variable] } }
    let runs = rows.compactMap(\.run)
    return try Observations(
      columns: columns, losses: rows.map(\.loss), runs: runs.count == rows.count ? runs : nil)
  }

  private static func expression(
    for name: String, selection: MeasurementSelection, in table: DelimitedTable
  ) throws(ScalingLawError) -> ColumnExpression {
    if let text = selection.columns[name] { return try ColumnExpression(text, in: table) }
    guard table.header.contains(name) else {
      let known = table.header.filter { !$0.isEmpty }.joined(separator: ", ")
      throw ScalingLawError(
        .invalidSelection,
        """
        the law needs '\(name)' and no column has that name; say which one holds it with --columns \
        \(name)=COLUMN. The columns are \(known)
        """,
        place: table.file)
    }
    return try ColumnExpression(name, in: table)
  }

  private static func run(
    of cells: [DelimitedTable.Cell], in column: Int?, of table: DelimitedTable
  ) throws(ScalingLawError) -> String? {
    guard let column else { return nil }
    let name = cells[column].text.trimmed
    guard !name.isEmpty else {
      throw ScalingLawError(
        .invalidTable, "'\(table.header[column])' is empty here, so the row belongs to no run",
        place: table.place(of: cells[column]))
    }
    return name
  }

  /// One run has one loss at one place.
  private func requireDifferentRows(
    _ variables: [String], in table: DelimitedTable
  ) throws(ScalingLawError) {
    struct Key: Hashable {
      var run: String
      var values: [String: Double]
    }
    var lines: [Key: Int] = [:]
    for row in rows {
      guard let run = row.run else { continue }
      guard let earlier = lines.updateValue(row.line, forKey: Key(run: run, values: row.values))
      else { continue }
      let place = variables.map { "\($0) = \(row.values[$0] ?? 0)" }.joined(separator: ", ")
      throw ScalingLawError(
        .invalidTable,
        """
        run '\(run)' stands at \(place) twice, in lines \(earlier) and \(row.line): leave one of \
        them out, or choose the column that tells such runs apart
        """,
        place: "\(table.file):\(row.line)")
    }
  }

  /// Rows that agree in all numbers are more likely one measurement written twice than two.
  private func repeatedRows(_ variables: [String]) -> [String] {
    struct Key: Hashable {
      var values: [String: Double]
      var loss: Double
    }
    var lines: [Key: Int] = [:]
    var pairs: [(Int, Int)] = []
    for row in rows {
      let key = Key(values: row.values, loss: row.loss)
      if let earlier = lines[key] {
        pairs.append((earlier, row.line))
      } else {
        lines[key] = row.line
      }
    }
    guard let first = pairs.first else { return [] }
    return [
      """
      \(pairs.count) row\(pairs.count == 1 ? "" : "s") agree in every number with an earlier one \
      (lines \(first.0) and \(first.1)\(pairs.count == 1 ? "" : " first")): if they are the same \
      measurement, it counts twice.
      """
    ]
  }

  /// A gap of a thousand within one variable, or a thousand parameters a token, smells of mixed units.
  private func unitSentences(_ variables: [String]) -> [String] {
    var sentences: [String] = []
    for variable in variables {
      let values = rows.compactMap { $0.values[variable] }.filter { $0 > 0 }.sorted()
      let gap = zip(values, values.dropFirst()).max { $0.1 / $0.0 < $1.1 / $1.0 }
      guard let (below, above) = gap, above / below >= 1e3 else { continue }
      let upper = values.count { $0 >= above }
      sentences.append(
        """
        \(variable) jumps from \(short(below)) to \(short(above)), with \(values.count - upper) rows \
        below and \(upper) above the gap: are two units mixed?
        """)
    }
    if variables.contains("N"), variables.contains("D") {
      let few = rows.filter { ($0.values["D"] ?? 1) < 1e-3 * ($0.values["N"] ?? 1) }
      if let first = few.first {
        sentences.append(
          """
          In \(few.count) of \(rows.count) rows (line \(first.line) first) there are less than 0.001 \
          tokens a parameter: D may count samples, or thousands or millions of tokens. The fit \
          stands, but 6 N D is then not its compute.
          """)
      }
    }
    return sentences
  }

  private func short(_ number: Double) -> String { String(format: "%.4g", number) }
}
