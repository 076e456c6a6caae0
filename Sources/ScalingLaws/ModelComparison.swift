import Foundation

/// What laws are compared by; less is better for each.
package enum ComparisonCriterion: String, Hashable, Sendable, Codable, CaseIterable {
  /// Akaike's information criterion.
  case aic = "AIC"
  /// Schwarz's Bayesian information criterion.
  case bic = "BIC"
  /// How far sizes are missed that the fit has not seen.
  case leaveOneSizeOut = "leave-one-size-out"
  /// How far the runs of most compute are missed by a fit to the others.
  case backTest = "back-test"
}

/// Laws, or one law with terms frozen or free, fitted to the same rows and judged side by side.
///
/// AIC and BIC are those of ``HuberLikelihood``; they take rows as independent and judge within the
/// data. Errors on what a fit has not seen are stated beside them since they judge what laws are for.
package struct ModelComparison: Hashable, Sendable, Codable {
  /// One law.
  package struct Entry: Hashable, Sendable, Codable {
    package var name: String
    package var fit: LawFit
    package var logLikelihood: Double
    package var aic: Double
    package var bic: Double
    /// The mean of |predicted - measured| / measured over all rows, each predicted by a fit without
    /// its model size, percent; nil if a size cannot be spared.
    package var leaveOneSizeOutError: Double?
    /// The mean of |predicted - measured| / measured over the fifth of the rows of most compute,
    /// predicted by a fit to the others, percent; nil if these are too few.
    package var backTestError: Double?
    /// Why an error is not given.
    package var remarks: [String]

    package func value(of criterion: ComparisonCriterion) -> Double? {
      switch criterion {
      case .aic: aic
      case .bic: bic
      case .leaveOneSizeOut: leaveOneSizeOutError
      case .backTest: backTestError
      }
    }
  }

  /// Which law a criterion is least for.
  package struct Verdict: Hashable, Sendable, Codable {
    package var criterion: ComparisonCriterion
    package var best: String
  }

  package let entries: [Entry]
  package let verdicts: [Verdict]
  /// Where criteria disagree or hardly decide, in sentences.
  package let remarks: [String]

  /// Fits and judges laws.
  ///
  /// - Parameters:
  ///   - models: Each law with what is frozen in it, under a name of its own.
  ///   - observations: The rows, with columns N and D.
  ///   - threads: How many threads to use; the result does not depend on it.
  /// - Throws: ``ScalingLawError`` with `invalidArgument` if there are fewer than two models or two of
  ///   one name, and what a fit to all rows throws.
  package init(
    _ models: [(name: String, fitter: LawFitter)], observations: Observations, threads: Int
  ) throws(ScalingLawError) {
    guard models.count > 1, Set(models.map(\.name)).count == models.count else {
      throw ScalingLawError(
        .invalidArgument, "a comparison takes two laws or more, each under a name of its own")
    }
    var entries: [Entry] = []
    for model in models {
      entries.append(
        try Self.entry(model.name, model.fitter, observations: observations, threads: threads))
    }
    self.entries = entries
    verdicts = ComparisonCriterion.allCases.compactMap { criterion in
      Self.ranked(entries, by: criterion).first.map {
        Verdict(criterion: criterion, best: $0.name)
      }
    }
    remarks = Self.remarks(on: entries, verdicts: verdicts, observations: observations)
  }

  private static func entry(
    _ name: String, _ fitter: LawFitter, observations: Observations, threads: Int
  ) throws(ScalingLawError) -> Entry {
    let fit = try fitter.fit(observations)
    let likelihood = try HuberLikelihood(
      objective: fit.objective, rows: fit.rows, freeParameters: fit.freeParameters,
      threshold: fit.threshold)
    var entry = Entry(
      name: name, fit: fit, logLikelihood: likelihood.logLikelihood, aic: likelihood.aic,
      bic: likelihood.bic, remarks: [])
    do throws(ScalingLawError) {
      let parts = try fitter.leavingOutEach("N", of: observations, threads: threads)
      entry.leaveOneSizeOutError =
        parts.reduce(0) { $0 + $1.error.meanPercentError * Double($1.error.rows) }
        / Double(observations.count)
    } catch {
      entry.remarks.append("\(name) has no leave-one-size-out error: \(error).")
    }
    do throws(ScalingLawError) {
      entry.backTestError = try fitter.backTest(observations).error.meanPercentError
    } catch {
      entry.remarks.append("\(name) has no back-test: \(error).")
    }
    return entry
  }

  /// The laws that a criterion judges, best first.
  private static func ranked(_ entries: [Entry], by criterion: ComparisonCriterion) -> [Entry] {
    entries.filter { $0.value(of: criterion) != nil }
      .sorted {
        ($0.value(of: criterion) ?? .infinity) < ($1.value(of: criterion) ?? .infinity)
      }
  }

  private static func remarks(
    on entries: [Entry], verdicts: [Verdict], observations: Observations
  ) -> [String] {
    var remarks = entries.flatMap(\.remarks)
    if Set(verdicts.map(\.best)).count > 1 {
      let parts = verdicts.map { "\($0.criterion.rawValue) prefers \($0.best)" }
      remarks.append(
        "The criteria disagree: \(parts.joined(separator: ", ")). So these rows do not settle it.")
    }
    let byAIC = ranked(entries, by: .aic)
    // Burnham and Anderson, "Model Selection and Multimodel Inference", 2002, section 2.6.
    if byAIC.count > 1, byAIC[1].aic - byAIC[0].aic < 2 {
      let difference = String(format: "%.2g", byAIC[1].aic - byAIC[0].aic)
      remarks.append(
        """
        AIC hardly tells \(byAIC[0].name) from \(byAIC[1].name): they differ by \(difference), and \
        less than 2 says little.
        """)
    }
    let runs = observations.rowsByRun.count
    if runs < observations.count {
      remarks.append(
        """
        The \(observations.count) rows are of \(runs) runs and not independent, so AIC and BIC \
        favour laws of many parameters too much: go by the errors on what was not seen.
        """)
    }
    return remarks
  }
}
