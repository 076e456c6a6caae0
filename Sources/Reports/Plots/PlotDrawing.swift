import Experiments

/// A plot at one size, in pixels.
struct PlotDrawing {
  private let plot: Plot
  private let width: Double
  private let height: Double
  private let id: String
  private let frame: (left: Double, right: Double, top: Double, bottom: Double)
  private let x: Scale
  private let y: Scale

  /// The height of a line of text, in pixels.
  private static let textHeight = 12.0

  /// Lays a plot out; the identifier is one that nothing else on the page has.
  init(_ plot: Plot, id: String, width: Double, height: Double) {
    let points = plot.series.flatMap(\.points)
    let yValues = plot.y.values ?? points.map(\.y)
    let xValues = plot.x.values ?? points.map(\.x)
    let tallest = Scale(plot.y.kind, over: yValues, from: 1, to: 0, margin: 0.05)
    let labels = tallest.ticks(about: 6).map { plot.y.format($0).count }.max() ?? 1
    let besideLabels = plot.series.filter { $0.labelPlace != .aboveFirst }
      .compactMap(\.label?.count)
    let frame = (
      left: 30 + 6.6 * Double(labels),
      right: width - 12 - (besideLabels.max().map { 8 + 6.8 * Double(min($0, 16)) } ?? 0),
      top: 10.0, bottom: height - 42
    )
    self.plot = plot
    self.width = width
    self.height = height
    self.id = id
    self.frame = frame
    self.x = Scale(plot.x.kind, over: xValues, from: frame.left, to: frame.right, margin: 0.04)
    self.y = Scale(plot.y.kind, over: yValues, from: frame.bottom, to: frame.top, margin: 0.05)
  }

  /// The plot as an SVG element, named by elements of the page with the given identifiers.
  func svg(class name: String, named headings: String) -> Markup {
    .tag(
      "svg",
      [
        "class": name, "viewBox": "0 0 \(pixels(width)) \(pixels(height))", "role": "img",
        "aria-labelledby": "\(headings) \(id)-d",
      ],
      .tag("desc", ["id": "\(id)-d"], .text(plot.summary)),
      .tag(
        "clipPath", ["id": "\(id)-c"],
        .tag(
          "rect",
          [
            "x": pixels(frame.left), "y": pixels(frame.top),
            "width": pixels(frame.right - frame.left), "height": pixels(frame.bottom - frame.top),
          ])),
      axes, diagonal, intervals, lines, points, labels)
  }

  private var axes: Markup {
    let across = Int((frame.right - frame.left) / 70)
    let up = Int((frame.bottom - frame.top) / 42)
    let xTicks = x.ticks(about: max(2, across)).compactMap { tick in
      x.position(tick).map { place in
        Markup.fragment([
          line("grid", place, frame.top, place, frame.bottom),
          text("tick mid", place, frame.bottom + 16, plot.x.format(tick)),
        ])
      }
    }
    let yTicks = y.ticks(about: max(2, up)).compactMap { tick in
      y.position(tick).map { place in
        Markup.fragment([
          line("grid", frame.left, place, frame.right, place),
          text("tick end", frame.left - 6, place + 4, plot.y.format(tick)),
        ])
      }
    }
    let middle = (frame.top + frame.bottom) / 2
    return [
      .fragment(xTicks), .fragment(yTicks),
      line("axis", frame.left, frame.bottom, frame.right, frame.bottom),
      line("axis", frame.left, frame.top, frame.left, frame.bottom),
      text("axis-label mid", (frame.left + frame.right) / 2, height - 6, plot.x.label),
      .tag(
        "text",
        [
          "class": "axis-label mid", "x": "0", "y": "0",
          "transform": "translate(12 \(pixels(middle))) rotate(-90)",
        ], .text(plot.y.label)),
    ]
  }

  private var diagonal: Markup {
    guard plot.hasDiagonal else { return [] }
    let ends = [
      max(x.domain.lowerBound, y.domain.lowerBound), min(x.domain.upperBound, y.domain.upperBound),
    ]
    let places = ends.map { (x.position($0), y.position($0)) }
    guard ends[0] < ends[1], let x0 = places[0].0, let y0 = places[0].1, let x1 = places[1].0,
      let y1 = places[1].1
    else { return [] }
    return line("diagonal", x0, y0, x1, y1)
  }

  /// Bars at marked points and bands along lines; what is open, or lies outside, ends at the frame.
  private var intervals: Markup {
    let shapes = plot.series.flatMap { series -> [Markup] in
      let ends = series.points.compactMap { point -> (x: Double, low: Double, high: Double)? in
        guard let interval = point.interval, let x = x.position(point.x) else { return nil }
        return (
          x, interval.low.flatMap(y.position).map(inFrame) ?? frame.bottom,
          interval.high.flatMap(y.position).map(inFrame) ?? frame.top
        )
      }
      guard series.mark == nil else {
        return ends.map { line("interval c\(series.colour)", $0.x, $0.low, $0.x, $0.high) }
      }
      guard ends.count > 1 else { return [] }
      let edge = ends.map { ($0.x, $0.high) } + ends.reversed().map { ($0.x, $0.low) }
      let steps = edge.enumerated().map { index, place in
        (index == 0 ? "M" : "L") + pixels(place.0) + " " + pixels(place.1)
      }
      return [.tag("path", ["class": "band c\(series.colour)", "d": steps.joined() + "Z"])]
    }
    return .tag("g", ["clip-path": "url(#\(id)-c)"], .fragment(shapes))
  }

  /// A height brought within the frame.
  private func inFrame(_ height: Double) -> Double { min(max(height, frame.top), frame.bottom) }

  private var lines: Markup {
    let paths = plot.series.compactMap { series -> Markup? in
      guard series.line != .none else { return nil }
      let places = series.points.compactMap(place)
      guard places.count > 1 else { return nil }
      let steps = places.enumerated().map { index, place in
        (index == 0 ? "M" : "L") + pixels(place.x) + " " + pixels(place.y)
      }
      let line: [Markup.Attribute] = [
        .init(name: "class", value: series.lineClass), .init(name: "d", value: steps.joined()),
      ]
      // Marks say more than the name of their line.
      return .element(
        "path", line, series.mark == nil ? [.tag("title", [:], .text(series.fullName))] : [])
    }
    return .tag("g", ["clip-path": "url(#\(id)-c)"], .fragment(paths))
  }

  /// The points of each series with what is said about them: its marks, or places on its line.
  ///
  /// A line of which only the name is known has one, at its middle. Marks lie over such places.
  private var points: Markup {
    let groups = plot.series.compactMap { series -> (hasMarks: Bool, markup: Markup)? in
      var places = series.points.compactMap { point in
        place(point).map { (x: $0.x, y: $0.y, title: point.title) }
      }.filter { isInside(($0.x, $0.y)) }
      if series.mark == nil, places.allSatisfy(\.title.isEmpty), !places.isEmpty {
        let middle = places[places.count / 2]
        places = [(middle.x, middle.y, series.fullName)]
      }
      guard !places.isEmpty else { return nil }
      let shapes = places.map { place in
        shape(series.mark, place.x, place.y, .tag("title", [:], .text(place.title)))
      }
      return (
        series.mark != nil,
        .tag("g", ["class": "points \(series.pointClass)"], .fragment(shapes))
      )
    }
    return .fragment((groups.filter { !$0.hasMarks } + groups.filter(\.hasMarks)).map(\.markup))
  }

  private func shape(_ mark: Mark?, _ x: Double, _ y: Double, _ title: Markup) -> Markup {
    guard let mark else {
      return .tag("circle", ["cx": pixels(x), "cy": pixels(y), "r": "4"], title)
    }
    return .tag("path", ["d": mark.path(x: x, y: y, radius: 3)], title)
  }

  private var labels: Markup {
    var right: [(text: String, colour: Int, x: Double, y: Double)] = []
    var above: [Markup] = []
    var atEnds: [(x: Double, y: Double, text: String)] = []
    for series in plot.series {
      let named = series.labelPlace == .aboveFirst ? series.points.first : series.points.last
      guard let label = series.label, let place = named.flatMap(place), isInside(place) else {
        continue
      }
      let short = label.count > 16 ? label.prefix(15) + "…" : label
      switch series.labelPlace {
      case .right: right.append((short, series.colour, place.x, place.y))
      case .lineEnd:
        let width = 6.8 * Double(short.count) + 4
        let isTaken = atEnds.contains {
          abs($0.x - place.x) < width && abs($0.y - place.y) < PlotDrawing.textHeight
        }
        if !isTaken { atEnds.append((place.x, place.y, short)) }
      case .aboveFirst:
        let half = 3.4 * Double(short.count)
        let middle = min(max(place.x, frame.left + half), frame.right - half)
        above.append(text("label mid", middle, max(place.y - 8, frame.top + 8), short))
      }
    }
    let heights = spread(
      right.map(\.y), gap: PlotDrawing.textHeight, within: frame.top...frame.bottom)
    let beside = zip(right, heights).map { label, height in
      text("label c\(label.colour)", label.x + 8, height + 4, label.text)
    }
    let ends = atEnds.map { text("label", $0.x + 5, $0.y + 4, $0.text) }
    return [.fragment(above), .fragment(beside), .fragment(ends)]
  }

  private func place(_ point: Plot.Point) -> (x: Double, y: Double)? {
    guard let x = x.position(point.x), let y = y.position(point.y) else { return nil }
    return (x, y)
  }

  private func isInside(_ place: (x: Double, y: Double)) -> Bool {
    (frame.left - 1...frame.right + 1).contains(place.x)
      && (frame.top - 1...frame.bottom + 1).contains(place.y)
  }

  private func line(
    _ name: String, _ x0: Double, _ y0: Double, _ x1: Double, _ y1: Double
  ) -> Markup {
    .tag(
      "line",
      ["class": name, "x1": pixels(x0), "y1": pixels(y0), "x2": pixels(x1), "y2": pixels(y1)])
  }

  private func text(_ name: String, _ x: Double, _ y: Double, _ text: String) -> Markup {
    .tag("text", ["class": name, "x": pixels(x), "y": pixels(y)], .text(text))
  }
}

/// Moves heights apart so that labels at them do not touch, keeping their order.
///
/// - Complexity: O(n log n).
func spread(_ heights: [Double], gap: Double, within bounds: ClosedRange<Double>) -> [Double] {
  var placed = heights
  let order = heights.indices.sorted { heights[$0] < heights[$1] }
  for (before, next) in zip(order, order.dropFirst()) {
    placed[next] = max(placed[next], placed[before] + gap)
  }
  guard let last = order.last else { return [] }
  placed[last] = min(placed[last], bounds.upperBound)
  for (next, before) in zip(order.reversed(), order.reversed().dropFirst()) {
    placed[before] = min(placed[before], placed[next] - gap)
  }
  return placed
}
