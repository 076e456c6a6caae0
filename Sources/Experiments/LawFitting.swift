// N parameters by the pipeline's counting, D tokens, C = 6 N D.

import Foundation
import Pipelines
package import PluginSDK
package import ScalingLaws

/// A law with the variants of a sweep whose runs are points of one fit of it.
struct FitTarget {
  let law: LawDeclaration
  /// The values that tell the fit from others of the law; nil if there is no other.
  let variant: String?
  /// By their whole names; empty without a sweep.
  let variants: Set<String>

  /// What the fit is called: the law's name, with the values.
  var name: String { variant.map { "\(law.name) \($0)" } ?? law.name }

  /// The fits of a pipeline, law after law.
  ///
  /// Variants go together where the runs of the law's stage differ in nothing but their sizes, seeds
  /// and token budgets, and where the law that terms are taken from has one fit for them.
  static func all(of pipeline: Pipeline) -> [FitTarget] {
    let labels = VariantLabels(pipeline.variants)
    return pipeline.laws.flatMap { law -> [FitTarget] in
      var order: [[StageDependencies]] = []
      var groups: [[StageDependencies]: Set<String>] = [:]
      for variant in pipeline.combinations {
        let key = keys(of: law, in: variant.pipeline, pipeline.laws)
        if groups[key] == nil { order.append(key) }
        groups[key, default: []].insert(variant.name)
      }
      return order.map { key in
        let names = groups[key] ?? []
        return FitTarget(
          law: law, variant: order.count > 1 ? labels.label(of: names) : nil,
          variants: pipeline.variants.isEmpty ? [] : names)
      }
    }
  }

  /// What one fit of a law, and of those that it takes terms from, depends on.
  private static func keys(
    of law: LawDeclaration, in pipeline: Pipeline, _ laws: [LawDeclaration]
  ) -> [StageDependencies] {
    let own = pipeline.stages.filter { $0.name == law.stage }
      .map { pipeline.dependencies(of: $0).forLaws }
    let source = laws.first { $0.name == law.freeze?.law }
    return own + (source.map { keys(of: $0, in: pipeline, laws) } ?? [])
  }
}

/// A law with what a fit made of it.
package struct FittedLaw {
  package let record: FitRecord
  /// The variants of a sweep that it is fitted to, by their whole names; empty without one.
  let variants: Set<String>
  /// Nil where there is no fit.
  package let law: (form: any ScalingLaw, theta: [Double])?
  /// Nil where there are too few runs for intervals.
  let draws: FitDraws?

  package init(
    record: FitRecord, law: (form: any ScalingLaw, theta: [Double])?, draws: FitDraws? = nil,
    variants: Set<String> = []
  ) {
    self.record = record
    self.law = law
    self.draws = draws
    self.variants = variants
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
  /// Which random numbers the draws for intervals take.
  let seed: UInt64
  /// How many threads to use; the result does not depend on it.
  let threads: Int

  /// Fits one law; a law that cannot be fitted gives a record that says why.
  ///
  /// - Parameters:
  ///   - target: The law, and the variants whose runs are its points.
  ///   - earlier: The fits before it, for terms that are frozen.
  /// - Returns: The record, with the fit if there is one.
  func fit(_ target: FitTarget, earlier: [FittedLaw]) -> FittedLaw {
    do {
      return try fitted(target, earlier: earlier)
    } catch {
      let declaration = target.law
      return FittedLaw(
        record: FitRecord(
          name: target.name, plugin: declaration.use.plugin, stage: declaration.stage,
          corpus: declaration.corpus, failure: "\(error)", parameters: [], objective: 0,
          evaluations: 0, points: [], optima: [], warnings: [], law: declaration.name,
          variant: target.variant),
        law: nil, variants: target.variants)
    }
  }

  private func fitted(
    _ target: FitTarget, earlier: [FittedLaw]
  ) throws -> FittedLaw {
    let declaration = target.law
    let law = try plugins.law(declaration.use)
    let points = points(of: target)
    let freeze = try frozenTerms(of: target, earlier)
    let fitter = try LawFitter(law: law, frozen: freeze?.values ?? [:])
    let observations = try Observations(
      columns: [
        "N": points.map(\.parameters), "D": points.map(\.tokens),
        "C": points.map { 6 * $0.parameters * $0.tokens },
      ],
      losses: points.map(\.measured), runs: points.map(\.run))
    let fit = try fitter.fit(observations)
    var warnings = fit.warnings
    let draws = draws(
      of: fit, by: fitter, on: observations,
      freezing: freeze.map { ($0.source, $0.terms) },
      stream: UInt64(earlier.count), &warnings)
    let optima = withIntervals(
      optima(of: law, fit.theta, over: points, &warnings), of: law, draws, &warnings)
    let record = FitRecord(
      name: target.name, plugin: declaration.use.plugin, stage: declaration.stage,
      corpus: declaration.corpus, failure: nil,
      parameters: parameters(of: fit, draws),
      objective: fit.objective, evaluations: fit.evaluations,
      points: zip(points, fit.predicted).map { point, predicted in
        var point = point
        point.predicted = predicted
        return point
      },
      optima: optima, warnings: warnings, law: declaration.name, variant: target.variant,
      diagnosis: diagnosis(of: fit, by: fitter, on: observations),
      resampling: draws.map(FitRecord.Resampling.init),
      usesEndsOnly: declaration.points == .final)
    return FittedLaw(
      record: record, law: (law, fit.theta), draws: draws, variants: target.variants)
  }

  /// The evaluations that a law is fitted to, predictions still open.
  private func points(of target: FitTarget) -> [FitRecord.Point] {
    let declaration = target.law
    // Variants may come to one run under several names.
    var seen: Set<String> = []
    return runs.filter {
      $0.stage == declaration.stage && $0.isPart(of: target.variants)
        && seen.insert($0.id).inserted
    }.flatMap { run in
      // What a branch shares with its trunk is the trunk's.
      let first = run.sharedSteps ?? 0
      let evaluations = run.evaluations.filter {
        $0.corpus == declaration.corpus && $0.step > first
      }
      let used = declaration.points == .final ? Array(evaluations.suffix(1)) : evaluations
      return used.map {
        FitRecord.Point(
          run: run.id, parameters: Double(run.countedParameters), tokens: Double($0.tokens),
          measured: $0.loss, predicted: 0)
      }
    }
  }

  /// The terms that another law gives, with that law; nil where none does.
  private func frozenTerms(
    of target: FitTarget, _ earlier: [FittedLaw]
  ) throws -> (source: FittedLaw, terms: [String], values: [String: Double])? {
    guard let freeze = target.law.freeze else { return nil }
    let source = earlier.first {
      $0.record.law == freeze.law && $0.variants.isSuperset(of: target.variants)
    }
    guard let source, source.law != nil else {
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
    return (source, freeze.terms, frozen)
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
