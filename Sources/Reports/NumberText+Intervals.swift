import Experiments
import Glibc

extension NumberText {
  /// An interval behind its number: ` [41, 55]`, with `open` where it has no end; nothing without one.
  static func ends(_ interval: IntervalRecord?, _ text: (Double) -> String) -> String {
    guard let interval else { return "" }
    return " [\(interval.low.map(text) ?? "open"), \(interval.high.map(text) ?? "open")]"
  }

  /// A share with its interval, in hundredths: `48 % [41, 55]`.
  static func percent(_ fraction: Double, _ interval: IntervalRecord?) -> String {
    percent(fraction) + ends(interval) { fixed($0 * 100, percentDigits(fraction)) }
  }

  /// A parameter of a law, to about five digits.
  static func significant(_ value: Double) -> String {
    let size = abs(value)
    return size == 0 || (0.01..<10_000).contains(size)
      ? fixed(value, size < 1 ? 5 : size < 100 ? 4 : 2) : power(value, 4)
  }
}

extension Report {
  /// The title of a column of intervals: `95 % interval`.
  var intervalTitle: String {
    "\(intervalLevel.map(NumberText.percent) ?? "no") interval"
  }

  /// The level of the study's intervals; nil if it has none.
  var intervalLevel: Double? {
    let ofSavings = results.savings.lazy.flatMap { [$0.measuredInterval, $0.predictedInterval] }
    let ofFits = results.fits.lazy.flatMap(\.parameters).map(\.interval)
    return ofSavings.compactMap { $0 }.first?.level ?? ofFits.compactMap { $0 }.first?.level
  }
}
