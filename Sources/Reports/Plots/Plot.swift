import Experiments

/// A two-dimensional plot: what is drawn and on which axes, without yet a size.
struct Plot: Sendable {
  /// An axis: its label with the unit, its scale, and how its ticks are written.
  struct Axis: Sendable {
    var label: String
    var kind: Scale.Kind
    var format: @Sendable (Double) -> String
    /// What the axis has to hold; where it is nil, all points that are drawn.
    var values: [Double]?
  }

  /// A measured or fitted value.
  struct Point: Sendable {
    var x: Double
    var y: Double
    /// What is said about it; empty on a line without marks of which only the name is said.
    var title: String
    /// Of y: a bar at a marked point, a band along a line without marks; nil for neither.
    var interval: IntervalRecord? = nil
  }

  /// How a series' line is drawn.
  enum Line: String, Sendable {
    /// Through measured points.
    case solid
    /// A fitted or reference value.
    case dashed
    /// The best of the measured points.
    case broad
    case none
  }

  /// Points that belong together.
  struct Series: Sendable {
    /// What the legend says; series of one name share an entry.
    var name: String
    /// Which colour of the palette.
    var colour: Int
    var line: Line
    /// Nil for a line without points.
    var mark: Mark?
    var isHollow: Bool
    /// Which pattern a solid line has, so that series differ in more than colour; 0 is unbroken.
    var dash = 0
    var points: [Point]
    /// Written beside one of the points.
    var label: String?
    /// Which point, and on which side.
    var labelPlace: LabelPlace = .right
  }

  /// Where a label stands.
  enum LabelPlace: Sendable {
    /// Right of the last point, moved up or down until labels do not touch.
    case right
    /// Right of the last point; left out where another already stands.
    case lineEnd
    /// Above the first point.
    case aboveFirst
  }

  /// What it shows, in a few words.
  var title: String
  /// What it shows, for those who cannot see it.
  var summary: String
  var x: Axis
  var y: Axis
  var series: [Series]
  /// Whether a line is drawn where both axes are equal.
  var hasDiagonal = false

  /// Nothing to draw, so that a sentence stands in its place.
  var isEmpty: Bool { series.allSatisfy { $0.points.isEmpty } }

  /// The legend: each name once, with the line and mark that it stands for.
  var legend: Markup {
    var seen: Set<String> = []
    let named = series.filter { !$0.points.isEmpty && seen.insert($0.name).inserted }
    // What was measured comes first, then what was made of it.
    let entries = named.filter { $0.mark != nil } + named.filter { $0.mark == nil }
    guard !entries.isEmpty else { return [] }
    return .tag(
      "ul", ["class": "legend"],
      .fragment(
        entries.map { series in
          .tag("li", [:], swatch(series), .tag("span", [:], .text(series.name)))
        }))
  }

  private func swatch(_ series: Series) -> Markup {
    let line: Markup =
      series.line == .none
      ? []
      : .tag("path", ["class": series.lineClass, "d": "M1 7H29"])
    let mark: Markup =
      series.mark.map {
        .tag(
          "path",
          [
            "class": series.pointClass, "d": $0.path(x: 15, y: 7, radius: 3.5),
          ])
      } ?? []
    return .tag(
      "svg",
      [
        "class": "swatch", "viewBox": "0 0 30 14", "width": "30", "height": "14",
        "aria-hidden": "true",
      ],
      line, mark)
  }
}

extension Plot.Series {
  /// How many patterns a solid line may have.
  static let dashes = 4

  /// Its name with its label, if it has one.
  var fullName: String { label.map { "\(name), \($0)" } ?? name }

  /// The classes of its points in the style sheet.
  var pointClass: String {
    mark == nil ? "bare" : "mark \(isHollow ? "hollow " : "")c\(colour)"
  }

  /// The classes of its line in the style sheet.
  var lineClass: String {
    "line \(line.rawValue) c\(colour)" + (line == .solid && dash > 0 ? " d\(dash)" : "")
  }
}
