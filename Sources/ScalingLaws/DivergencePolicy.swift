// N  parameters of the model
// D  tokens it was trained on

/// Which rows of diverged runs a fit leaves out.
package enum DivergencePolicy: String, Hashable, Sendable, CaseIterable, Codable {
  /// None.
  case nothing
  /// Those whose loss is more than 1.5 times what the fit to all rows predicts, and more than 1.5 times
  /// that of a row with no more N and no more D and the same otherwise.
  case clearlyDiverged = "clearly-diverged"
  /// Those too whose loss is not a finite number, or lies above that of its run's first row where the
  /// fit to all rows predicts a fall.
  case diverged
}

/// Finds the rows of runs that diverged.
struct Divergence {
  /// A loss this many times another, at more compute, is no scatter: on public tables the same size
  /// and data give losses within 1.3 times of one another.
  private static let factor = 1.5
  /// The variables of which more means less loss.
  ///
  /// Compute is none of them: shared out badly, more of it buys less.
  private static let resources: Set<String> = ["N", "D"]

  let rows: [Measurement]
  /// The loss that the fit to all rows predicts for each.
  let predicted: [Double]

  /// The rows that stand far above better ones, with the reason.
  func clear() -> [Int: String] {
    var found: [Int: String] = [:]
    guard rows.allSatisfy({ $0.values["N"] != nil && $0.values["D"] != nil }) else { return found }
    for (index, row) in rows.enumerated() where row.loss > Self.factor * predicted[index] {
      guard
        let better = rows.first(where: { $0.loss * Self.factor < row.loss && hasNoMore($0, row) })
      else { continue }
      found[index] = """
        its loss \(row.loss) is more than \(Self.factor) times what the fit predicts, \
        \(predicted[index]), and that of line \(better.line) with no more N and D, \(better.loss)
        """
    }
    return found
  }

  /// The rows above the start of their run, with the reason.
  func aboveStart() -> [Int: String] {
    let resource = ["D", "C"].first { name in rows.allSatisfy { $0.values[name] != nil } }
    guard let resource else { return [:] }
    let place = { (index: Int) in rows[index].values[resource] ?? 0 }
    var found: [Int: String] = [:]
    let runs = Dictionary(grouping: rows.indices.filter { rows[$0].run != nil }) { rows[$0].run }
    for members in runs.values {
      guard let first = members.min(by: { place($0) < place($1) }) else { continue }
      for index in members
      where rows[index].loss > rows[first].loss && predicted[index] < predicted[first] {
        found[index] = """
          its loss \(rows[index].loss) is above \(rows[first].loss), where its run starts (line \
          \(rows[first].line))
          """
      }
    }
    return found
  }

  /// Whether a row has no more size and data than another, and the same of all else.
  private func hasNoMore(_ row: Measurement, _ other: Measurement) -> Bool {
    row.values.allSatisfy { name, value in
      let limit = other.values[name] ?? value
      return Self.resources.contains(name) ? value <= limit : value == limit
    }
  }
}
