import Experiments

extension Report {
  /// The fitted laws: predicted against measured, parameters, warnings.
  func fitsSection() -> Markup {
    guard !results.fits.isEmpty else { return [] }
    let plot = fitPlot()
    let figure = Figure(
      id: "fit", title: "Predicted against measured loss",
      caption: "The dotted line is where both are equal. Points are those the laws were fitted to: "
        + "their nearness shows how well a law describes, not how well it forecasts.",
      plots: [plot])
    let residuals = residualPlot()
    let residualFigure = Figure(
      id: "residuals", title: residuals.title,
      caption: "A law that fits has its points on both sides of 0 at every compute. A slope or a "
        + "bend says what it misses.", plots: [residuals])
    return section(
      "Fitted laws", id: "fits", plot.isEmpty ? [] : figure.single,
      residuals.isEmpty ? [] : residualFigure.single,
      .fragment(results.fits.map(fitMarkup)))
  }

  /// The points of all fits.
  func fitPlot() -> Plot {
    let series = results.fits.enumerated().map { index, fit in
      Plot.Series(
        name: "\(fit.name) (\(fit.plugin) on \(fit.stage))", colour: colour(of: fit.stage),
        line: .none, mark: Mark.at(index), isHollow: !index.isMultiple(of: 2),
        points: fit.points.map { point in
          Plot.Point(
            x: point.measured, y: point.predicted,
            title: "\(fit.name), N \(NumberText.short(point.parameters)), D "
              + "\(NumberText.short(point.tokens)): measured \(NumberText.fixed(point.measured, 4)), "
              + "predicted \(NumberText.fixed(point.predicted, 4)) nats a token")
        })
    }
    let values = series.flatMap(\.points).flatMap { [$0.x, $0.y] }
    return Plot(
      title: "Predicted against measured loss",
      summary: "The loss that each fitted law predicts against the one measured, in nats a token.",
      x: Plot.Axis(
        label: "measured loss (nats a token)", kind: .linear,
        format: { NumberText.trimmed($0, 3) }, values: values),
      y: Plot.Axis(
        label: "predicted loss (nats a token)", kind: .linear,
        format: { NumberText.trimmed($0, 3) }, values: values),
      series: series, hasDiagonal: true)
  }

  private func fitMarkup(_ fit: FitRecord) -> Markup {
    let heading: Markup = .tag("h3", [:], .text("\(fit.name): \(fit.plugin)"))
    if let failure = fit.failure {
      return [
        heading,
        .tag(
          "p", ["class": "warning"],
          .text("There is no fit of the \(fit.stage) runs on \(fit.corpus): \(failure)")),
        .notes(fit.warnings),
      ]
    }
    let errors = fit.points.map { abs($0.predicted - $0.measured) }
    let parameters = DataTable(
      caption: "Parameters of \(fit.name)",
      columns: [.words("parameter"), .numbers("value"), .words("how it was found")],
      rows: fit.parameters.map { parameter in
        [
          .init(parameter.name), .init(significant(parameter.value), detail: "\(parameter.value)"),
          .init(
            parameter.isFrozen
              ? "frozen: taken from another fit"
              : parameter.isAtBound ? "at its bound: not determined by the data" : "fitted"),
        ]
      })
    return [
      heading,
      .paragraph(
        "Fitted to \(fit.points.count) points of the stage \(fit.stage) on \(fit.corpus). "
          + "Objective (sum of Huber losses of log prediction minus log loss): "
          + "\(NumberText.scientific(fit.objective, 3)), after "
          + "\(NumberText.count(fit.evaluations)) evaluations."
          + (errors.max().map { " Greatest error: \(NumberText.fixed($0, 4)) nats a token." } ?? "")
      ),
      parameters.markup,
      .notes(fit.warnings.map { "Warning: \($0)" }),
      heldOutMarkup(fit),
      fit.optima.isEmpty
        ? []
        : .tag(
          "details", [:],
          .tag("summary", [:], "Compute-optimal sizes over the measured range"),
          optimaTable(fit).markup),
    ]
  }

  private func optimaTable(_ fit: FitRecord) -> DataTable {
    DataTable(
      caption: "Compute-optimal sizes by \(fit.name)",
      columns: [
        .numbers("C = 6 N D, FLOPs"), .numbers("N"), .numbers("D, tokens"),
        .numbers("loss, nats a token"),
      ],
      rows: fit.optima.map { optimum in
        [
          .init(NumberText.power(optimum.compute, 2), detail: "\(optimum.compute)"),
          .init(NumberText.short(optimum.parameters), detail: "\(optimum.parameters)"),
          .init(NumberText.short(optimum.tokens), detail: "\(optimum.tokens)"),
          .init(NumberText.fixed(optimum.loss, 4), detail: "\(optimum.loss)"),
        ]
      })
  }

  private func significant(_ value: Double) -> String {
    let size = abs(value)
    return size == 0 || (0.01..<10_000).contains(size)
      ? NumberText.fixed(value, size < 1 ? 5 : size < 100 ? 4 : 2) : NumberText.power(value, 4)
  }
}
