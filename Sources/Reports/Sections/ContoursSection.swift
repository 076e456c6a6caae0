import Experiments
import PluginSDK

extension Report {
  /// Lines of equal loss over size and compute, with the sizes that are best for each compute.
  func contoursSection() -> Markup {
    let figures = contourGroups().enumerated().map { index, fits in
      Figure(
        id: "contours-\(index)",
        title: "Equal loss on \(fits[0].corpus) by \(NumberText.list(fits.map(\.name)))",
        caption: "Thin: sizes and compute of one predicted loss, which stands at the end of the "
          + "line in nats a token where there is room. Broad: the best size for each compute by "
          + "that law, with its interval as a band; dashed: by the others. Marks: the points that "
          + "were fitted.",
        plots: fits.map { contourPlot($0, beside: fits) }
      ).multiples
    }
    guard !figures.isEmpty else { return [] }
    return section(
      "Size against compute", id: "contours",
      .note(
        "Compute is 6 N D with N as the pipeline counts it. Lines and paths beyond the marks "
          + "extrapolate."), .fragment(figures))
  }

  /// The fits that have contours, those of one corpus together.
  func contourGroups() -> [[FitRecord]] {
    results.fits.filter { !($0.diagnosis?.contours.isEmpty ?? true) }.grouped(by: \.corpus)
  }

  /// The contours of one fit, with the paths of all.
  func contourPlot(_ fit: FitRecord, beside fits: [FitRecord]) -> Plot {
    let contours = (fit.diagnosis?.contours ?? []).map { contour in
      Plot.Series(
        name: "equal loss", colour: 7, line: .solid, mark: nil, isHollow: false,
        points: contour.points.map {
          Plot.Point(x: 6 * $0.parameters * $0.tokens, y: $0.parameters, title: "")
        }, label: NumberText.fixed(contour.loss, 2), labelPlace: .lineEnd)
    }
    let paths = fits.filter { !$0.optima.isEmpty }.map { other in
      Plot.Series(
        name: "best size by \(other.name)", colour: style(of: other).colour,
        line: other == fit ? .broad : .dashed, mark: nil, isHollow: false,
        points: other.optima.sorted { $0.compute < $1.compute }
          .map { optimum in
            Plot.Point(
              x: optimum.compute, y: optimum.parameters,
              title: "\(other.name), best at \(NumberText.power(optimum.compute, 2)) FLOPs: "
                + "N \(NumberText.short(optimum.parameters))"
                + NumberText.ends(optimum.parametersInterval, NumberText.short),
              interval: other == fit ? optimum.parametersInterval : nil)
          })
    }
    let measured = Plot.Series(
      name: "fitted points", colour: style(of: fit).colour, line: .none, mark: .circle,
      isHollow: true,
      points: fit.points.map { point in
        Plot.Point(
          x: 6 * point.parameters * point.tokens, y: point.parameters,
          title: "N \(NumberText.short(point.parameters)), D \(NumberText.short(point.tokens)): "
            + "\(NumberText.fixed(point.measured, 3)) nats a token")
      })
    let shown = (contours + [measured]).flatMap(\.points)
    return Plot(
      title: "\(fit.name) (\(fit.plugin))",
      summary: "Contours of the loss that \(fit.name) predicts, over training compute and model "
        + "size, both logarithmic, with the best size for each compute.",
      x: Plot.Axis(
        label: "compute 6 N D (FLOPs)", kind: .logarithmic, format: { NumberText.power($0, 0) },
        values: shown.map(\.x)),
      y: Plot.Axis(
        label: "N (parameters)", kind: .logarithmic, format: NumberText.short,
        values: shown.map(\.y)),
      series: contours + paths + [measured])
  }
}
