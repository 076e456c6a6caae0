// N parameters by the pipeline's counting, D tokens, C = 6 N D.

import Foundation
import Pipelines
package import PluginSDK
import ScalingLaws

/// A law with what a fit made of it.
package struct FittedLaw {
  package let record: FitRecord
  /// Nil where there is no fit.
  package let law: (form: any ScalingLaw, theta: [Double])?

  package init(record: FitRecord, law: (form: any ScalingLaw, theta: [Double])?) {
    self.record = record
    self.law = law
  }

  /// The loss that the law predicts, nats a token; nil where there is no fit.
  func loss(parameters: Double, tokens: Double) -> Double? {
    guard let law else { return nil }
    return try? law.form.loss(
      law.theta, at: Allocation(parameters: parameters, tokens: tokens))
  }

  /// The tokens that bring a model to a loss, or nil if the law says that none do.
  func tokens(parameters: Double, forLoss loss: Double) -> Double? {
    guard let law else { return nil }
    return (try? law.form.tokens(law.theta, parameters: parameters, forLoss: loss)) ?? nil
  }
}

/// Fits the laws of a pipeline to the runs of a study.
struct LawFitting {
  /// How many sizes of compute the optima are stated for.
  private static let optimumCount = 9

  let plugins: ExperimentPlugins
  let runs: [RunRecord]

  /// Fits one law; a law that cannot be fitted gives a record that says why.
  ///
  /// - Parameters:
  ///   - declaration: The law.
  ///   - earlier: The laws before it, by name, for terms that are frozen.
  /// - Returns: The record, with the fit if there is one.
  func fit(_ declaration: LawDeclaration, earlier: [String: FittedLaw]) -> FittedLaw {
    do {
      return try fitted(declaration, earlier: earlier)
    } catch {
      return FittedLaw(
        record: FitRecord(
          name: declaration.name, plugin: declaration.use.plugin, stage: declaration.stage,
          corpus: declaration.corpus, failure: "\(error)", parameters: [], objective: 0,
          evaluations: 0, points: [], optima: [], warnings: []),
        law: nil)
    }
  }

  private func fitted(
    _ declaration: LawDeclaration, earlier: [String: FittedLaw]
  ) throws -> FittedLaw {
    let law = try plugins.law(declaration.use)
    let points = points(of: declaration)
    let fitter = try LawFitter(law: law, frozen: try frozenTerms(of: declaration, earlier))
    let observations = try Observations(
      columns: [
        "N": points.map(\.parameters), "D": points.map(\.tokens),
        "C": points.map { 6 * $0.parameters * $0.tokens },
      ],
      losses: points.map(\.measured), runs: points.map(\.run))
    let fit = try fitter.fit(observations)
    var warnings = fit.warnings
    let optima = optima(of: law, fit.theta, over: points, &warnings)
    let record = FitRecord(
      name: declaration.name, plugin: declaration.use.plugin, stage: declaration.stage,
      corpus: declaration.corpus, failure: nil,
      parameters: fit.parameters.map {
        FitRecord.Parameter(
          name: $0.name, value: $0.value, isFrozen: $0.frozen, isAtBound: $0.atBound)
      },
      objective: fit.objective, evaluations: fit.evaluations,
      points: zip(points, fit.predicted).map { point, predicted in
        var point = point
        point.predicted = predicted
        return point
      },
      optima: optima, warnings: warnings,
      diagnosis: diagnosis(of: fit, by: fitter, on: observations))
    return FittedLaw(record: record, law: (law, fit.theta))
  }

  /// The evaluations that a law is fitted to, predictions still open.
  private func points(of declaration: LawDeclaration) -> [FitRecord.Point] {
    runs.filter { $0.stage == declaration.stage }.flatMap { run in
      let evaluations = run.evaluations.filter {
        $0.corpus == declaration.corpus && $0.step > 0
      }
      let used = declaration.points == .final ? Array(evaluations.suffix(1)) : evaluations
      return used.map {
        FitRecord.Point(
          run: run.id, parameters: Double(run.countedParameters), tokens: Double($0.tokens),
          measured: $0.loss, predicted: 0)
      }
    }
  }

  private func frozenTerms(
    of declaration: LawDeclaration, _ earlier: [String: FittedLaw]
  ) throws -> [String: Double] {
    guard let freeze = declaration.freeze else { return [:] }
    guard let source = earlier[freeze.law], source.law != nil else {
      throw ExperimentError(
        .pipeline,
        "the law '\(freeze.law)', which gives \(freeze.terms.joined(separator: ", ")), has no fit")
    }
    var frozen: [String: Double] = [:]
    for term in freeze.terms {
      guard let parameter = source.record.parameters.first(where: { $0.name == term }) else {
        throw ExperimentError(
          .pipeline,
          "the law '\(freeze.law)' has no term '\(term)'; it has "
            + source.record.parameters.map(\.name).joined(separator: ", "))
      }
      frozen[term] = parameter.value
    }
    return frozen
  }

  /// The best sizes over the compute that was measured; a law without an optimum adds a warning.
  private func optima(
    of law: any ScalingLaw, _ theta: [Double], over points: [FitRecord.Point],
    _ warnings: inout [String]
  ) -> [FitRecord.Optimum] {
    let compute = points.map { 6 * $0.parameters * $0.tokens }
    guard let least = compute.min(), let greatest = compute.max(), least > 0 else { return [] }
    let count = least < greatest ? Self.optimumCount : 1
    var optima: [FitRecord.Optimum] = []
    do {
      for place in 0..<count {
        let part = count > 1 ? Double(place) / Double(count - 1) : 0
        let budget = exp(log(least) + part * log(greatest / least))
        let best = try law.bestAllocation(theta, compute: budget)
        let loss = try law.loss(theta, at: best)
        guard [best.parameters, best.tokens, loss].allSatisfy(\.isFinite) else {
          warnings.append("The optimum for \(budget) FLOPs is not a finite number.")
          continue
        }
        optima.append(
          FitRecord.Optimum(
            compute: budget, parameters: best.parameters, tokens: best.tokens, loss: loss))
      }
    } catch {
      warnings.append("No optimum can be given: \(error)")
    }
    return optima
  }
}
