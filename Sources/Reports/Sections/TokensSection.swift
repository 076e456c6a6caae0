import Experiments

extension Report {
  /// Loss against tokens, a panel for each size.
  func tokensSection() -> Markup {
    let figures = comparisons.enumerated().map { index, comparison in
      let names = [comparison.scratchStage, comparison.continuedStage].compactMap { $0 }
      return Figure(
        id: "tokens-\(index)",
        title: "Held-out \(comparison.target) loss: \(names.joined(separator: " and "))",
        caption: "A panel for each size, all with the same vertical axis. A line that leaves the "
          + "panel at the top starts at the loss of an untrained model.",
        plots: tokenPlots(comparison)
      ).multiples
    }
    guard !figures.isEmpty else { return [] }
    return section("Loss against tokens", id: "tokens", .fragment(figures))
  }

  /// The panels of one comparison.
  func tokenPlots(_ comparison: Comparison) -> [Plot] {
    let rows = comparison.rows(in: results)
    let runs = rows.flatMap { [$0.scratch, $0.continued].compactMap { $0 } }
    let shown = runs.flatMap { run in
      run.evaluations(on: comparison.target)
        .filter { $0.step > 0 || run.continuedFrom != nil }.map(\.loss)
    }
    // Above the first steps of training from scratch there is only the untrained model.
    let usual = runs.flatMap { $0.evaluations(on: comparison.target).filter { $0.step > 0 } }
      .map(\.loss)
    let top = usual.max().map { $0 * 1.05 } ?? .infinity
    let values = shown.map { min($0, top) }
    return rows.map { row in
      Plot(
        title: row.label,
        summary: "\(comparison.target) loss in nats a token against training tokens at size "
          + "\(row.label).",
        x: Plot.Axis(
          label: "training tokens", kind: .linear, format: NumberText.short),
        y: Plot.Axis(
          label: "loss (nats a token)", kind: .logarithmic,
          format: { NumberText.trimmed($0, 3) }, values: values),
        series: [row.scratch, row.continued].compactMap { run in
          run.map { series($0, on: comparison.target) }
        })
    }
  }

  private func series(_ run: RunRecord, on corpus: String) -> Plot.Series {
    let style = style(of: run)
    return Plot.Series(
      name: style.name, colour: style.colour, line: .solid, mark: style.mark,
      isHollow: run.continuedFrom != nil, dash: style.dash,
      points: run.evaluations(on: corpus).map { evaluation in
        Plot.Point(
          x: Double(evaluation.tokens), y: evaluation.loss,
          title: "\(run.stage), \(NumberText.count(evaluation.tokens)) tokens: "
            + "\(lossText(evaluation)) nats a token")
      })
  }
}
