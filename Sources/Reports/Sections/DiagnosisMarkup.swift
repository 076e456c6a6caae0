import Experiments

extension Report {
  /// Residuals of all fits against the compute of their points.
  func residualPlot() -> Plot {
    let series = results.fits.enumerated().map { index, fit in
      Plot.Series(
        name: "\(fit.name) (\(fit.plugin) on \(fit.stage))", colour: style(of: fit).colour,
        line: .none, mark: Mark.at(index), isHollow: !index.isMultiple(of: 2),
        points: fit.points.map { point in
          let residual = 100 * (point.predicted / point.measured - 1)
          return Plot.Point(
            x: 6 * point.parameters * point.tokens, y: residual,
            title: "\(fit.name), N \(NumberText.short(point.parameters)), D "
              + "\(NumberText.short(point.tokens)): \(NumberText.signed(residual, 2)) %")
        })
    }
    return Plot(
      title: "Residuals of the fitted laws",
      summary: "Predicted over measured loss less one, in percent, against training compute.",
      x: Plot.Axis(
        label: "compute 6 N D (FLOPs, log scale)", kind: .logarithmic,
        format: { NumberText.power($0, 0) }),
      y: Plot.Axis(
        label: "predicted over measured, less one (%)", kind: .linear,
        format: { NumberText.trimmed($0, 2) }),
      series: series)
  }

  /// What a fit said of points it had not seen.
  func heldOutMarkup(_ fit: FitRecord) -> Markup {
    guard let diagnosis = fit.diagnosis else { return [] }
    let tests = [diagnosis.backTest].compactMap { $0 } + diagnosis.leftOutSizes
    let table = DataTable(
      caption: "What \(fit.name) says of points it was not fitted to",
      columns: [
        .words("left out"), .numbers("points fitted"), .numbers("points predicted"),
        .numbers("mean error"), .numbers("mean of predicted − measured, nats a token"),
      ],
      rows: tests.map { test in
        [
          .init(
            test.parameters.map { "the size of \(NumberText.short($0)) parameters" }
              ?? "the most compute"),
          .init(NumberText.count(test.fittedPoints)), .init(NumberText.count(test.points)),
          .init(
            NumberText.fixed(test.meanPercentError, 2) + " %", detail: "\(test.meanPercentError)"),
          .init(NumberText.signed(test.bias, 4), detail: "\(test.bias)"),
        ]
      })
    return [tests.isEmpty ? [] : table.markup, .notes(diagnosis.remarks)]
  }
}
