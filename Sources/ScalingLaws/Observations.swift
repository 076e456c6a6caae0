// N  parameters of the model
// D  tokens it was trained on
// C  training FLOPs, counted as 6 N D

/// Measured losses with the values of the variables they were measured at.
package struct Observations: Hashable, Sendable {
  /// For each variable its value at each row, finite; above 0 for amounts, and at least 0 for others.
  package let columns: [String: [Double]]
  /// The loss of each row, nats a token, positive and finite.
  package let losses: [Double]
  /// The run each row comes from, where that is known: rows of one run are not independent.
  package let runs: [String]?

  /// The variables of which there is no 0: size, tokens, different tokens, compute.
  package static let amounts: Set<String> = ["N", "D", "U", "C"]

  /// Creates observations.
  ///
  /// - Throws: ``ScalingLawError`` with `invalidObservations`, naming the column and row, if the
  ///   lengths differ, an amount or a loss is not above 0, or a number is negative or not finite.
  package init(
    columns: [String: [Double]], losses: [Double], runs: [String]? = nil
  ) throws(ScalingLawError) {
    for (name, values) in columns.sorted(by: { $0.key < $1.key }) {
      guard values.count == losses.count else {
        throw ScalingLawError(
          .invalidObservations,
          """
          column '\(name)' has \(values.count) rows and there are \(losses.count) losses; every \
          column needs one value a loss
          """)
      }
      try Self.requireUsable(values, column: name, allowsZero: !Self.amounts.contains(name))
    }
    try Self.requireUsable(losses, column: "loss", allowsZero: false)
    if let runs, runs.count != losses.count {
      throw ScalingLawError(
        .invalidObservations,
        "\(runs.count) run names stand beside \(losses.count) losses; give one a loss, or none")
    }
    self.columns = columns
    self.losses = losses
    self.runs = runs
  }

  private init(trusted columns: [String: [Double]], losses: [Double], runs: [String]?) {
    self.columns = columns
    self.losses = losses
    self.runs = runs
  }

  /// How many rows there are.
  package var count: Int { losses.count }

  /// These rows in this order; a row may come more than once, as in a bootstrap.
  ///
  /// - Precondition: Each row is in `0..<count`.
  package func selecting(_ rows: some Collection<Int>) -> Observations {
    Observations(
      trusted: columns.mapValues { values in rows.map { values[$0] } },
      losses: rows.map { losses[$0] }, runs: runs.map { runs in rows.map { runs[$0] } })
  }

  /// The rows from least to most training compute: C where there is such a column, else 6 N D; equal
  /// ones keep their order.
  ///
  /// - Throws: ``ScalingLawError`` with `invalidObservations` if there is neither C nor N and D.
  package func rowsByCompute() throws(ScalingLawError) -> [Int] {
    let compute: [Double]
    if let measured = columns["C"] {
      compute = measured
    } else {
      compute = zip(try column("N"), try column("D")).map { 6 * $0 * $1 }
    }
    return losses.indices.sorted {
      compute[$0] == compute[$1] ? $0 < $1 : compute[$0] < compute[$1]
    }
  }

  /// The values of a variable.
  ///
  /// - Throws: ``ScalingLawError`` with `invalidObservations` if there is no such column.
  package func column(_ name: String) throws(ScalingLawError) -> [Double] {
    guard let values = columns[name] else {
      let present = columns.keys.sorted().joined(separator: ", ")
      throw ScalingLawError(
        .invalidObservations,
        """
        there is no column '\(name)'; the columns are \(present.isEmpty ? "none" : present). Add it \
        or use a law without this variable
        """)
    }
    return values
  }

  private static func requireUsable(
    _ values: [Double], column: String, allowsZero: Bool
  ) throws(ScalingLawError) {
    let row = values.firstIndex { value in
      !value.isFinite || value < 0 || value == 0 && !allowsZero
    }
    guard let row else { return }
    throw ScalingLawError(
      .invalidObservations,
      """
      column '\(column)' is \(values[row]) in row \(row + 1); laws are fitted on logarithms, so it \
      must be a finite number \(allowsZero ? "of at least 0" : "above 0"). Leave the row out
      """)
  }
}
