import CPTExtended
import Chinchilla
import Foundation
import PluginSDK
import ScalingLaws
import Testing

/// Chinchilla where tokens beyond the unique ones, U, count less: D becomes U (1 + 5 (1 - e^(-R/5)))
/// with R = D / U - 1 repetitions, as in arXiv 2305.16264 for the data term.
private struct Repeating: ScalingLaw {
  let variables = ["N", "D", "U"]
  let parameters = Chinchilla().parameters

  func predict(
    _ theta: [Double], at columns: [[Double]], wantsGradients: Bool
  ) throws(PluginError) -> LawPrediction {
    let tokens = zip(columns[1], columns[2]).map { tokens, unique in
      tokens <= unique ? tokens : unique * (1 + 5 * (1 - exp(-(tokens / unique - 1) / 5)))
    }
    return try Chinchilla().predict(
      theta, at: [columns[0], tokens], wantsGradients: wantsGradients)
  }

  func optimum(_ theta: [Double], compute: Double) throws(PluginError) -> Allocation? { nil }
}

struct AllocationTests {
  private let theta = [1.8, 480, 0.35, 2100, 0.37]
  private let law = Chinchilla()

  @Test func limitsThatDoNotBindChangeNothing() throws {
    let free = try law.bestAllocation(theta, compute: 1e21)
    let best = try law.bestModel(
      theta, compute: 1e21,
      limits: AllocationLimits(parameters: free.parameters * 1.01, tokens: free.tokens * 1.01))
    #expect(best.allocation == free)
    #expect(best.heldBackBy.isEmpty)
  }

  @Test func aLimitThatBindsIsReachedAndTheRestGoesToTheOther() throws {
    let free = try law.bestAllocation(theta, compute: 1e21)
    let fewTokens = try law.bestModel(
      theta, compute: 1e21, limits: AllocationLimits(tokens: free.tokens / 3))
    #expect(fewTokens.heldBackBy == [.tokens])
    // The search halves a range of logs 60 times.
    #expect(abs(fewTokens.allocation.tokens / (free.tokens / 3) - 1) < 1e-9)
    #expect(abs(fewTokens.allocation.parameters / (free.parameters * 3) - 1) < 1e-9)
    let small = try law.bestModel(
      theta, compute: 1e21, limits: AllocationLimits(parameters: free.parameters / 3))
    #expect(small.heldBackBy == [.parameters])
    #expect(abs(small.allocation.tokens / (free.tokens * 3) - 1) < 1e-9)
    #expect(try small.loss > law.loss(theta, at: free))
  }

  @Test func whereBothLimitsBindComputeIsLeft() throws {
    let best = try law.bestModel(
      theta, compute: 1e24, limits: AllocationLimits(parameters: 1e9, tokens: 1e10))
    #expect(Set(best.heldBackBy) == [.parameters, .tokens])
    #expect(abs(best.compute / 6e19 - 1) < 1e-9)
  }

  @Test func aLimitMakesAnOptimumWhereTheLawHasNone() throws {
    let falling = [1.8, 0, 0.35, 2100, 0.37]
    let best = try law.bestModel(
      falling, compute: 1e20, limits: AllocationLimits(tokens: 1e11))
    #expect(best.heldBackBy == [.tokens])
    let error = try #require(throws: ScalingLawError.self) {
      try law.bestModel(falling, compute: 1e20, limits: AllocationLimits())
    }
    #expect(error.code == .noInteriorOptimum)
  }

  @Test(arguments: [1e19, 1e22])
  func theCheapestModelForTheLeastLossIsTheBestForItsCompute(_ compute: Double) throws {
    for limits in [AllocationLimits(), AllocationLimits(tokens: 1e10)] {
      let best = try law.bestModel(theta, compute: compute, limits: limits)
      let cheapest = try law.cheapestModel(theta, loss: best.loss, limits: limits)
      // A loss of 1e-16 relative error is flat over 1e-13 or so of the compute at an exponent of 0.18.
      #expect(abs(cheapest.compute / compute - 1) < 1e-9)
      #expect(abs(cheapest.allocation.parameters / best.allocation.parameters - 1) < 1e-8)
    }
  }

  @Test func aLossBelowTheIrreducibleOneIsUnreachable() throws {
    let error = try #require(throws: ScalingLawError.self) {
      try law.cheapestModel(theta, loss: 1.7, limits: AllocationLimits())
    }
    #expect(error.code == .unreachableLoss)
    let limited = try #require(throws: ScalingLawError.self) {
      try law.cheapestModel(
        theta, loss: 2, limits: AllocationLimits(parameters: 1e8, tokens: 1e9))
    }
    #expect(limited.code == .unreachableLoss)
    #expect(limited.message.contains("raise the limits"))
  }

  /// Against a plain scan: tokens that repeat are worth less, so the best model is larger.
  @Test func aLawOfRepeatedDataSharesComputeForTheUniqueTokensThereAre() throws {
    let limits = AllocationLimits(fixed: ["U": 2e9])
    let best = try Repeating().bestModel(theta, compute: 1e21, limits: limits)
    var least = (loss: Double.infinity, size: 0.0)
    for step in 0...20_000 {
      let size = 1e8 * pow(1e4, Double(step) / 20_000)
      let loss = try Repeating().predict(
        theta, at: [[size], [1e21 / 6 / size], [2e9]], wantsGradients: false
      ).losses[0]
      if loss < least.loss { least = (loss, size) }
    }
    // A step of the scan is 5e-4.
    #expect(abs(best.allocation.parameters / least.size - 1) < 1e-3)
    #expect(try best.allocation.parameters > law.bestAllocation(theta, compute: 1e21).parameters)
    let error = try #require(throws: ScalingLawError.self) {
      try Repeating().bestModel(theta, compute: 1e21, limits: AllocationLimits())
    }
    #expect(error.message.contains("give 'U' a value"))
  }

  @Test(arguments: [AllocationLimits(parameters: 0.5), AllocationLimits(tokens: -.infinity)])
  func limitsBelowOneAreRefused(_ limits: AllocationLimits) throws {
    let error = try #require(throws: ScalingLawError.self) {
      try law.bestModel(theta, compute: 1e20, limits: limits)
    }
    #expect(error.code == .invalidArgument)
  }

  @Test func aReportHoldsTheBestModelItsIntervalsAndWhereItExtrapolates() throws {
    let observations = try LawFitterTests.noisy(seed: Seed(value: 81))
    let fitter = try LawFitter(law: Chinchilla())
    let fit = try fitter.fit(observations)
    let draws = try fitter.bootstrap(observations, fit: fit, draws: 20, seed: 1, threads: 2)
    func report(_ goal: AllocationGoal) throws -> AllocationReport {
      try AllocationReport(
        goal, law: Chinchilla(), fit: fit, draws: draws, limits: AllocationLimits(), level: 0.9,
        threads: 2)
    }
    let far = try report(.compute(1e24))
    let intervals = try #require(far.intervals)
    for interval in [intervals.parameters, intervals.tokens, intervals.loss] {
      let low = try #require(interval.low)
      let high = try #require(interval.high)
      #expect(low < high)
      #expect(interval.undefined == 0)
    }
    // Every draw spends the compute; the product of exponentials is exact to 1e-13.
    #expect(try abs(#require(intervals.compute.high) / 1e24 - 1) < 1e-12)
    #expect(far.extrapolations.map(\.variable) == ["N", "D"])
    #expect(try report(.compute(1e18)).extrapolations.isEmpty)
    // A loss near E, which some draws put above it: these never get there.
    let E = try draws.interval(of: "E", level: 0.5)
    let loss = try max(#require(E.high), #require(E.estimate)) + 1e-3
    let near = try #require(try report(.loss(loss)).intervals)
    #expect(near.compute.high == nil)
    #expect(near.compute.undefined == 0)
    #expect(near.loss.low == loss)
  }
}
