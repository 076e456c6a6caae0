import CPTExtended
import Chinchilla
import Foundation
import PluginSDK
import ScalingLaws
import Testing

struct ModelComparisonTests {
  /// The density integrates to 1, its scale is the likeliest, and the likelihood is its product.
  @Test(arguments: [1e-5, 1e-3, 2e-2])
  func theLikelihoodIsThatOfANormalizedDensity(_ noise: Double) throws {
    var random = SplitMix(Seed(value: 61))
    let threshold = 1e-3
    let residuals = (0..<60).map { _ in noise * random.normal() }
    func huber(_ residual: Double) -> Double {
      let size = abs(residual)
      return size <= threshold ? size * size / 2 : threshold * (size - threshold / 2)
    }
    let objective = residuals.reduce(0) { $0 + huber($1) }
    let likelihood = try HuberLikelihood(
      objective: objective, rows: residuals.count, freeParameters: 5, threshold: threshold)
    func logLikelihood(_ scale: Double) -> Double {
      // Simpson's rule out to where the density is below 1e-17 of its peak.
      let end = max(40 * scale / threshold + threshold, 10 * scale.squareRoot())
      let steps = 40_000
      let width = 2 * end / Double(steps)
      let integral = (0...steps).reduce(0) { sum, step in
        let weight = step == 0 || step == steps ? 1.0 : step % 2 == 1 ? 4.0 : 2.0
        return sum + weight * exp(-huber(-end + Double(step) * width) / scale)
      }
      return residuals.reduce(0) { $0 - huber($1) / scale } - 60 * log(integral * width / 3)
    }
    // The kink in the curvature at the threshold leaves Simpson's rule 1e-7.
    #expect(abs(likelihood.logLikelihood - logLikelihood(likelihood.scale)) < 1e-3)
    #expect(likelihood.logLikelihood > logLikelihood(likelihood.scale * 1.1))
    #expect(likelihood.logLikelihood > logLikelihood(likelihood.scale / 1.1))
    #expect(abs(likelihood.aic - (12 - 2 * likelihood.logLikelihood)) < 1e-9)
    #expect(abs(likelihood.bic - (6 * log(60.0) - 2 * likelihood.logLikelihood)) < 1e-9)
  }

  private func compared(
    _ law: any ScalingLaw, _ theta: [Double], seed: UInt64
  ) throws -> ModelComparison {
    var random = SplitMix(Seed(value: seed))
    let columns = Case.grid(sizes: 6, tokens: 5, using: &random)
    let observations = try Case.observations(
      law, theta, at: columns, noise: 0.003, using: &random)
    return try ModelComparison(
      [
        ("chinchilla", LawFitter(law: Chinchilla())),
        ("cpt-extended", LawFitter(law: CPTExtended())),
        ("alpha frozen", LawFitter(law: CPTExtended(), frozen: ["alpha": 0.9])),
      ], observations: observations, threads: 2)
  }

  @Test func theLawThatMadeTheDataIsPreferred() throws {
    let extended = try compared(
      CPTExtended(), [1.2, 600, 0.35, 20_000, 0.3, 0.2], seed: 62)
    #expect(extended.entries.map(\.name) == ["chinchilla", "cpt-extended", "alpha frozen"])
    #expect(extended.entries.map(\.fit.freeParameters) == [5, 6, 5])
    for verdict in extended.verdicts {
      #expect(verdict.best == "cpt-extended", "\(verdict.criterion)")
    }
    #expect(extended.verdicts.map(\.criterion) == ComparisonCriterion.allCases)
    #expect(!extended.remarks.contains { $0.contains("disagree") })
    let plain = try compared(Chinchilla(), [1.2, 600, 0.35, 900, 0.3], seed: 63)
    #expect(plain.verdicts.first { $0.criterion == .bic }?.best == "chinchilla")
  }

  @Test func criteriaThatDisagreeAreSaid() throws {
    // On data of the plain law the extended one always fits at least as well, and which of them
    // predicts better is chance.
    let comparisons = try (64..<68).map {
      try compared(Chinchilla(), [1.2, 600, 0.35, 900, 0.3], seed: $0)
    }
    for comparison in comparisons {
      let isSplit = Set(comparison.verdicts.map(\.best)).count > 1
      #expect(comparison.remarks.contains { $0.hasPrefix("The criteria disagree") } == isSplit)
    }
  }

  @Test func errorsThatCannotBeComputedAreLeftOutWithTheirReason() throws {
    let observations = try LawFitterTests.noisy(seed: Seed(value: 69)).selecting(Array(0..<6))
    let comparison = try ModelComparison(
      [
        ("free", LawFitter(law: Chinchilla())),
        ("frozen", LawFitter(law: Chinchilla(), frozen: ["A": 400, "alpha": 0.35])),
      ], observations: observations, threads: 1)
    // All rows are of one size.
    #expect(comparison.entries.allSatisfy { $0.leaveOneSizeOutError == nil })
    #expect(comparison.remarks.contains { $0.hasPrefix("free has no leave-one-size-out error") })
    #expect(!comparison.verdicts.contains { $0.criterion == .leaveOneSizeOut })
  }

  @Test func oneLawAloneIsNoComparison() throws {
    let observations = try LawFitterTests.noisy(seed: Seed(value: 70))
    let error = try #require(throws: ScalingLawError.self) {
      try ModelComparison(
        [("a", LawFitter(law: Chinchilla()))], observations: observations, threads: 1)
    }
    #expect(error.code == .invalidArgument)
  }
}
