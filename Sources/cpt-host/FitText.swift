import Foundation
import PluginSDK
import Reports
import ScalingLaws

/// A fit as people read it.
struct FitText {
  private let fit: FitDocument

  init(_ fit: FitDocument) { self.fit = fit }

  var text: String {
    var parts = [title, parameters, objective, ranges]
    if let backTest { parts.append(backTest) }
    if let sizes { parts.append(sizes) }
    if fit.leftOut.count > 3 {
      parts += fit.leftOut.map { "left out: line \($0.line): \($0.reason)\n" }
    }
    if let uncertainty = fit.uncertainty { parts.append(UncertaintyText(uncertainty).text) }
    parts += fit.warnings.map { "warning: \($0)\n" }
    return parts.joined()
  }

  private var title: String {
    let conditions = fit.data.selection.conditions
    let part = conditions.isEmpty ? "" : " with " + conditions.joined(separator: ", ")
    let options = fit.law.options.sorted { $0.key < $1.key }
      .map { " \($0.key)=\(text(of: $0.value))" }.joined()
    return "\(fit.law.name) \(fit.law.version)\(options), fitted to \(fit.rows) rows of "
      + "\(fit.data.file)\(part)\n"
  }

  private var parameters: String {
    var table = TextTable(
      ("parameter", .left), ("value", .right), ("bounds", .right), ("", .left))
    for parameter in fit.parameters {
      let note =
        parameter.frozen
        ? "given"
        : parameter.atBound
          ? "on a bound"
          : fit.unidentified.contains(parameter.name) ? "not identified" : ""
      let bounds = [parameter.lower, parameter.upper].map { $0.map(number) ?? "-" }
      table.append(
        parameter.name, number(parameter.value), bounds.joined(separator: " to "), note)
    }
    return table.text
  }

  private var objective: String {
    "objective \(String(format: "%.7g", fit.objective)) (sum of Huber at \(fit.threshold) of the log "
      + "residual), \(fit.evaluations) evaluations\n"
  }

  private var ranges: String {
    fit.ranges.map { range in
      "\(range.variable) from \(number(range.least)) to \(number(range.greatest)), "
        + "\(range.distinct) different\n"
    }.joined()
  }

  private var backTest: String? {
    fit.backTest.map { test in
      "back-test: fitted to the \(test.fittedRows) rows of least compute, the other "
        + "\(test.error.rows) are missed by \(percent(test.error.meanPercentError)) "
        + "(bias \(String(format: "%+.3f", test.error.bias)))\n"
    }
  }

  private var sizes: String? {
    guard
      let worst = fit.leaveOneSizeOut.max(by: {
        $0.error.meanPercentError < $1.error.meanPercentError
      })
    else { return nil }
    let rows = fit.leaveOneSizeOut.reduce(0) { $0 + $1.error.rows }
    let sum = fit.leaveOneSizeOut.reduce(0) {
      $0 + Double($1.error.rows) * $1.error.meanPercentError
    }
    let place =
      worst.least == worst.greatest
      ? number(worst.least) : "\(number(worst.least)) to \(number(worst.greatest))"
    return "each size left out in turn: missed by \(percent(sum / Double(max(rows, 1)))), at worst "
      + "by \(percent(worst.error.meanPercentError)) for N = \(place)\n"
  }

  private func text(of option: OptionValue) -> String {
    switch option {
    case .boolean(let flag): "\(flag)"
    case .integer(let number): "\(number)"
    case .real(let number): "\(number)"
    case .text(let word): word
    case .shares(let shares):
      shares.map { "\($0.corpus):\($0.share)" }.joined(separator: ",")
    }
  }

  private func percent(_ value: Double) -> String { String(format: "%.2f %%", value) }

  private func number(_ value: Double) -> String { String(format: "%.5g", value) }
}
