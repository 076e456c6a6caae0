// N parameters of a model, D tokens it is trained on, theta the parameters of a law.

import Glibc
import PluginSDK

/// Points at which a law is looked at, and coefficients that make sense there.
struct LawPoints {
  /// For each variable its value at every point.
  let columns: [[Double]]
  /// One point in the middle.
  private let centre: [[Double]]

  /// Draws points, each variable from its range: those of names with a meaning are sensible ones.
  init(_ law: any ScalingLaw, count: Int, random: inout SeededGenerator) {
    self.init(law, rows: count) { range, _ in
      range.lowerBound * pow(range.ratio, Double.random(in: 0...1, using: &random))
    }
  }

  /// Makes a grid of some values of N by as many of D; other variables are drawn.
  init(_ law: any ScalingLaw, side: Int, random: inout SeededGenerator) {
    self.init(law, rows: side * side) { range, place in
      let step: Double =
        switch place.variable {
        case "N": Double(place.row / side) / Double(side - 1)
        case "D": Double(place.row % side) / Double(side - 1)
        default: Double.random(in: 0...1, using: &random)
        }
      return range.lowerBound * pow(range.ratio, step)
    }
  }

  private init(
    _ law: any ScalingLaw, rows: Int,
    value: (ClosedRange<Double>, (variable: String, row: Int)) -> Double
  ) {
    columns = law.variables.map { variable in
      (0..<rows).map { value(Self.range(of: variable), (variable, $0)) }
    }
    centre = law.variables.map { variable in
      let range = Self.range(of: variable)
      return [(range.lowerBound * range.upperBound).squareRoot()]
    }
  }

  private static func range(of variable: String) -> ClosedRange<Double> {
    switch variable {
    case "N": 1e6...1e9
    case "D": 1e8...1e11
    // Different tokens, so that about half of the points have repeated ones.
    case "U": 3e8...3e10
    case "C": 1e15...1e21
    // Shares of a mixture.
    case "r", "p": 1e-2...0.8
    default: 1...1e3
    }
  }

  /// Draws coefficients within their bounds such that every term counts.
  ///
  /// Exponents and shapes are drawn from the lower half of their bounds, where published ones lie; of
  /// bounds that span two orders, from that of their logs.
  /// A coefficient is then set so that its term is about a nat in the middle.
  func theta(of law: any ScalingLaw, random: inout SeededGenerator) throws -> [Double] {
    var theta = law.parameters.map { parameter in
      parameter.role == .coefficient
        ? max(0, parameter.bounds.lowerBound)
        : parameter.bounds.typical(at: Double.random(in: 0.15...0.4, using: &random))
    }
    let gradients = try law.predict(theta, at: centre, wantsGradients: true).gradients
    try require(
      gradients.count == theta.count,
      "for one point and \(theta.count) parameters there are \(gradients.count) derivatives")
    for (place, parameter) in law.parameters.enumerated() where parameter.role == .coefficient {
      let nats = Double.random(in: 0.5...2, using: &random)
      let unit = gradients[place]
      let value = unit > 0 && (nats / unit).isFinite ? nats / unit : nats
      theta[place] = min(max(value, parameter.bounds.lowerBound), parameter.bounds.upperBound)
    }
    return theta
  }
}

extension ClosedRange<Double> {
  /// The upper bound over the lower one.
  fileprivate var ratio: Double { upperBound / lowerBound }

  /// A number some part of the way from the end nearer 0 to the other, by logs in a wide range.
  fileprivate func typical(at part: Double) -> Double {
    if lowerBound > 0, upperBound > 100 * lowerBound, upperBound.isFinite {
      return lowerBound * pow(upperBound / lowerBound, part)
    }
    if upperBound < 0, lowerBound < 100 * upperBound, lowerBound.isFinite {
      return upperBound * pow(lowerBound / upperBound, part)
    }
    return number(at: part)
  }

  /// A number some part of the way up, where an open end is taken one beyond the other or zero.
  func number(at part: Double) -> Double {
    let low = lowerBound.isFinite ? lowerBound : Swift.min(upperBound, 0) - 1
    let high = upperBound.isFinite ? upperBound : Swift.max(low, 0) + 1
    return low + part * (high - low)
  }
}
