/// A number as a pipeline writes one, before its unit is judged: `60k`, `2e-3`, `5%`.
struct NumberText {
  /// The digits without the decimal point.
  private let digits: String
  private let isNegative: Bool
  /// The power of ten that the digits are multiplied by.
  private let exponent: Int
  /// What follows the number: empty, `k`, `MB`, `%`, `N`.
  let unit: String

  init?(_ text: String) {
    var rest = text[...]
    isNegative = rest.first == "-"
    if let sign = rest.first, "+-".contains(sign) { rest.removeFirst() }
    guard let whole = Self.takeDigits(&rest) else { return nil }
    var fraction = ""
    if rest.first == "." {
      rest.removeFirst()
      guard let taken = Self.takeDigits(&rest), !taken.isEmpty else { return nil }
      fraction = taken
    }
    guard !(whole + fraction).isEmpty else { return nil }
    var power = 0
    if let marker = rest.first, "eE".contains(marker) {
      var tail = rest.dropFirst()
      let isBelowOne = tail.first == "-"
      if let sign = tail.first, "+-".contains(sign) { tail.removeFirst() }
      guard let taken = Self.takeDigits(&tail), let value = Int(taken), value < 10_000
      else { return nil }
      power = isBelowOne ? -value : value
      rest = tail
    }
    guard rest.allSatisfy({ $0 == "%" || $0.isASCII && $0.isLetter }) else { return nil }
    digits = whole + fraction
    exponent = power - fraction.count
    unit = String(rest)
  }

  /// The number times `multiplier`, or nil if that is not whole or does not fit.
  func integer(times multiplier: Int) -> Int? {
    let significant = digits.drop { $0 == "0" }
    if significant.isEmpty { return 0 }
    let trailingZeros = significant.reversed().prefix { $0 == "0" }.count
    guard let mantissa = Int((isNegative ? "-" : "") + significant.dropLast(trailingZeros))
    else { return nil }
    var (value, overflows) = mantissa.multipliedReportingOverflow(by: multiplier)
    var power = exponent + trailingZeros
    while !overflows, power > 0 {
      (value, overflows) = value.multipliedReportingOverflow(by: 10)
      power -= 1
    }
    while !overflows, power < 0, value % 10 == 0 {
      value /= 10
      power += 1
    }
    return overflows || power != 0 ? nil : value
  }

  /// The count that it stands for, or nil if it has another unit, is not whole or too large.
  var count: Int? {
    guard let power = Self.countUnits[unit] else { return nil }
    return integer(times: (0..<power).reduce(1) { multiplier, _ in multiplier * 10 })
  }

  /// The number times a power of ten, correctly rounded.
  func real(timesTenTo power: Int) -> Double? {
    Double("\(isNegative ? "-" : "")\(digits)e\(exponent + power)")
  }

  /// The powers of ten that a count's unit stands for.
  static let countUnits: [String: Int] = ["": 0, "k": 3, "M": 6, "B": 9, "T": 12]

  /// The bytes that a size's unit stands for.
  static let byteUnits: [String: Int] = [
    "": 1, "B": 1, "kB": 1_000, "KB": 1_000, "MB": 1_000_000, "GB": 1_000_000_000,
    "TB": 1_000_000_000_000, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40,
  ]

  /// The seconds that a time's unit stands for.
  static let timeUnits: [String: Int] = ["s": 1, "min": 60, "h": 3600]

  /// Ten years: more is meant for no call.
  static let mostSeconds = 10 * 366 * 24 * 3600

  /// Takes digits with single underscores between them; nil if an underscore is out of place.
  private static func takeDigits(_ rest: inout Substring) -> String? {
    let taken = rest.prefix { $0.isASCII && $0.isNumber || $0 == "_" }
    rest = rest.dropFirst(taken.count)
    guard taken.first != "_", taken.last != "_", !taken.contains("__") else { return nil }
    return taken.filter { $0 != "_" }
  }
}
