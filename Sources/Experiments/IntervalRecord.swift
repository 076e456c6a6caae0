import ScalingLaws

/// Between which values a number of a study lies.
package struct IntervalRecord: Codable, Sendable, Hashable {
  /// The level of all intervals of a study.
  static let studyLevel = 0.95
  /// The share of draws that may be without a value: more than that would move the ends.
  private static let greatestUndefinedShare = 0.1

  /// Nil if the interval is open below.
  package var low: Double?
  /// Nil if the interval is open above.
  package var high: Double?
  /// The share of intervals of this kind that are to hold the truth, in 0..<1.
  package var level: Double

  package init(low: Double?, high: Double?, level: Double) {
    self.low = low
    self.high = high
    self.level = level
  }

  /// Takes over an interval; nil if too many draws have no value, or it is open on both sides.
  init?(_ interval: Interval) {
    let count = interval.draws + interval.undefined
    guard Double(interval.undefined) <= Self.greatestUndefinedShare * Double(count),
      interval.low != nil || interval.high != nil
    else { return nil }
    self.init(low: interval.low, high: interval.high, level: interval.level)
  }

  /// The interval of a number that rises with this one.
  package func mapped(_ number: (Double) -> Double) -> IntervalRecord {
    IntervalRecord(low: low.map(number), high: high.map(number), level: level)
  }

  /// Whether some value lies in both.
  package func overlaps(_ other: IntervalRecord) -> Bool {
    (low ?? -.infinity) <= (other.high ?? .infinity)
      && (other.low ?? -.infinity) <= (high ?? .infinity)
  }
}
