import Foundation
import Reports
import ScalingLaws

/// How well the parameters of a fit are known, as people read it.
struct UncertaintyText {
  private let uncertainty: FitUncertainty

  init(_ uncertainty: FitUncertainty) { self.uncertainty = uncertainty }

  var text: String {
    let hasProfiles = uncertainty.parameters.contains { $0.profile != nil }
    var table = TextTable(
      ("parameter", .left), (IntervalText.title(uncertainty.level), .right),
      ("deviation", .right), ("by sizes left out", .right), (hasProfiles ? "profile" : "", .right))
    for parameter in uncertainty.parameters {
      table.append(
        parameter.name, IntervalText.ends(parameter.interval),
        parameter.interval.standardDeviation.map(IntervalText.number) ?? "-",
        parameter.leavingOutSizes.map { IntervalText.number($0.standardError) } ?? "-",
        parameter.profile.map(ends) ?? "")
    }
    return table.text
      + IntervalText.source(uncertainty.draws, undefined: uncertainty.draws.failures)
      + uncertainty.remarks.map { "warning: \($0)\n" }.joined()
  }

  private func ends(_ profile: ProfileInterval) -> String {
    let ends = [profile.low, profile.high].map { end in
      end.map { $0.value.map(IntervalText.number) ?? "open" } ?? "-"
    }
    return ends.joined(separator: " to ")
  }
}
