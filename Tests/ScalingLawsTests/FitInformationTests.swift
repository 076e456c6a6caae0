import Chinchilla
import Foundation
import PluginSDK
import ScalingLaws
import Testing

struct FitInformationTests {
  /// From the law's predictions alone: slopes by differences, elimination, and a sandwich whose bread
  /// is H = sum of w g gᵀ, where w is the chance that a residual is within the threshold of Huber's
  /// loss after normal noise of the bandwidth.
  private func errors(_ fit: LawFit, _ observations: Observations, scale: ResidualScale) throws
    -> [Double]
  {
    let law = Chinchilla()
    let columns = try law.variables.map { try observations.column($0) }
    var slopes: [[Double]] = []
    for index in fit.theta.indices {
      let step = 1e-5 * fit.theta[index]
      var (up, down) = (fit.theta, fit.theta)
      up[index] += step
      down[index] -= step
      let above = try law.predict(up, at: columns, wantsGradients: false).losses
      let below = try law.predict(down, at: columns, wantsGradients: false).losses
      // By the logs of the parameters, so that the numbers are of one size.
      slopes.append(
        zip(above, below).map { log($0 / $1) / (2 * step) * fit.theta[index] })
    }
    let order = slopes.count
    let threshold = LawFitter.threshold
    let weights = fit.residuals.map { residual in
      0.5 * erfc((residual - threshold) / scale.bandwidth / 2.0.squareRoot())
        - 0.5 * erfc((residual + threshold) / scale.bandwidth / 2.0.squareRoot())
    }
    var rows = (0..<order).map { row in
      (0..<order).map { column in
        weights.indices.reduce(0) { $0 + weights[$1] * slopes[row][$1] * slopes[column][$1] }
      } + (0..<order).map { $0 == row ? 1.0 : 0 }
    }
    for pivot in 0..<order {
      let scale = rows[pivot][pivot]
      rows[pivot] = rows[pivot].map { $0 / scale }
      for row in 0..<order where row != pivot {
        let factor = rows[row][pivot]
        rows[row] = zip(rows[row], rows[pivot]).map { $0 - factor * $1 }
      }
    }
    // What each row does to a parameter: the row of the inverse times its slopes.
    return (0..<order).map { place in
      let squares = weights.indices.reduce(0) { sum, row in
        let effect = (0..<order).reduce(0) { $0 + rows[place][order + $1] * slopes[$1][row] }
        return sum + effect * effect
      }
      return fit.theta[place] * (scale.pull * squares).squareRoot()
    }
  }

  @Test(arguments: Seed.first(4))
  func standardErrorsAreThoseOfDifferencesAndElimination(_ seed: Seed) throws {
    let observations = try LawFitterTests.noisy(seed: seed)
    let fit = try LawFitter(law: Chinchilla()).fit(observations)
    let information = try FitInformation(law: Chinchilla(), fit: fit, observations: observations)
    let expected = try errors(fit, observations, scale: information.scale)
    for index in fit.theta.indices where !fit.parameters[index].atBound {
      let slopes = try information.slopes { theta throws(ScalingLawError) in theta[index] }
      // Differences carry 1e-9, and a condition number of some 1e4 in these units.
      #expect(abs(information.standardError(slopes: slopes) / expected[index] - 1) < 1e-4)
    }
  }

  /// Small models scatter ten times as much as large ones.
  @Test func rowsNeedNotScatterAlike() throws {
    var random = SplitMix(Seed(value: 44))
    let theta = Case.theta(of: Chinchilla(), using: &random)
    let columns = Case.grid(sizes: 8, tokens: 8, using: &random)
    let clean = try Chinchilla().predict(theta, at: columns, wantsGradients: false).losses
    let middle = columns[0].sorted()[columns[0].count / 2]
    let fitter = try LawFitter(law: Chinchilla())
    var found: [Double] = []
    var stated: [Double] = []
    for _ in 0..<60 {
      let losses = clean.indices.map { row in
        clean[row] * exp((columns[0][row] < middle ? 0.02 : 0.002) * random.normal())
      }
      let observations = try Observations(
        columns: ["N": columns[0], "D": columns[1]], losses: losses)
      let fit = try fitter.fit(observations, warmStart: theta)
      let information = try FitInformation(
        law: Chinchilla(), fit: fit, observations: observations)
      found.append(fit.theta[2])
      stated.append(
        information.standardError(
          slopes: try information.slopes { theta throws(ScalingLawError) in theta[2] }))
    }
    found.sort()
    stated.sort()
    // Quartiles of a normal number are 1.349 deviations apart.
    let spread = (found[44] - found[14]) / 1.349
    let median = 0.5 * (stated[29] + stated[30])
    // Quartiles of 60 tables give a spread to 15 %; three of these.
    #expect(median / spread > 0.6 && median / spread < 1.6, "\(median) against \(spread)")
  }

  /// On tables of others, where rows scatter unlike, the first order is near the bootstrap; with all
  /// rows alike it was 0.3 to 1.0 of it.
  @Test(
    .enabled(if: PublicTables.arePresent, "the public tables are not on this machine"),
    arguments: [0, 1, 3, 4, 5])
  func errorsOnPublicTablesAreNearTheBootstrap(_ place: Int) throws {
    let law = Chinchilla()
    let observations = try PublicTables.observations(PublicTables.cases[place])
    let fitter = try LawFitter(law: law)
    let fit = try fitter.fit(observations)
    let information = try FitInformation(law: law, fit: fit, observations: observations)
    let draws = try fitter.bootstrap(observations, fit: fit, draws: 200, seed: 1, threads: 2)
    let bootstrap = try draws.interval(level: 0.95) { theta throws(ScalingLawError) in
      log(try law.bestAllocation(theta, compute: 1e21).parameters)
    }
    let width = try #require(bootstrap.high) - #require(bootstrap.low)
    let error = information.standardError(
      slopes: try information.slopes { theta throws(ScalingLawError) in
        log(try law.bestAllocation(theta, compute: 1e21).parameters)
      })
    // An interval of 95 % is 3.92 errors wide where draws are normal, which those of N* are not quite;
    // its width from 200 draws is known to a tenth.
    let ratio = error / (width / 3.92)
    #expect(ratio > 0.7 && ratio < 1.6, "\(ratio)")
  }

  @Test func noiseBelowTheThresholdHasTheVarianceOfLeastSquares() throws {
    let residuals = (0..<50).map { 1e-5 * sin(Double($0)) }
    let scale = try ResidualScale(residuals: residuals, freeParameters: 5, threshold: 1e-3)
    #expect(scale.bend == 1)
    for residual in residuals { #expect(scale.bend(at: residual) == 1) }
    let squares = residuals.reduce(0) { $0 + $1 * $1 } / 45
    #expect(abs(scale.variance / squares - 1) < 1e-12)
  }

  /// Above the threshold the estimate is all but a median, whose variance is that of the mean times
  /// pi / 2 under normal noise.
  @Test func noiseAboveTheThresholdHasTheVarianceOfAMedian() throws {
    var random = SplitMix(Seed(value: 41))
    let residuals = (0..<20000).map { _ in 0.05 * random.normal() }
    let scale = try ResidualScale(residuals: residuals, freeParameters: 5, threshold: 1e-3)
    // Some 7 % of the rows, 1,450, are counted for the density: it is known to 2.6 %, its square to
    // 5 %. Three of these.
    #expect(abs(scale.variance / (0.0025 * .pi / 2) - 1) < 0.15)
  }

  @Test func rowsThatShareTheNoiseOfTheirRunSayLess() throws {
    var random = SplitMix(Seed(value: 42))
    let theta = Case.theta(of: Chinchilla(), using: &random)
    let ends = Case.grid(sizes: 8, tokens: 6, using: &random)
    // Three points of each run, late in it, with all but the same noise.
    let parts = [1, 0.9, 0.8]
    let columns = [
      ends[0].flatMap { size in parts.map { _ in size } },
      ends[1].flatMap { tokens in parts.map { tokens * $0 } },
    ]
    var losses: [Double] = []
    let clean = try Chinchilla().predict(theta, at: columns, wantsGradients: false).losses
    for run in ends[0].indices {
      let shared = 0.01 * random.normal()
      for part in parts.indices {
        losses.append(clean[3 * run + part] * exp(shared + 0.001 * random.normal()))
      }
    }
    func error(runs: [String]?) throws -> Double {
      let observations = try Observations(
        columns: ["N": columns[0], "D": columns[1]], losses: losses, runs: runs)
      let fit = try LawFitter(law: Chinchilla()).fit(observations)
      let information = try FitInformation(
        law: Chinchilla(), fit: fit, observations: observations)
      return information.standardError(
        slopes: try information.slopes { theta throws(ScalingLawError) in theta[2] })
    }
    let ratio = try error(runs: losses.indices.map { "run \($0 / 3)" }) / error(runs: nil)
    // The root of 3; a variance of 48 runs is known to 20 %.
    #expect(ratio > 1.2 && ratio < 2.4)
  }

  @Test func tooFewRunsAndTooFewRowsAreRefused() throws {
    let observations = try LawFitterTests.noisy(seed: Seed(value: 43))
    let named = try Observations(
      columns: observations.columns, losses: observations.losses,
      runs: (0..<observations.count).map { "\($0 % 5)" })
    let fit = try LawFitter(law: Chinchilla()).fit(named)
    let error = try #require(throws: ScalingLawError.self) {
      try FitInformation(law: Chinchilla(), fit: fit, observations: named)
    }
    #expect(error.code == .notIdentified)
    #expect(error.message.contains("5 runs"))
    #expect(throws: ScalingLawError.self) {
      try ResidualScale(residuals: [1, 2], freeParameters: 2, threshold: 1e-3)
    }
    #expect(throws: ScalingLawError.self) {
      try ResidualScale(residuals: [0, 0, 0], freeParameters: 2, threshold: 1e-3)
    }
  }
}
