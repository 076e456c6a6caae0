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
        name: "\(fit.name) (\(fit.plugin) on \(fit.stage))", colour: style(of: fit).colour,
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
    return [
      heading,
      .paragraph(
        "Fitted to \(fit.points.count) points of the stage \(fit.stage) on \(fit.corpus)"
          + pointsText(fit) + backTestText(fit) + resamplingText(fit)
          + "Objective (sum of Huber losses of log prediction minus log loss): "
          + "\(NumberText.scientific(fit.objective, 3)), after "
          + "\(NumberText.count(fit.evaluations)) evaluations."
          + (errors.max().map { " Greatest error: \(NumberText.fixed($0, 4)) nats a token." } ?? "")
      ),
      parameterTable(fit).markup,
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
          .init(
            NumberText.short(optimum.parameters)
              + NumberText.ends(optimum.parametersInterval, NumberText.short),
            detail: "\(optimum.parameters)"),
          .init(
            NumberText.short(optimum.tokens)
              + NumberText.ends(optimum.tokensInterval, NumberText.short),
            detail: "\(optimum.tokens)"),
          .init(
            NumberText.fixed(optimum.loss, 4)
              + NumberText.ends(optimum.lossInterval) { NumberText.fixed($0, 4) },
            detail: "\(optimum.loss)"),
        ]
      })
  }

  /// Which evaluations a law is fitted to, as the end of a sentence.
  private func pointsText(_ fit: FitRecord) -> String {
    switch fit.usesEndsOnly {
    case true?: ", the ends of its runs, where the learning rate has come down. "
    case false?: ", all evaluations after the start: those inside a run are not annealed. "
    case nil: ". "
    }
  }

  /// How far the law is from the points of most compute when it has not seen them.
  private func backTestText(_ fit: FitRecord) -> String {
    guard let test = fit.diagnosis?.backTest else { return "" }
    return "Back-test: fitted to the \(test.fittedPoints) points of least compute it misses the "
      + "other \(test.points) by \(NumberText.fixed(test.meanPercentError, 2)) %. "
  }

  private func resamplingText(_ fit: FitRecord) -> String {
    guard let resampling = fit.resampling else { return "" }
    return "Intervals are of \(resampling.draws) fits to runs drawn with replacement from "
      + "\(resampling.runs). "
  }

  /// The parameters of a fit, with intervals where it has any.
  func parameterTable(_ fit: FitRecord) -> DataTable {
    let hasIntervals = fit.parameters.contains { $0.interval != nil }
    let inherited = fit.resampling?.inherited ?? []
    return DataTable(
      caption: "Parameters of \(fit.name)",
      columns: [.words("parameter"), .numbers("value")]
        + (hasIntervals ? [.numbers(intervalTitle)] : []) + [.phrases("how it was found")],
      rows: fit.parameters.map { parameter in
        [
          .init(parameter.name),
          .init(NumberText.significant(parameter.value), detail: "\(parameter.value)"),
        ] + (hasIntervals ? [.init(intervalText(parameter))] : []) + [
          .init(
            !parameter.isFrozen
              ? parameter.isAtBound ? "at its bound: not determined by the data" : "fitted"
              : "frozen: taken from another fit"
                + (inherited.contains(parameter.name) ? ", draw by draw" : ""))
        ]
      })
  }

  private func intervalText(_ parameter: FitRecord.Parameter) -> String {
    guard let interval = parameter.interval else { return parameter.isFrozen ? "held" : "none" }
    return String(NumberText.ends(interval, NumberText.significant).dropFirst())
  }

  /// Every law with how it fares on points that it has not seen, and its parameters, a row each.
  func lawsTable() -> DataTable {
    let hasIntervals = intervalLevel != nil
    let rows = results.fits.flatMap { fit -> [[DataTable.Cell]] in
      let test = fit.diagnosis?.backTest.map { NumberText.fixed($0.meanPercentError, 2) + " %" }
      let law: [DataTable.Cell] = [
        .init("\(fit.name): \(fit.plugin)"), .init("\(fit.points.count)"), .init(test ?? "none"),
      ]
      guard fit.failure == nil, !fit.parameters.isEmpty else {
        return [law + ["no fit", ""] + (hasIntervals ? [""] : [])]
      }
      return fit.parameters.enumerated().map { index, parameter in
        let start: [DataTable.Cell] = index == 0 ? law : ["", "", ""]
        return start + [.init(parameter.name), .init(NumberText.significant(parameter.value))]
          + (hasIntervals ? [.init(intervalText(parameter))] : [])
      }
    }
    return DataTable(
      caption: "Fitted laws and their errors in the back-test",
      columns: [
        .words("law"), .numbers("points"), .numbers("back-test"), .words("parameter"),
        .numbers("value"),
      ] + (hasIntervals ? [.numbers(intervalTitle)] : []), rows: rows)
  }
}
