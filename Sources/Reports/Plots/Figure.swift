/// One or more plots with a caption.
struct Figure {
  var id: String
  var title: String
  /// What to know when reading it.
  var caption: String
  var plots: [Plot]

  /// A figure of one plot, drawn once for wide pages and once for narrow ones.
  var single: Markup {
    guard let plot = plots.first, !plot.isEmpty else { return empty }
    return framed(
      plot.legend,
      PlotDrawing(plot, id: "\(id)-w", width: 880, height: 460)
        .svg(class: "plot wide", named: heading),
      PlotDrawing(plot, id: "\(id)-n", width: 360, height: 340)
        .svg(class: "plot narrow", named: heading), tip)
  }

  /// A figure of plots side by side under one legend.
  var multiples: Markup {
    let drawn = plots.filter { !$0.isEmpty }
    guard !drawn.isEmpty else { return empty }
    var all = drawn[0]
    all.series = drawn.flatMap(\.series)
    return framed(
      all.legend,
      .tag(
        "div", ["class": "panels"],
        .fragment(
          drawn.enumerated().map { index, plot in
            .tag(
              "div", ["class": "panel"],
              .tag("h4", ["id": "\(heading)-\(index)"], .text(plot.title)),
              PlotDrawing(plot, id: "\(id)-\(index)", width: 400, height: 260)
                .svg(class: "plot", named: "\(heading) \(heading)-\(index)"))
          })), tip)
  }

  /// A figure of bars, drawn once for wide pages and once for narrow ones.
  func bars(_ bars: StackedBars) -> Markup {
    framed(
      bars.legend, bars.svg(class: "plot wide", id: "\(id)-w", named: heading, width: 880),
      bars.svg(class: "plot narrow", id: "\(id)-n", named: heading, width: 360), tip)
  }

  /// The identifier of its heading.
  private var heading: String { "\(id)-t" }

  /// Where the script says what a point is; there before it, so that screen readers attend to it.
  private var tip: Markup { .tag("p", ["class": "tip", "role": "status"]) }

  private var empty: Markup {
    framed(
      .tag("p", ["class": "empty"], "There is nothing to plot here: the study has no such runs."))
  }

  private func framed(_ content: Markup...) -> Markup {
    .tag(
      "figure", ["id": id], .tag("h3", ["id": heading], .text(title)), .fragment(content),
      .tag("figcaption", [:], .text(caption)))
  }
}
