/// A value of the file at its place, read as one type or another.
///
/// Every reader reports what is wrong and then returns nil.
struct Field {
  /// The place in the tree: `stages.cpt.tokens`.
  let path: String
  /// Where the key stands, or the value itself if it stands in a list.
  let keyPosition: SourcePosition
  let node: YAMLNode
  let findings: Findings

  func report(_ message: String) {
    findings.report(message, at: node.position, path: path)
  }

  /// Reports that the value is not of the type or range expected.
  func reportMismatch(expected: String, hint: String = "") {
    report("found \(node.summary), expected \(expected)\(hint)")
  }

  /// A count: `8192`, `60k`, `1.5M`.
  func integer(in range: ClosedRange<Int>, of what: String = "") -> Int? {
    let example = range.upperBound == .max ? ", as 8192 or 8k" : ""
    let expected = "a whole number\(what)\(range.sentence)\(example)"
    guard let number = number(expected: expected, units: NumberText.countUnits.keys.sorted())
    else { return nil }
    guard let value = number.count, range.contains(value) else {
      reportMismatch(expected: expected)
      return nil
    }
    return value
  }

  /// A size: `8MB`, `512KiB`.
  ///
  /// - Parameters:
  ///   - least: The fewest bytes allowed.
  ///   - leastText: The same as a message says it.
  /// - Returns: The bytes; nil if anything is wrong, which is reported.
  func byteCount(ofAtLeast least: Int = 1, _ leastText: String = "1") -> Int? {
    let expected = "a number of bytes of at least \(leastText), as 8MB or 512KiB"
    guard let number = number(expected: expected, units: NumberText.byteUnits.keys.sorted())
    else { return nil }
    guard let multiplier = NumberText.byteUnits[number.unit],
      let value = number.integer(times: multiplier), value >= least
    else {
      reportMismatch(expected: expected)
      return nil
    }
    return value
  }

  /// A time in whole seconds: `90s`, `5min`, `2h`.
  func duration() -> Duration? {
    let expected = "a time of at least 1s, as 90s, 5min or 2h"
    let units = NumberText.timeUnits.keys.sorted()
    guard let number = number(expected: expected, units: units + [""]) else { return nil }
    guard !number.unit.isEmpty else {
      let written = listed(units, conjunction: "or")
      reportMismatch(expected: expected, hint: "; write \(written) behind it")
      return nil
    }
    guard let multiplier = NumberText.timeUnits[number.unit],
      let seconds = number.integer(times: multiplier),
      (1...NumberText.mostSeconds).contains(seconds)
    else {
      reportMismatch(expected: expected)
      return nil
    }
    return .seconds(seconds)
  }

  /// A number: `2e-3`, `1.5`, and `5%` for 0.05 where a fraction makes sense.
  func real(in allowed: RealRange, percentages: Bool) -> Double? {
    let expected = "a number\(allowed.sentence)\(percentages ? ", as 0.05 or 5%" : ", as 2e-3")"
    if let text = node.plainText, [".inf", "+.inf", "-.inf"].contains(text.lowercased()) {
      let value = text.hasPrefix("-") ? -Double.infinity : .infinity
      if allowed.contains(value), !allowed.isFinite { return value }
    }
    var units = NumberText.countUnits.keys.sorted()
    if percentages { units.append("%") }
    guard let number = number(expected: expected, units: units) else { return nil }
    let power = number.unit == "%" ? -2 : NumberText.countUnits[number.unit] ?? 0
    guard let value = number.real(timesTenTo: power), value.isFinite, allowed.contains(value)
    else {
      let isForgottenSign = percentages && number.unit.isEmpty && !allowed.contains(2)
      let percent = number.real(timesTenTo: -2).map(allowed.contains) ?? false
      let hint = isForgottenSign && percent ? "; did you mean '\(node.text ?? "")%'?" : ""
      reportMismatch(expected: expected, hint: hint)
      return nil
    }
    return value
  }

  /// A part of a whole: `5%`, `0.05`.
  func fraction(in allowed: RealRange) -> Double? {
    real(in: allowed, percentages: true)
  }

  func boolean() -> Bool? {
    switch node.plainText {
    case "true": return true
    case "false": return false
    default:
      let word = node.text?.lowercased() ?? ""
      let isYes = ["true", "yes", "on", "1"].contains(word)
      let isNo = ["false", "no", "off", "0"].contains(word)
      let hint = isYes ? "; did you mean 'true'?" : isNo ? "; did you mean 'false'?" : ""
      reportMismatch(expected: "true or false", hint: hint)
      return nil
    }
  }

  func text(expected: String) -> String? {
    guard let text = node.text, !text.isEmpty else {
      reportMismatch(expected: expected)
      return nil
    }
    return text
  }

  /// One of some words.
  func word(of words: [String]) -> String? {
    if let text = node.text, words.contains(text) { return text }
    let hint = node.text.map { suggestion(for: $0, among: words) } ?? ""
    reportMismatch(expected: listed(words, conjunction: "or"), hint: hint)
    return nil
  }

  /// One of an enumeration's raw values.
  func choice<Choice: RawRepresentable<String> & CaseIterable>(_: Choice.Type) -> Choice? {
    word(of: Choice.allCases.map(\.rawValue)).flatMap { Choice(rawValue: $0) }
  }

  /// The elements of a list that is not empty.
  func elements(expected: String) -> [Field]? {
    guard case .sequence(let nodes) = node.content else {
      let hint = node.text.map { "; write [\(node.plainText ?? "\"\($0)\"")]" } ?? ""
      reportMismatch(expected: "a list of \(expected)", hint: hint)
      return nil
    }
    guard !nodes.isEmpty else {
      report("found an empty list, expected \(expected); give at least one")
      return nil
    }
    return nodes.enumerated().map { index, node in
      Field(
        path: path.appending(key: "\(index)"), keyPosition: node.position, node: node,
        findings: findings)
    }
  }

  /// The number that stands here, its unit one of some; anything else is reported.
  func number(expected: String, units: [String]) -> NumberText? {
    guard let text = node.text, let number = NumberText(text) else {
      reportMismatch(expected: expected)
      return nil
    }
    guard node.plainText != nil else {
      reportMismatch(expected: expected, hint: "; take the quotes away")
      return nil
    }
    guard units.contains(number.unit) else {
      if number.unit == "%" {
        reportMismatch(
          expected: expected, hint: "; a percentage stands only where a fraction is expected")
      } else {
        let candidates = units.filter { !$0.isEmpty }
        let meant = candidates.first { $0.lowercased() == number.unit.lowercased() }
        let hint = meant.map { "; did you mean '\(text.dropLast(number.unit.count))\($0)'?" }
        reportMismatch(
          expected: expected,
          hint: hint ?? "; '\(number.unit)' is not one of \(listed(candidates))")
      }
      return nil
    }
    return number
  }
}

/// The numbers that a place allows.
struct RealRange {
  let lower: Double
  let upper: Double
  let includesLower: Bool
  let includesUpper: Bool

  init(_ range: ClosedRange<Double>) {
    (lower, upper, includesLower, includesUpper) =
      (range.lowerBound, range.upperBound, true, true)
  }

  init(from lower: Double, to upper: Double, includesLower: Bool, includesUpper: Bool) {
    (self.lower, self.upper) = (lower, upper)
    (self.includesLower, self.includesUpper) = (includesLower, includesUpper)
  }

  /// Everything above 0.
  static let positive = RealRange(
    from: 0, to: .infinity, includesLower: false, includesUpper: false)
  /// Parts of a whole.
  static let unit = RealRange(0...1)
  /// Parts of a whole that leave something over.
  static let belowOne = RealRange(from: 0, to: 1, includesLower: true, includesUpper: false)

  var isFinite: Bool { lower.isFinite && upper.isFinite }

  func contains(_ value: Double) -> Bool {
    (includesLower ? value >= lower : value > lower)
      && (includesUpper ? value <= upper : value < upper)
  }

  /// The bounds as a message puts them after "a number".
  var sentence: String {
    let floor = includesLower ? "of at least \(shortened(lower))" : "above \(shortened(lower))"
    let ceiling = includesUpper ? "of at most \(shortened(upper))" : "below \(shortened(upper))"
    return switch (lower.isFinite, upper.isFinite) {
    case (false, false): ""
    case (true, false): " \(floor)"
    case (false, true): " \(ceiling)"
    case (true, true):
      includesLower && includesUpper
        ? " from \(shortened(lower)) to \(shortened(upper))" : " \(floor) and \(ceiling)"
    }
  }

  private func shortened(_ value: Double) -> String {
    Int(exactly: value).map(String.init) ?? "\(value)"
  }
}

extension ClosedRange<Int> {
  /// The bounds as a message puts them after "a whole number".
  fileprivate var sentence: String {
    switch (lowerBound == .min, upperBound == .max) {
    case (true, true): ""
    case (false, true): " of at least \(lowerBound)"
    case (true, false): " of at most \(upperBound)"
    case (false, false): " from \(lowerBound) to \(upperBound)"
    }
  }
}

extension String {
  /// A path in the file's tree, one key deeper.
  func appending(key: String) -> String {
    isEmpty ? key : "\(self).\(key)"
  }
}
