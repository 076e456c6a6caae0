import Experiments
import Glibc

/// Rows of a comparison that differ in nothing but their seed.
struct SeedSpread: Sendable {
  var size: String
  /// What tells them from others of this size; nil if nothing does.
  var variant: String?
  var rows: [Comparison.Row]

  /// The size, with the variant.
  var label: String { variant.map { "\(size) \($0)" } ?? size }

  /// The mean and the spread of some numbers, one a seed.
  struct Moments: Sendable {
    var mean: Double
    /// Over one less than their number; nil of a single one.
    var deviation: Double?
    var count: Int

    /// nil of no numbers.
    init?(_ values: [Double]) {
      guard !values.isEmpty else { return nil }
      count = values.count
      mean = values.reduce(0, +) / Double(count)
      guard count > 1 else { return }
      var squares = 0.0
      for value in values { squares += (value - mean) * (value - mean) }
      deviation = (squares / Double(count - 1)).squareRoot()
    }
  }

  /// The share of FLOPs saved, measured.
  var saved: Moments? { Moments(rows.compactMap { $0.saving?.measured }) }
  /// The same by the laws.
  var predicted: Moments? { Moments(rows.compactMap { $0.saving?.predicted }) }

  /// From the least lower to the greatest upper end; nil where a row has no interval.
  ///
  /// Seeds differ only in the loss at which the same laws are compared.
  var predictedInterval: IntervalRecord? {
    let all = rows.compactMap { $0.saving?.predictedInterval }
    guard let first = all.first, all.count == rows.count else { return nil }
    return all.reduce(first) { widest, next in
      IntervalRecord(
        low: widest.low.flatMap { low in next.low.map { min(low, $0) } },
        high: widest.high.flatMap { high in next.high.map { max(high, $0) } }, level: first.level)
    }
  }

  /// The last losses on a corpus, nats a token.
  func loss(_ run: KeyPath<Comparison.Row, RunRecord?>, on corpus: String) -> Moments? {
    Moments(rows.compactMap { $0[keyPath: run]?.lastEvaluation(on: corpus)?.loss })
  }
}

extension Comparison {
  /// The rows, those of one size that differ in their seed together.
  func seedGroups(in results: StudyResults) -> [SeedSpread] {
    rows(in: results).grouped { [$0.size, $0.variant.flatMap(withoutSeed)] }.flatMap { rows in
      let seeds = Set(rows.compactMap(\.variant))
      let first = rows[0]
      let variant = first.variant.flatMap(withoutSeed)
      return seeds.count == rows.count && variant != first.variant
        ? [SeedSpread(size: first.size, variant: variant, rows: rows)]
        : rows.map { SeedSpread(size: $0.size, variant: $0.variant, rows: [$0]) }
    }
  }

  /// The groups of more than one seed.
  func seedSpreads(in results: StudyResults) -> [SeedSpread] {
    seedGroups(in: results).filter { $0.rows.count > 1 }
  }
}

extension Report {
  /// How losses and savings vary from seed to seed, a row a size; nil without several seeds.
  func seedTable(_ comparison: Comparison) -> DataTable? {
    let spreads = comparison.seedSpreads(in: results)
    guard !spreads.isEmpty else { return nil }
    func text(_ moments: SeedSpread.Moments?, _ number: (Double) -> String) -> DataTable.Cell {
      guard let moments else { return "not measured" }
      return .init(
        number(moments.mean) + (moments.deviation.map { " ± \(number($0))" } ?? "")
          + " (n = \(moments.count))", detail: "\(moments.mean)")
    }
    func loss(_ value: Double) -> String { NumberText.fixed(value, 3) }
    return DataTable(
      caption: "From seed to seed: mean ± standard deviation (number of seeds)",
      columns: [
        .words("size"), .numbers("\(comparison.scratchStage ?? "scratch"), nats a token"),
        .numbers("\(comparison.continuedStage), nats a token"),
        .numbers("FLOPs saved at equal loss"), .numbers("by the laws"),
      ],
      rows: spreads.map { spread in
        [
          .init(spread.label), text(spread.loss(\.scratch, on: comparison.target), loss),
          text(spread.loss(\.continued, on: comparison.target), loss),
          text(spread.saved) { NumberText.fixed(100 * $0, 1) + " %" },
          .init(
            spread.predicted.map { NumberText.percent($0.mean, spread.predictedInterval) }
              ?? "no fit", detail: spread.predicted.map { "\($0.mean)" }),
        ]
      })
  }

  /// What the rows of ``seedTable(_:)`` hold, in full precision.
  func seedFile() -> String {
    var file = CommaSeparated(
      ["size", "variant", "corpus", "scratch_stage", "continued_stage", "quantity"]
        + ["mean", "standard_deviation", "seeds"])
    for comparison in comparisons {
      for spread in comparison.seedSpreads(in: results) {
        let quantities = [
          ("scratch_loss", spread.loss(\.scratch, on: comparison.target)),
          ("continued_loss", spread.loss(\.continued, on: comparison.target)),
          ("saved_measured", spread.saved), ("saved_predicted", spread.predicted),
        ]
        for (name, moments) in quantities {
          guard let moments else { continue }
          file.append(
            spread.size, spread.variant ?? "", comparison.target, comparison.scratchStage ?? "",
            comparison.continuedStage, name, "\(moments.mean)",
            number(moments.deviation), "\(moments.count)")
        }
      }
    }
    return file.text
  }
}

/// The values of a variant other than its seed, as in `replay=5%`; nil if there are none.
func withoutSeed(_ variant: String) -> String? {
  let others = variant.split(separator: ",").filter { !$0.hasPrefix("seed=") }
  return others.isEmpty ? nil : others.joined(separator: ",")
}
