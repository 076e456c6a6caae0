import Experiments

extension Report {
  /// What continuing saved over the whole of each run, and the data that the source was worth.
  func transferSection() -> Markup {
    let figures = transferComparisons().enumerated().flatMap { index, comparison in
      [
        Figure(
          id: "saved-\(index)", title: "FLOPs saved by \(comparison.continuedStage) at equal loss",
          caption: "Marks: by interpolation of the measured curve from scratch. Dashed: by the two "
            + "fitted laws. Below 0, scratch was cheaper. \(Self.intervalCaption)",
          plots: [savedPlot(comparison)]
        ).single,
        Figure(
          id: "transferred-\(index)",
          title: "Effectively transferred data of \(comparison.continuedStage)",
          caption: "The tokens from scratch that reach the same loss, less those of the continued "
            + "run. Marks measured, dashed by the fitted laws. \(Self.intervalCaption)",
          plots: [transferredPlot(comparison)]
        ).single,
      ]
    }
    guard !figures.isEmpty else { return [] }
    return section(
      "Savings and transfer", id: "transfer",
      .note(
        "Both compare a continued run with the run of the same size from scratch at the same loss, "
          + "evaluation by evaluation. A mark is missing where the run from scratch was never at "
          + "that loss. Points inside a run are not annealed, on either side."),
      .fragment(figures))
  }

  private static let intervalCaption =
    "Bars and bands are the intervals of both; one that reaches the frame goes on beyond it."

  /// The comparisons whose savings have a curve.
  func transferComparisons() -> [Comparison] {
    comparisons.filter { comparison in
      comparison.rows(in: results).contains { !($0.saving?.curve.isEmpty ?? true) }
    }
  }

  /// The share of FLOPs saved against the compute of the continued run, a line for each size.
  func savedPlot(_ comparison: Comparison) -> Plot {
    transferPlot(
      comparison, title: "FLOPs saved at equal loss",
      y: Plot.Axis(
        label: "saved at equal loss (%)", kind: .linear, format: { NumberText.trimmed($0, 1) }),
      measured: { ($0.saved.map { 100 * $0 }, $0.savedInterval?.mapped { 100 * $0 }) },
      predicted: {
        ($0.predictedSaved.map { 100 * $0 }, $0.predictedSavedInterval?.mapped { 100 * $0 })
      },
      text: { NumberText.fixed($0, 1) + " % saved" })
  }

  /// The transferred tokens against the compute of the continued run, a line for each size.
  func transferredPlot(_ comparison: Comparison) -> Plot {
    transferPlot(
      comparison, title: "Effectively transferred data",
      y: Plot.Axis(
        label: "transferred data (tokens)", kind: .linear, format: NumberText.short),
      measured: { ($0.transferred, $0.transferredInterval) },
      predicted: { ($0.predictedTransferred, $0.predictedTransferredInterval) },
      text: { NumberText.short($0) + " tokens transferred" })
  }

  private func transferPlot(
    _ comparison: Comparison, title: String, y: Plot.Axis,
    measured: (TransferPoint) -> (value: Double?, interval: IntervalRecord?),
    predicted: (TransferPoint) -> (value: Double?, interval: IntervalRecord?),
    text: (Double) -> String
  ) -> Plot {
    var series: [Plot.Series] = []
    // Laws say the same of all seeds.
    var foretold: Set<String> = []
    for (index, row) in comparison.rows(in: results).enumerated() {
      let curve = row.saving?.curve ?? []
      series.append(
        Plot.Series(
          name: row.label, colour: index % 8, line: .solid, mark: Mark.at(index), isHollow: false,
          dash: index / 8 % Plot.Series.dashes,
          points: curve.compactMap { point in
            let (value, interval) = measured(point)
            return value.map { value in
              Plot.Point(
                x: point.exactFLOPs, y: value,
                title: "\(row.label), \(NumberText.count(point.tokens)) tokens, loss "
                  + "\(NumberText.fixed(point.loss, 3)) nats a token: \(text(value))",
                interval: interval)
            }
          }, label: row.label))
      let others = row.variant.flatMap(withoutSeed) ?? ""
      guard foretold.insert("\(row.size) \(others)").inserted else { continue }
      series.append(
        Plot.Series(
          name: "by the laws", colour: index % 8, line: .dashed, mark: nil, isHollow: false,
          points: curve.compactMap { point in
            let (value, interval) = predicted(point)
            return value.map { value in
              Plot.Point(
                x: point.exactFLOPs, y: value,
                title: "\(row.label), \(NumberText.count(point.tokens)) tokens, by the laws: "
                  + text(value), interval: interval)
            }
          }))
    }
    return Plot(
      title: title,
      summary:
        "\(title) against the FLOPs of the continued run, logarithmic, a line for each size, "
        + "measured and by the fitted laws.",
      x: Plot.Axis(
        label: "FLOPs of the continued run (log scale)", kind: .logarithmic,
        format: { NumberText.power($0, 0) }),
      y: y, series: series)
  }
}
