import Foundation
import Reports
import ScalingLaws

/// Comparisons as people read them.
enum ComparisonText {
  /// Laws on the same rows, a row each.
  static func laws(_ comparison: ModelComparison, fits: [StoredFit]) -> String {
    var table = TextTable(
      ("fit", .left), ("law", .left), ("free", .right), ("objective", .right), ("AIC", .right),
      ("BIC", .right), ("a size left out", .right), ("back-test", .right))
    for (entry, stored) in zip(comparison.entries, fits) {
      table.append(
        entry.name, stored.document.law.name, "\(entry.fit.freeParameters)",
        String(format: "%.7g", entry.fit.objective), String(format: "%.2f", entry.aic),
        String(format: "%.2f", entry.bic), percent(entry.leaveOneSizeOutError),
        percent(entry.backTestError))
    }
    let best = comparison.verdicts.map { "\($0.criterion.rawValue) \($0.best)" }
    return table.text + "best: \(best.joined(separator: ", "))\n"
      + comparison.remarks.map { "warning: \($0)\n" }.joined()
  }

  /// Two strategies, a line a number.
  static func strategies(_ report: SavingsReport, files: [String], level: Double) -> String {
    let hasIntervals = report.transferredTokens.interval != nil
    let loss = IntervalText.number(report.place.loss)
    let size = IntervalText.number(report.place.parameters)
    var table = TextTable(
      ("", .left), ("estimate", .right), (hasIntervals ? IntervalText.title(level) : "", .right))
    table.append(
      "FLOPs saved at loss \(loss), best sizes", share(report.savedAtBestSizes),
      IntervalText.percentEnds(report.savedAtBestSizes.interval))
    table.append(
      "FLOPs saved at loss \(loss), N = \(size)", share(report.savedAtOneSize),
      IntervalText.percentEnds(report.savedAtOneSize.interval))
    table.append(
      "tokens transferred at N = \(size), D = \(IntervalText.number(report.place.tokens))",
      report.transferredTokens.value.map(IntervalText.number) ?? "no end",
      IntervalText.ends(report.transferredTokens.interval))
    table.append(
      "scratch overtakes at FLOPs, best sizes", text(report.crossoverCompute),
      IntervalText.ends(report.crossoverCompute.interval))
    table.append(
      "scratch overtakes at D, N = \(size)", text(report.crossoverTokens),
      IntervalText.ends(report.crossoverTokens.interval))
    let remarks = [report.crossoverCompute, report.crossoverTokens].compactMap(remark)
    return "scratch: \(files[0]), continued: \(files[1]); the source pre-training is not counted\n"
      + table.text + remarks.map { "\($0)\n" }.joined()
  }

  private static func percent(_ value: Double?) -> String {
    value.map { String(format: "%.2f %%", $0) } ?? "-"
  }

  private static func share(_ estimate: SavingsReport.Estimate) -> String {
    estimate.value.map(IntervalText.percent) ?? "not reached"
  }

  private static func text(_ crossover: SavingsReport.Crossover) -> String {
    switch crossover.place {
    case .measured: crossover.value.map(IntervalText.number) ?? ""
    case .extrapolated: crossover.value.map { IntervalText.number($0) + " (extrapolated)" } ?? ""
    case .fromTheStart: "from the start"
    case .notFound: "not up to \(IntervalText.number(crossover.searched))"
    case .undefined: "no best size"
    }
  }

  private static func remark(_ crossover: SavingsReport.Crossover) -> String? {
    crossover.extrapolation.map {
      "The crossover is extrapolated: \($0.variable) = \(IntervalText.number($0.value)) is "
        + "\(IntervalText.number($0.factor)) times outside of what both were measured at."
    }
  }
}
