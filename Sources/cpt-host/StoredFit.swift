import ArgumentParser
import Foundation
import PluginSDK
import ScalingLaws

/// A fit that `cpt-host fit` wrote, with its law loaded again.
struct StoredFit {
  let file: String
  let document: FitDocument
  let law: any ScalingLaw
  let observations: Observations
  /// Whether the law has changed since, in a sentence.
  let warnings: [String]

  /// Reads a fit and loads its law.
  ///
  /// - Throws: `ValidationError`, ``ScalingLawError`` with `invalidFitDocument` or `unsuitableLaw`, or
  ///   the host's error.
  init(_ file: String, folders: LawFolders) throws {
    self.file = file
    document = try FitDocument(json: try InputFile.read(file), file: file)
    let loaded = try LoadedLaw.again(document.law, folders: folders.plugins)
    law = loaded.law.form
    guard law.variables == document.variables,
      law.parameters.map(\.name) == document.parameters.map(\.name)
    else {
      throw ValidationError(
        "\(file): the law '\(document.law.name)' now has other variables or parameters than the fit; "
          + "fit the table again")
    }
    observations = try document.fittedObservations()
    warnings = loaded.warning.map { [$0] } ?? []
  }

  /// The fit, as the library gives it.
  var fit: LawFit { document.fit }

  /// What was fitted.
  func fitter() throws -> LawFitter { try LawFitter(law: law, frozen: document.frozen) }

  /// The draws of the fit: those it holds, or new ones; nil if none are wanted.
  func draws(_ arguments: IntervalArguments) throws -> FitDraws? {
    if let held = document.uncertainty?.draws, arguments.bootstrap == nil, arguments.seed == nil {
      return held
    }
    let count = arguments.bootstrap ?? IntervalArguments.usualDraws
    guard count > 0 else { return nil }
    return try fitter().bootstrap(
      observations, fit: fit, draws: count, seed: arguments.seed ?? 1,
      threads: IntervalArguments.threads)
  }

  /// The fit as one side of a comparison of strategies.
  func strategy(_ arguments: IntervalArguments) throws -> StrategyFit {
    StrategyFit(law: law, fit: fit, observations: observations, draws: try draws(arguments))
  }
}
