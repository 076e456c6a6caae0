import ArgumentParser
import Foundation
import PluginSDK
import ScalingLaws

extension FitCommand {
  /// How many draws calibrate the profiles: ends of intervals scatter by 5 % of their width.
  private static let calibratingDraws = 200

  /// How well the parameters are known, if that was asked for.
  func uncertainty(of document: FitDocument, law: any ScalingLaw) throws -> FitUncertainty? {
    guard let count = intervals.bootstrap ?? (profile ? IntervalArguments.usualDraws : nil),
      count > 0
    else {
      guard !profile else { throw ValidationError("--profile takes --bootstrap above 0, or none") }
      return nil
    }
    let fitter = try LawFitter(law: law, frozen: document.frozen)
    let observations = try document.fittedObservations()
    let threads = IntervalArguments.threads
    let draws = try fitter.bootstrap(
      observations, fit: document.fit, draws: count, seed: intervals.seed ?? 1, threads: threads,
      inheriting: try inheritedTerms(draws: count))
    return try FitUncertainty(
      fitter, fit: document.fit, observations: observations, draws: draws, level: intervals.level,
      profiles: profile ? Self.calibratingDraws : nil, threads: threads)
  }

  /// The terms that were frozen at a fit which holds draws of them, if that is one fit.
  private func inheritedTerms(draws: Int) throws -> InheritedTerms? {
    guard freezeFrom.count == 1, let colon = freezeFrom[0].lastIndex(of: ":") else { return nil }
    let file = String(freezeFrom[0][..<colon])
    let source = try FitDocument(json: try InputFile.read(file), file: file)
    guard let others = source.uncertainty?.draws, others.draws.count >= draws else { return nil }
    let terms = freezeFrom[0][freezeFrom[0].index(after: colon)...].split(separator: ",")
    return InheritedTerms(draws: others, terms: terms.map(String.init))
  }
}
