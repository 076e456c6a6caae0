import Experiments

extension Report {
  /// The source corpus's loss while the models learn the target.
  func forgettingSection() -> Markup {
    let figures = comparisons.enumerated().compactMap { index, comparison -> Markup? in
      guard let source = comparison.source else { return nil }
      return Figure(
        id: "forgetting-\(index)",
        title: "Held-out \(source) loss during \(comparison.continuedStage)",
        caption: "Dashed: the value before the first step. A line above its dashed line shows "
          + "what was forgotten.",
        plots: [forgettingPlot(comparison, source: source)]
      ).single
    }
    guard !figures.isEmpty else { return [] }
    return section("What was forgotten", id: "forgetting", .fragment(figures))
  }

  /// The source corpus's loss over the part of a run that is done, a line for each size.
  func forgettingPlot(_ comparison: Comparison, source: String) -> Plot {
    var series: [Plot.Series] = []
    for (index, row) in comparison.rows(in: results).enumerated() {
      guard let run = row.continued else { continue }
      let total = Double(max(1, run.tokens))
      let points = run.evaluations(on: source).map { evaluation in
        Plot.Point(
          x: 100 * Double(evaluation.tokens) / total, y: evaluation.loss,
          title: "\(row.label), \(NumberText.count(evaluation.tokens)) tokens: "
            + "\(lossText(evaluation)) nats a token")
      }
      series.append(
        Plot.Series(
          name: row.label, colour: index % 8, line: .solid, mark: Mark.at(index), isHollow: false,
          dash: index / 8 % Plot.Series.dashes, points: points, label: row.label))
      guard let before = row.sourceBefore, !points.isEmpty else { continue }
      series.append(
        Plot.Series(
          name: "before", colour: index % 8, line: .dashed, mark: nil, isHollow: false,
          points: [0, 100].map {
            Plot.Point(
              x: $0, y: before.loss,
              title: "\(row.label), before: \(lossText(before)) nats a token")
          }))
    }
    return Plot(
      title: "Held-out \(source) loss during \(comparison.continuedStage)",
      summary: "Loss in nats a token against the part of the run that is done, a line for each "
        + "size, with the value before the run as a dashed line.",
      x: Plot.Axis(
        label: "part of the run's tokens (%)", kind: .linear, format: { NumberText.trimmed($0, 1) },
        values: series.isEmpty ? nil : [0, 100]),
      y: Plot.Axis(
        label: "\(source) loss (nats a token)", kind: .linear,
        format: { NumberText.trimmed($0, 3) }),
      series: series)
  }
}
