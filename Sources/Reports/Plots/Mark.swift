/// The shape of a measured point; shapes differ so that no reading rests on colour alone.
enum Mark: String, CaseIterable, Sendable {
  case circle, square, triangle, diamond, cross, wedge

  /// The shape around a place, in pixels, as SVG path data.
  func path(x: Double, y: Double, radius r: Double) -> String {
    func at(_ dx: Double, _ dy: Double) -> String { pixels(x + dx) + " " + pixels(y + dy) }
    switch self {
    case .circle:
      let arc = "A\(pixels(r)) \(pixels(r)) 0 1 0 "
      return "M\(at(-r, 0))\(arc)\(at(r, 0))\(arc)\(at(-r, 0))Z"
    case .square:
      let s = r * 0.9
      return "M\(at(-s, -s))L\(at(s, -s))L\(at(s, s))L\(at(-s, s))Z"
    case .triangle: return "M\(at(0, -r * 1.2))L\(at(r * 1.1, r * 0.8))L\(at(-r * 1.1, r * 0.8))Z"
    case .wedge: return "M\(at(0, r * 1.2))L\(at(r * 1.1, -r * 0.8))L\(at(-r * 1.1, -r * 0.8))Z"
    case .diamond:
      return "M\(at(0, -r * 1.3))L\(at(r * 1.3, 0))L\(at(0, r * 1.3))L\(at(-r * 1.3, 0))Z"
    case .cross: return "M\(at(-r, -r))L\(at(r, r))M\(at(-r, r))L\(at(r, -r))"
    }
  }

  /// The shape of the series at an index, round and round.
  static func at(_ index: Int) -> Mark { allCases[index % allCases.count] }
}

/// A coordinate as SVG writes it, to a hundredth of a pixel.
func pixels(_ value: Double) -> String { NumberText.trimmed(value, 2) }
