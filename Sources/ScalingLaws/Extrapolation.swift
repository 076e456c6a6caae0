import Foundation

/// A value outside of what a fit has seen.
package struct Extrapolation: Hashable, Sendable, Codable, CustomStringConvertible {
  package var variable: String
  package var value: Double
  package var least: Double
  package var greatest: Double

  /// How many times beyond the nearer end the value lies; above 1.
  package var factor: Double { value > greatest ? value / greatest : least / value }

  package var description: String {
    let side = value > greatest ? "above the greatest" : "below the least"
    let end = value > greatest ? greatest : least
    return """
      \(variable) = \(short(value)) is \(short(factor)) times \(side) observed, \(short(end)): an \
      extrapolation, which no interval here covers.
      """
  }

  private func short(_ number: Double) -> String { String(format: "%.3g", number) }
}

extension ObservedRange {
  /// How a value leaves the range, or nil if it lies in it.
  ///
  /// The last digit is let go, since a value that stands in the observations may have been computed.
  package func extrapolation(to value: Double) -> Extrapolation? {
    guard value > greatest * (1 + 1e-12) || value < least * (1 - 1e-12) else { return nil }
    return Extrapolation(variable: variable, value: value, least: least, greatest: greatest)
  }
}

extension LawFit {
  /// The variables in which a point lies outside of the observations.
  package func extrapolations(at point: [String: Double]) -> [Extrapolation] {
    ranges.compactMap { range in point[range.variable].flatMap(range.extrapolation) }
  }
}

extension Observations {
  /// The range of training compute 6 N D, under the name C.
  ///
  /// - Throws: ``ScalingLawError`` with `invalidObservations` if there is no column N or D.
  package func computeRange() throws(ScalingLawError) -> ObservedRange {
    let compute = zip(try column("N"), try column("D")).map { 6 * $0 * $1 }
    return ObservedRange(
      variable: "C", least: compute.min() ?? 0, greatest: compute.max() ?? 0,
      distinct: Set(compute).count)
  }
}
