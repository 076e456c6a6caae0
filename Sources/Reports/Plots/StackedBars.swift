/// Bars of one length, a row each, divided among the same parts.
struct StackedBars: Sendable {
  /// A row.
  struct Bar: Sendable {
    var label: String
    /// What each part has, in any unit; not negative.
    var amounts: [Double]
    /// What is said about each part.
    var titles: [String]
  }

  /// What it shows, for those who cannot see it.
  var summary: String
  var parts: [String]
  var bars: [Bar]

  private static let rowHeight = 24.0
  private static let barHeight = 16.0
  private static let longestLabel = 18

  /// The parts with their colours, in the order in which they lie.
  var legend: Markup {
    .tag(
      "ul", ["class": "legend"],
      .fragment(
        parts.enumerated().map { index, part in
          .tag(
            "li", [:],
            .tag(
              "svg",
              [
                "class": "swatch", "viewBox": "0 0 14 14", "width": "14", "height": "14",
                "aria-hidden": "true",
              ], rectangle(0, 0, 14, 14, colour: index)), .tag("span", [:], .text(part)))
        }))
  }

  /// The bars as an SVG element, named by elements of the page with the given identifiers.
  ///
  /// Its own identifier is one that nothing else on the page has.
  func svg(class name: String, id: String, named headings: String, width: Double) -> Markup {
    let height = StackedBars.rowHeight * Double(bars.count)
    let labels = bars.map { short($0.label) }
    let left = 8 + 6.6 * Double(labels.map(\.count).max() ?? 0)
    let rows = zip(bars, labels).enumerated().map { index, row in
      let top = StackedBars.rowHeight * Double(index)
      return Markup.fragment([
        .tag(
          "text", ["class": "tick end", "x": pixels(left - 8), "y": pixels(top + 16)],
          .text(row.1)),
        segments(row.0, from: left, to: width, top: top + 4),
      ])
    }
    return .tag(
      "svg",
      [
        "class": name, "viewBox": "0 0 \(pixels(width)) \(pixels(height))", "role": "img",
        "aria-labelledby": "\(headings) \(id)-d",
      ],
      .tag("desc", ["id": "\(id)-d"], .text(summary)), .fragment(rows))
  }

  private func segments(_ bar: Bar, from left: Double, to right: Double, top: Double) -> Markup {
    let total = bar.amounts.reduce(0, +)
    guard total > 0, total.isFinite else { return [] }
    var place = left
    let parts = bar.amounts.enumerated().map { index, amount in
      let width = (right - left) * amount / total
      defer { place += width }
      return rectangle(
        place, top, width, StackedBars.barHeight, colour: index,
        .tag("title", [:], .text(bar.titles[index])))
    }
    return .tag("g", ["class": "points"], .fragment(parts))
  }

  private func rectangle(
    _ x: Double, _ y: Double, _ width: Double, _ height: Double, colour: Int, _ children: Markup...
  ) -> Markup {
    .tag(
      "rect",
      [
        "class": "bar c\(colour % 8)", "x": pixels(x), "y": pixels(y), "width": pixels(width),
        "height": pixels(height),
      ], .fragment(children))
  }

  private func short(_ label: String) -> String {
    label.count > StackedBars.longestLabel
      ? label.prefix(StackedBars.longestLabel - 1) + "…" : label
  }
}
