// N parameters by the pipeline's counting, D tokens, C = 6 N D.

import Foundation
import PluginSDK
import ScalingLaws

extension LawFitting {
  /// How often a fit is repeated: the ends of an interval of 95 % lie at the fifth draw from each side.
  private static let drawCount = 200

  /// Repeats a fit on runs drawn with replacement.
  ///
  /// - Parameters:
  ///   - fit: The fit.
  ///   - fitter: What it was made by.
  ///   - observations: Its points.
  ///   - freeze: The terms that another law gave, with that law; its draws are followed if it has any.
  ///   - stream: A number that no other law of the study has.
  ///   - warnings: Takes a sentence where there are no draws, or where they take something for known.
  /// - Returns: nil where there are too few runs to say how a fit varies from run to run.
  func draws(
    of fit: LawFit, by fitter: LawFitter, on observations: Observations,
    freezing freeze: (source: FittedLaw, terms: [String])?, stream: UInt64,
    _ warnings: inout [String]
  ) -> FitDraws? {
    let runCount = Set(observations.runs ?? []).count
    let free = fit.freeParameters
    guard free > 0 else {
      warnings.append("There are no intervals: all parameters were taken from another fit.")
      return nil
    }
    guard runCount > free else {
      warnings.append(
        "There are no intervals: \(runCount) runs cannot show how \(free) free parameters vary from "
          + "run to run.")
      return nil
    }
    guard fit.unidentified.isEmpty else {
      warnings.append(
        "There are no intervals: the points cannot tell \(fit.unidentified.joined(separator: ", ")) "
          + "apart.")
      return nil
    }
    let inherited = freeze.flatMap { freeze in
      freeze.source.draws.map { InheritedTerms(draws: $0, terms: freeze.terms) }
    }
    do throws(ScalingLawError) {
      let draws = try fitter.bootstrap(
        observations, fit: fit, draws: Self.drawCount, seed: seed &+ stream, threads: threads,
        inheriting: inherited)
      if let freeze, inherited == nil {
        warnings.append(
          "Intervals take \(freeze.terms.joined(separator: ", ")) for known exactly, as the law "
            + "'\(freeze.source.record.name)' that gave them has none.")
      }
      if draws.failures > 0 {
        warnings.append(
          "\(draws.failures) of \(Self.drawCount) draws of runs could not be fitted.")
      }
      return draws
    } catch {
      warnings.append("There are no intervals: \(error)")
      return nil
    }
  }

  /// The parameters of a fit, with the intervals of those that were drawn.
  func parameters(of fit: LawFit, _ draws: FitDraws?) -> [FitRecord.Parameter] {
    fit.parameters.map { parameter in
      var record = FitRecord.Parameter(
        name: parameter.name, value: parameter.value, isFrozen: parameter.frozen,
        isAtBound: parameter.atBound)
      if let draws, !parameter.frozen || draws.inherited.contains(parameter.name) {
        let interval = try? draws.interval(of: parameter.name, level: IntervalRecord.studyLevel)
        record.interval = interval.flatMap { IntervalRecord($0) }
      }
      return record
    }
  }

  /// The optima with their intervals, each draw with its own optimum.
  func withIntervals(
    _ optima: [FitRecord.Optimum], of law: any ScalingLaw, _ draws: FitDraws?,
    _ warnings: inout [String]
  ) -> [FitRecord.Optimum] {
    guard let draws else { return optima }
    let known = optima.map { optimum -> FitRecord.Optimum in
      let intervals = try? draws.intervals(level: IntervalRecord.studyLevel, threads: threads) {
        theta throws(ScalingLawError) in
        let best = try law.bestAllocation(theta, compute: optimum.compute)
        return [best.parameters, best.tokens, try law.loss(theta, at: best)]
      }
      var known = optimum
      known.parametersInterval = intervals.flatMap { IntervalRecord($0[0]) }
      known.tokensInterval = intervals.flatMap { IntervalRecord($0[1]) }
      known.lossInterval = intervals.flatMap { IntervalRecord($0[2]) }
      return known
    }
    if known.contains(where: { $0.parametersInterval == nil }) {
      warnings.append(
        "Some optima stand without intervals, since too many draws of runs have no optimum.")
    }
    return known
  }
}

extension FitRecord.Resampling {
  init(_ draws: FitDraws) {
    self.init(
      draws: draws.draws.count, failures: draws.failures, runs: draws.unitCount,
      inherited: draws.inherited)
  }
}
