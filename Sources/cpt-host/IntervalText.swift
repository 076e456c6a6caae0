import Foundation
import ScalingLaws

/// Numbers with their intervals, as people read them.
enum IntervalText {
  /// A number to five digits.
  static func number(_ value: Double) -> String { String(format: "%.5g", value) }

  /// The ends of an interval; `open` stands for an end that there is not.
  static func ends(_ interval: Interval?) -> String {
    guard let interval else { return "" }
    guard interval.draws > 0 else { return "no draw has a value" }
    return "\(interval.low.map(number) ?? "open") to \(interval.high.map(number) ?? "open")"
  }

  /// As ``ends(_:)`` for shares, in percent.
  static func percentEnds(_ interval: Interval?) -> String {
    guard let interval else { return "" }
    guard interval.draws > 0 else { return "no draw has a value" }
    return "\(interval.low.map(percent) ?? "open") to \(interval.high.map(percent) ?? "open")"
  }

  static func percent(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }

  /// The title of a column of intervals.
  static func title(_ level: Double) -> String { "\(number(100 * level)) % interval" }

  /// Which draws intervals are of, in a line.
  static func source(_ draws: FitDraws, undefined: Int) -> String {
    let failed = undefined == 0 ? "" : ", \(undefined) of them without a value"
    return "intervals of \(draws.draws.count) draws of \(draws.unitCount) \(draws.unit.rawValue)s"
      + "\(failed)\n"
  }
}
