import CPTExtended
import Chinchilla
import Foundation
import PluginSDK
import ScalingLaws
import Testing

struct BootstrapTests {
  @Test func aDrawDependsOnItsSeedAndIndexAlone() throws {
    let observations = try LawFitterTests.noisy(seed: Seed(value: 21))
    let fitter = try LawFitter(law: Chinchilla())
    let fit = try fitter.fit(observations)
    func draws(_ count: Int, seed: UInt64, threads: Int) throws -> FitDraws {
      try fitter.bootstrap(
        observations, fit: fit, draws: count, seed: seed, threads: threads)
    }
    let alone = try draws(4, seed: 1, threads: 1)
    let many = try draws(9, seed: 1, threads: 3)
    #expect(alone.draws == Array(many.draws.prefix(4)))
    #expect(Set(many.draws).count == 9)
    let other = try draws(4, seed: 2, threads: 1)
    #expect(zip(alone.draws, other.draws).allSatisfy { $0 != $1 })
    #expect(alone.unit == .row)
    #expect(alone.unitCount == observations.count)
  }

  /// Rows that repeat one another say no more than one of them.
  @Test func theRowsOfARunAreDrawnTogether() throws {
    let once = try LawFitterTests.noisy(seed: Seed(value: 22))
    let rows = Array(0..<once.count) + Array(0..<once.count) + Array(0..<once.count)
    let repeated = once.selecting(rows)
    let named = try Observations(
      columns: repeated.columns, losses: repeated.losses, runs: rows.map { "run \($0)" })
    let fitter = try LawFitter(law: Chinchilla())
    let fit = try fitter.fit(named)
    func draws(_ observations: Observations) throws -> FitDraws {
      try fitter.bootstrap(observations, fit: fit, draws: 60, seed: 5, threads: 2)
    }
    let byRun = try draws(named)
    #expect(byRun.unit == .run)
    #expect(byRun.unitCount == once.count)
    // The same runs are drawn as rows of the table without repeats, so the least is at one place; two
    // searches of one function share parameters to 1e-4 or so.
    for (run, row) in zip(byRun.draws, try draws(once).draws) {
      let run = try #require(run)
      let row = try #require(row)
      #expect(abs(run[2] - row[2]) < 1e-3 * row[2])
    }
    let alpha = try byRun.interval(of: "alpha", level: 0.9)
    let tooNarrow = try draws(repeated).interval(of: "alpha", level: 0.9)
    let wide = try #require(alpha.standardDeviation)
    let narrow = try #require(tooNarrow.standardDeviation)
    // The ratio is the root of 3; each deviation of 60 draws is known to 9 %.
    #expect(wide / narrow > 1.3)
  }

  @Test func theDeviationOfDrawsIsThatOfFreshObservations() throws {
    var random = SplitMix(Seed(value: 23))
    let theta = Case.theta(of: Chinchilla(), using: &random)
    let columns = Case.grid(sizes: 7, tokens: 6, using: &random)
    let fitter = try LawFitter(law: Chinchilla())
    func fresh() throws -> Observations {
      try Case.observations(Chinchilla(), theta, at: columns, noise: 0.01, using: &random)
    }
    let observations = try fresh()
    let fit = try fitter.fit(observations)
    let draws = try fitter.bootstrap(observations, fit: fit, draws: 80, seed: 1, threads: 2)
    var alphas: [Double] = []
    for _ in 0..<80 { alphas.append(try fitter.fit(try fresh(), warmStart: theta).theta[2]) }
    let mean = alphas.reduce(0, +) / 80
    let truth = (alphas.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 79).squareRoot()
    let found = try #require(try draws.interval(of: "alpha", level: 0.9).standardDeviation)
    // 80 numbers give a deviation to 8 %, one table of 42 rows a bootstrap to some 25 %.
    #expect(found / truth > 0.5 && found / truth < 2)
  }

  @Test func drawsWithTooFewDifferentRowsAreCountedAsFailed() throws {
    let observations = try LawFitterTests.noisy(seed: Seed(value: 24)).selecting([0, 8, 16, 24, 33])
    let fitter = try LawFitter(law: Chinchilla())
    let fit = try fitter.fit(observations)
    let draws = try fitter.bootstrap(observations, fit: fit, draws: 20, seed: 1, threads: 2)
    // Five of five rows come out all different in 5! / 5^5, a draw in 26.
    #expect(draws.failures > 10)
    let interval = try draws.interval(of: "E", level: 0.9)
    #expect(interval.undefined == draws.failures)
    #expect(interval.draws == 20 - draws.failures)
  }

  @Test func termsFrozenAtAnotherFitFollowItsDraws() throws {
    let observations = try LawFitterTests.noisy(seed: Seed(value: 25))
    let scratch = try LawFitter(law: Chinchilla())
    let scratchFit = try scratch.fit(observations)
    let scratchDraws = try scratch.bootstrap(
      observations, fit: scratchFit, draws: 6, seed: 9, threads: 2)
    var frozen: [String: Double] = [:]
    for name in ["E", "A", "alpha"] { frozen[name] = scratchFit[name] }
    let continued = try LawFitter(law: CPTExtended(), frozen: frozen)
    let fit = try continued.fit(observations)
    let terms = InheritedTerms(draws: scratchDraws, terms: ["E", "A", "alpha"])
    let draws = try continued.bootstrap(
      observations, fit: fit, draws: 6, seed: 9, threads: 2, inheriting: terms)
    #expect(draws.inherited == ["E", "A", "alpha"])
    for (own, other) in zip(draws.draws, scratchDraws.draws) {
      #expect(own.map { Array($0.prefix(3)) } == other.map { Array($0.prefix(3)) })
    }
    let pairs = try draws.intervals(with: scratchDraws, level: 0.9) {
      own, other throws(ScalingLawError) in [own[2] - other[2]]
    }
    #expect(pairs[0].standardDeviation == 0)
    let held = try continued.bootstrap(observations, fit: fit, draws: 6, seed: 9, threads: 2)
    #expect(held.draws.allSatisfy { $0?[2] == frozen["alpha"] })
    let error = try #require(throws: ScalingLawError.self) {
      try continued.bootstrap(
        observations, fit: fit, draws: 7, seed: 9, threads: 2, inheriting: terms)
    }
    #expect(error.code == .invalidArgument)
  }

  @Test func infiniteDrawsOpenAnIntervalAndUndefinedOnesAreCounted() throws {
    let observations = try LawFitterTests.noisy(seed: Seed(value: 26))
    let fitter = try LawFitter(law: Chinchilla())
    let fit = try fitter.fit(observations)
    let draws = try fitter.bootstrap(observations, fit: fit, draws: 20, seed: 1, threads: 2)
    let alphas = draws.draws.compactMap { $0?[2] }.sorted()
    let open = try draws.interval(level: 0.5) { theta throws(ScalingLawError) in
      theta[2] >= alphas[12] ? .infinity : theta[2]
    }
    // Of 20 sorted draws the quarters lie at 4.75 and 14.25, counted from 0.
    #expect(open.low == alphas[4] + 0.75 * (alphas[5] - alphas[4]))
    #expect(open.high == nil)
    #expect(open.standardDeviation == nil)
    let part = try draws.interval(level: 0.5) { theta throws(ScalingLawError) in
      guard theta[2] < alphas[12] || theta == fit.theta else {
        throw ScalingLawError(.noInteriorOptimum, "none")
      }
      return theta[2]
    }
    #expect(part.draws == 12)
    #expect(part.undefined == 8)
    let error = try #require(throws: ScalingLawError.self) {
      try draws.interval(of: "alpha", level: 95)
    }
    #expect(error.message.contains("between 0 and 1"))
  }

  /// A constant is fitted by the median, whose bootstrap is known: a draw's median is at most the
  /// k-th of n rows if more than half of n places are drawn from the least k.
  @Test func aConstantHasTheIntervalOfAMedian() throws {
    let count = 21
    let losses = (0..<count).map { exp(0.02 * Double($0 * $0 % 43)) }.sorted()
    let observations = try Observations(
      columns: ["N": losses.map { 1e6 * $0 }, "D": losses.map { 1e8 * $0 }], losses: losses)
    let fitter = try LawFitter(
      law: Chinchilla(), frozen: ["A": 0, "alpha": 0.3, "B": 0, "beta": 0.3])
    let draws = try fitter.bootstrap(
      observations, fit: try fitter.fit(observations), draws: 400, seed: 3, threads: 2)
    let interval = try draws.interval(of: "E", level: 0.95)
    /// The row that a share of medians lies at or below.
    func row(_ aim: Double) throws -> Double {
      losses[try #require((1...count).first { aim <= share($0, of: count) + 1e-12 }) - 1]
    }
    // The share of 400 draws below an end is known to 0.8 %; three of these. A median lies within the
    // threshold of Huber's loss of a row.
    for (end, aim) in [(try #require(interval.low), 0.025), (try #require(interval.high), 0.975)] {
      #expect(end >= (try row(aim - 0.023)) * (1 - 2e-3))
      #expect(end <= (try row(min(aim + 0.023, 1))) * (1 + 2e-3))
    }
  }

  /// The share of medians of `count` rows drawn with replacement that are at most the row of a rank.
  private func share(_ rank: Int, of count: Int) -> Double {
    let chance = Double(rank) / Double(count)
    return (count / 2 + 1...count).reduce(0) { sum, drawn in
      let ways = exp(
        lgamma(Double(count + 1)) - lgamma(Double(drawn + 1)) - lgamma(Double(count - drawn + 1)))
      return sum + ways * pow(chance, Double(drawn)) * pow(1 - chance, Double(count - drawn))
    }
  }

  /// Deviations that another implementation found on public tables, drawing rows.
  @Test(
    .enabled(if: PublicTables.arePresent, "the public tables are not on this machine"),
    arguments: [0, 3, 4, 5])
  func deviationsOnPublicTablesAreThoseKnown(_ place: Int) throws {
    let table = PublicTables.cases[place]
    let expected = try #require(try PublicTables.expected().fits[table.name]?.boot)
    let observations = try PublicTables.observations(table)
    let fitter = try LawFitter(law: Chinchilla())
    let fit = try fitter.fit(observations)
    let count = 200
    let draws = try fitter.bootstrap(observations, fit: fit, draws: count, seed: 1, threads: 2)
    #expect(draws.failures == 0)
    for name in ["E", "alpha", "beta"] {
      let interval = try draws.interval(of: name, level: 0.95)
      let known = try #require(expected[name])
      let found = try #require(interval.standardDeviation)
      // The relative error of a deviation of k draws is 1 / sqrt(2 k) for normal draws and twice that
      // for draws of kurtosis 9. The table does not say how many draws it is of: 200 at least, as its
      // intervals are of 95 %. Four errors of both.
      let tolerance = 4 * 2 * (0.5 / Double(count) + 0.5 / 200).squareRoot()
      #expect(abs(log(found / known.sd)) < tolerance, "\(name): \(found) and \(known.sd)")
    }
    let exponent = try draws.interval(level: 0.95) { theta throws(ScalingLawError) in
      theta[4] / (theta[2] + theta[4])
    }
    let known = try #require(expected["a_opt"])
    let found = try #require(exponent.standardDeviation)
    #expect(abs(log(found / known.sd)) < 4 * 2 * (0.5 / Double(count) + 0.5 / 200).squareRoot())
  }
}
