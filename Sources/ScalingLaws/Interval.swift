import Glibc

/// A number with where it lies at some level of confidence.
package struct Interval: Hashable, Sendable, Codable {
  /// The value at the fit itself; nil if it is infinite.
  package var estimate: Double?
  /// The lower end; nil if there is none, so that the interval is open below.
  package var low: Double?
  /// The upper end; nil if there is none, so that the interval is open above.
  package var high: Double?
  /// The share of intervals of this kind that are to hold the truth, in 0..<1.
  package var level: Double
  /// The standard deviation of the draws; nil where a draw had no finite value.
  package var standardDeviation: Double?
  /// How many draws gave a value.
  package var draws: Int
  /// How many draws gave none, failed ones included: the interval is of the others only.
  package var undefined: Int

  /// Takes the percentile interval of some draws.
  ///
  /// Ends lie between the draws next to them in proportion. Infinite draws count: where they reach an
  /// end, the interval is open there.
  ///
  /// - Parameters:
  ///   - estimate: The value at the fit.
  ///   - values: A value for each draw, nil or not a number where the draw has none.
  ///   - level: The share between the ends.
  init(estimate: Double, values: [Double?], level: Double) {
    let sorted = values.compactMap { $0 }.filter { !$0.isNaN }.sorted()
    self.estimate = estimate.isFinite ? estimate : nil
    self.level = level
    draws = sorted.count
    undefined = values.count - sorted.count
    low = Self.quantile(sorted, 0.5 * (1 - level))
    high = Self.quantile(sorted, 0.5 * (1 + level))
    standardDeviation = Self.deviation(sorted)
  }

  /// Carries the interval of a loss through to a number that falls as the loss rises.
  ///
  /// The log of the loss has a normal error. Of a number that only falls, the quantiles are those of
  /// the loss carried through, so no draws are needed and there are none.
  ///
  /// - Parameters:
  ///   - level: The share between the ends, in 0..<1.
  ///   - relativeError: The standard error of the log of the loss.
  ///   - value: The number where the loss is so many times the measured one; nil where there is none,
  ///     so that the interval is open there.
  package init(level: Double, relativeError: Double, _ value: (_ factor: Double) -> Double?) {
    let width = normalQuantile(0.5 * (1 + level)) * relativeError
    estimate = value(1)
    low = value(exp(width))
    high = value(exp(-width))
    self.level = level
    draws = 0
    undefined = 0
  }

  /// A quantile of sorted numbers; nil if it is infinite or there are none.
  private static func quantile(_ sorted: [Double], _ share: Double) -> Double? {
    guard !sorted.isEmpty else { return nil }
    let place = share * Double(sorted.count - 1)
    let below = sorted[Int(place.rounded(.down))]
    let above = sorted[Int(place.rounded(.up))]
    guard below.isFinite, above.isFinite else { return nil }
    return below + (place - place.rounded(.down)) * (above - below)
  }

  private static func deviation(_ values: [Double]) -> Double? {
    guard values.count > 1, values.allSatisfy(\.isFinite) else { return nil }
    let mean = values.reduce(0, +) / Double(values.count)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (squares / Double(values.count - 1)).squareRoot()
  }
}

/// A level of confidence, checked.
///
/// - Throws: ``ScalingLawError`` with `invalidArgument` if it is not between 0 and 1.
func requireLevel(_ level: Double) throws(ScalingLawError) {
  guard level > 0, level < 1 else {
    throw ScalingLawError(
      .invalidArgument,
      "a level of confidence lies between 0 and 1, for instance 0.95; \(level) does not")
  }
}

/// The point below which a standard normal number lies with some probability in 0..<1.
func normalQuantile(_ probability: Double) -> Double {
  var (low, high) = (-40.0, 40.0)
  // Halving 80 until two neighbours of double precision are left.
  for _ in 0..<70 {
    let middle = 0.5 * (low + high)
    if 0.5 * erfc(-middle / 2.0.squareRoot()) < probability { low = middle } else { high = middle }
  }
  return 0.5 * (low + high)
}
