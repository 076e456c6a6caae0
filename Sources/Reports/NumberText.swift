import Glibc

/// How numbers are written in tables, labels and sentences.
enum NumberText {
  /// With so many digits after the point: `3.142`.
  static func fixed(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite else { return "\(value)" }
    let scale = pow(10, Double(digits))
    let scaled = (value * scale).rounded()
    guard abs(scaled) < 1e15 else { return scientific(value, digits) }
    let whole = Int(abs(scaled))
    let unit = Int(scale)
    let sign = scaled < 0 ? "-" : ""
    guard digits > 0 else { return "\(sign)\(whole)" }
    let fraction = String(whole % unit)
    return sign + "\(whole / unit)." + String(repeating: "0", count: digits - fraction.count)
      + fraction
  }

  /// With a sign always: `+0.120`.
  static func signed(_ value: Double, _ digits: Int) -> String {
    let text = fixed(value, digits)
    return text.hasPrefix("-") || !value.isFinite ? text : "+" + text
  }

  /// Mantissa and exponent: `1.23e12`.
  static func scientific(_ value: Double, _ digits: Int) -> String {
    guard let (mantissa, exponent) = decimal(value, digits) else { return "\(value)" }
    return "\(mantissa)e\(exponent)"
  }

  /// Mantissa and power of ten: `1.23×10¹²`.
  static func power(_ value: Double, _ digits: Int) -> String {
    guard let (mantissa, exponent) = decimal(value, digits) else { return "\(value)" }
    let power = "10" + superscript(exponent)
    return mantissa == "1" ? power : "\(mantissa)×\(power)"
  }

  /// In groups of three digits: `1,234,567`.
  static func count(_ value: Int) -> String {
    var text = ""
    for (index, digit) in String(value.magnitude).reversed().enumerated() {
      if index > 0 && index.isMultiple(of: 3) { text.append(",") }
      text.append(digit)
    }
    return (value < 0 ? "-" : "") + String(text.reversed())
  }

  /// Short, with a letter for thousands, millions and so on: `1.5M`.
  static func short(_ value: Double) -> String {
    let units: [(Double, String)] = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")]
    for (unit, letter) in units where abs(value) >= unit {
      let scaled = abs(value / unit)
      return trimmed(value / unit, scaled < 10 ? 2 : scaled < 100 ? 1 : 0) + letter
    }
    return trimmed(value, 3)
  }

  /// With at most so many digits after the point and no zeros at the end.
  static func trimmed(_ value: Double, _ digits: Int) -> String {
    var text = fixed(value, digits)
    guard text.contains("."), !text.contains("e") else { return text }
    while text.last == "0" { text.removeLast() }
    if text.last == "." { text.removeLast() }
    return text == "-0" ? "0" : text
  }

  /// In hundredths, without the sign of a percentage's direction: `34 %`.
  static func percent(_ fraction: Double) -> String {
    fixed(fraction * 100, percentDigits(fraction)) + " %"
  }

  /// The digits after the point that a percentage has.
  static func percentDigits(_ fraction: Double) -> Int { abs(fraction) < 0.0995 ? 1 : 0 }

  /// A duration: `3 min 20 s`.
  static func duration(seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 60 else { return fixed(seconds, 1) + " s" }
    let whole = Int(min(seconds, 1e12).rounded())
    guard whole >= 3600 else { return "\(whole / 60) min \(whole % 60) s" }
    return "\(whole / 3600) h \(whole % 3600 / 60) min"
  }

  /// Words in a row: `a, b and c`.
  static func list(_ words: [String]) -> String {
    guard let last = words.last, words.count > 1 else { return words.first ?? "" }
    return words.dropLast().joined(separator: ", ") + " and " + last
  }

  /// From the least to the greatest, or the one value if they read alike.
  static func range(_ values: [Double], _ text: (Double) -> String) -> String {
    guard let least = values.min(), let greatest = values.max() else { return "none" }
    let (first, last) = (text(least), text(greatest))
    return first == last ? first : "\(first) to \(last)"
  }

  private static func decimal(_ value: Double, _ digits: Int) -> (String, Int)? {
    guard value.isFinite else { return nil }
    guard value != 0 else { return ("0", 0) }
    var exponent = Int(floor(log10(abs(value))))
    var mantissa = fixed(value / pow(10, Double(exponent)), digits)
    if mantissa.drop(while: { $0 == "-" }).hasPrefix("10") {
      exponent += 1
      mantissa = fixed(value / pow(10, Double(exponent)), digits)
    }
    return (mantissa, exponent)
  }

  private static func superscript(_ value: Int) -> String {
    let digits: [Character: String] = [
      "-": "⁻", "0": "⁰", "1": "¹", "2": "²", "3": "³", "4": "⁴", "5": "⁵", "6": "⁶", "7": "⁷",
      "8": "⁸", "9": "⁹",
    ]
    return String(value).compactMap { digits[$0] }.joined()
  }
}
