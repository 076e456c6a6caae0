import CPTExtended
import Chinchilla
import Foundation
import PluginSDK
import ScalingLaws
import Testing

struct LawFitterTests {
  @Test(arguments: [Chinchilla(), CPTExtended()] as [any ScalingLaw], Seed.first(12))
  func aLawIsRecoveredFromItsOwnPredictions(_ law: any ScalingLaw, seed: Seed) throws {
    var random = SplitMix(seed)
    let theta = Case.theta(of: law, using: &random)
    let columns = Case.grid(sizes: 6, tokens: 6, using: &random)
    let observations = try Case.observations(law, theta, at: columns, using: &random)
    let fit = try LawFitter(law: law).fit(observations)
    #expect(fit.warnings.isEmpty)
    // Losses carry 1e-16; a condition number below 1e8 leaves this much.
    for (found, known) in zip(fit.theta, theta) { #expect(abs(found - known) < 1e-7 * abs(known)) }
    for (found, measured) in zip(fit.predicted, observations.losses) {
      #expect(abs(found / measured - 1) < 1e-11)
    }
  }

  @Test(arguments: [Chinchilla(), CPTExtended()] as [any ScalingLaw], Seed.first(12))
  func underNoiseTheFitIsNeverWorseThanTheTruth(_ law: any ScalingLaw, seed: Seed) throws {
    var random = SplitMix(seed)
    let theta = Case.theta(of: law, using: &random)
    let columns = Case.grid(sizes: 7, tokens: 6, using: &random)
    let observations = try Case.observations(
      law, theta, at: columns, noise: 0.01, using: &random)
    let fit = try LawFitter(law: law).fit(observations)
    let truth = try law.predict(theta, at: columns, wantsGradients: false).losses
    #expect(fit.objective <= Self.objective(truth, observations))
    #expect(abs(fit.objective / Self.objective(fit.predicted, observations) - 1) < 1e-12)
  }

  @Test(arguments: Seed.first(12))
  func theExtendedFormNeverFitsWorseThanChinchilla(_ seed: Seed) throws {
    var random = SplitMix(seed)
    let theta = Case.theta(of: Chinchilla(), using: &random)
    let observations = try Case.observations(
      Chinchilla(), theta, at: Case.grid(sizes: 5, tokens: 4, using: &random), noise: 0.02,
      using: &random)
    let plain = try LawFitter(law: Chinchilla()).fit(observations)
    let extended = try LawFitter(law: CPTExtended()).fit(observations)
    #expect(extended.objective <= plain.objective * (1 + 1e-12))
    let held = try LawFitter(law: CPTExtended(), frozen: ["gamma": 0]).fit(observations)
    // Two searches of one function, each exact to 1e-9.
    #expect(abs(held.objective / plain.objective - 1) < 1e-9)
  }

  @Test(arguments: Seed.first(6))
  func termsFrozenFromScratchLeaveTheOthersToBeFound(_ seed: Seed) throws {
    var random = SplitMix(seed)
    let theta = Case.theta(of: CPTExtended(), using: &random)
    // Four sizes only, as in a small ladder.
    let columns = Case.grid(sizes: 4, tokens: 6, using: &random)
    let scratchTheta =
      Array(theta.prefix(3)) + Case.theta(of: Chinchilla(), using: &random).suffix(2)
    let scratch = try LawFitter(law: Chinchilla()).fit(
      Case.observations(Chinchilla(), scratchTheta, at: columns, using: &random))
    var frozen: [String: Double] = [:]
    for name in ["E", "A", "alpha"] { frozen[name] = scratch[name] }
    let fit = try LawFitter(law: CPTExtended(), frozen: frozen).fit(
      Case.observations(CPTExtended(), theta, at: columns, using: &random))
    #expect(fit.freeParameters == 3)
    #expect(fit.parameters.map(\.frozen) == [true, true, true, false, false, false])
    for name in ["E", "A", "alpha"] { #expect(fit[name] == frozen[name]) }
    for (found, known) in zip(fit.theta, theta) { #expect(abs(found - known) < 1e-6 * abs(known)) }
    #expect(fit.warnings.isEmpty)
    #expect(scratch.warnings.contains { $0.contains("4 different values of N, so E, A and alpha") })
  }

  @Test func theSameObservationsGiveTheSameBits() throws {
    let observations = try Self.noisy(seed: Seed(value: 3))
    let fitter = try LawFitter(law: CPTExtended())
    #expect(try fitter.fit(observations) == fitter.fit(observations))
  }

  @Test func unitsChangeOnlyTheCoefficients() throws {
    let observations = try Self.noisy(seed: Seed(value: 4))
    let inBillions = try Observations(
      columns: observations.columns.mapValues { $0.map { $0 * 1e-9 } },
      losses: observations.losses)
    let fit = try LawFitter(law: Chinchilla()).fit(observations)
    let other = try LawFitter(law: Chinchilla()).fit(inBillions)
    #expect(abs(fit.objective / other.objective - 1) < 1e-9)
    let alpha = try #require(fit["alpha"])
    #expect(try abs(#require(other["alpha"]) / alpha - 1) < 1e-4)
  }

  @Test func aWarmStartEndsWhereTheSearchDoesInFewerEvaluations() throws {
    let observations = try Self.noisy(seed: Seed(value: 5))
    let fitter = try LawFitter(law: CPTExtended())
    let cold = try fitter.fit(observations)
    let warm = try fitter.fit(observations, warmStart: cold.theta.map { $0 * 1.05 })
    #expect(abs(warm.objective / cold.objective - 1) < 1e-9)
    #expect(warm.evaluations * 4 < cold.evaluations)
  }

  @Test func everyParameterFrozenIsOnlyJudged() throws {
    let observations = try Self.noisy(seed: Seed(value: 6))
    let theta = [1.0, 400, 0.35, 900, 0.3]
    let names = Chinchilla().parameters.map(\.name)
    let fit = try LawFitter(
      law: Chinchilla(), frozen: Dictionary(uniqueKeysWithValues: zip(names, theta))
    ).fit(observations)
    #expect(fit.theta == theta)
    #expect(fit.freeParameters == 0)
    #expect(abs(fit.objective / Self.objective(fit.predicted, observations) - 1) < 1e-12)
  }

  @Test func aFitSurvivesJSON() throws {
    let fit = try LawFitter(law: Chinchilla()).fit(Self.noisy(seed: Seed(value: 7)))
    let data = try JSONEncoder().encode(fit)
    #expect(try JSONDecoder().decode(LawFit.self, from: data) == fit)
  }

  @Test func residualsAndRangesDescribeTheObservations() throws {
    let observations = try Self.noisy(seed: Seed(value: 8))
    let fit = try LawFitter(law: Chinchilla()).fit(observations)
    #expect(fit.rows == observations.count)
    for row in 0..<fit.rows {
      let residual = log(fit.predicted[row] / observations.losses[row])
      #expect(abs(fit.residuals[row] - residual) < 1e-14)
    }
    let sizes = try observations.column("N")
    #expect(fit.ranges.map(\.variable) == ["N", "D"])
    #expect(fit.ranges[0].least == sizes.min())
    #expect(fit.ranges[0].greatest == sizes.max())
    #expect(fit.ranges[0].distinct == Set(sizes).count)
  }

  /// 7 sizes by 6 numbers of tokens with 1 % of noise.
  static func noisy(seed: Seed) throws -> Observations {
    var random = SplitMix(seed)
    let theta = Case.theta(of: Chinchilla(), using: &random)
    let columns = Case.grid(sizes: 7, tokens: 6, using: &random)
    return try Case.observations(Chinchilla(), theta, at: columns, noise: 0.01, using: &random)
  }

  /// The sum of Huber at 1e-3, written out once more.
  static func objective(_ predicted: [Double], _ observations: Observations) -> Double {
    zip(predicted, observations.losses).reduce(0) { sum, pair in
      let size = abs(log(pair.0) - log(pair.1))
      return sum + (size <= 1e-3 ? size * size / 2 : 1e-3 * (size - 0.5e-3))
    }
  }
}
