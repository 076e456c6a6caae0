import CPTExtended
import Chinchilla
import Foundation
import PluginSDK
import ScalingLaws
import Testing

struct FitWarningTests {
  @Test func oneSizeCannotTellItsTermFromTheConstant() throws {
    var random = SplitMix(Seed(value: 1))
    var columns = Case.grid(sizes: 2, tokens: 8, using: &random)
    columns[0] = columns[0].map { _ in 2e6 }
    let theta = Case.theta(of: Chinchilla(), using: &random)
    let observations = try Case.observations(
      Chinchilla(), theta, at: columns, noise: 0.01, using: &random)
    let fit = try LawFitter(law: Chinchilla()).fit(observations)
    #expect(
      fit.warnings == [
        """
        These observations cannot tell E, A and alpha apart (every N is 2e+06): other values fit as \
        well. Measure over a wider range, or freeze all but one of them.
        """
      ])
    let frozen = ["A": theta[1], "alpha": theta[2]]
    #expect(
      try LawFitter(law: Chinchilla(), frozen: frozen).fit(observations).warnings.isEmpty)
  }

  @Test func fewSizesAreNamed() throws {
    var random = SplitMix(Seed(value: 2))
    let theta = Case.theta(of: Chinchilla(), using: &random)
    for (sizes, isFew) in [(3, true), (4, true), (5, false)] {
      let columns = Case.grid(sizes: sizes, tokens: 8, using: &random)
      let fit = try LawFitter(law: Chinchilla()).fit(
        Case.observations(Chinchilla(), theta, at: columns, noise: 0.001, using: &random))
      #expect(
        fit.warnings.contains {
          $0.hasPrefix(
            "There are only \(sizes) different values of N, so E, A and alpha are barely")
        } == isFew)
    }
  }

  @Test func variablesThatMoveTogetherAreNamed() throws {
    var random = SplitMix(Seed(value: 6))
    let theta = Case.theta(of: Chinchilla(), using: &random)
    let sizes = (0..<9).map { 1e6 * pow(2, Double($0)) }
    let ladder = try Case.observations(
      Chinchilla(), theta, at: [sizes, sizes.map { 20 * $0 }], noise: 0.001, using: &random)
    #expect(
      try LawFitter(law: Chinchilla()).fit(ladder).warnings.contains {
        $0.hasPrefix("N and D move together in these observations")
      })
  }

  @Test func aTermThatIsNotThereIsReportedAsZero() throws {
    var random = SplitMix(Seed(value: 3))
    let columns = Case.grid(sizes: 6, tokens: 6, using: &random)
    // Larger models do slightly worse, which no positive A can express.
    let observations = try Observations(
      columns: ["N": columns[0], "D": columns[1]],
      losses: zip(columns[0], columns[1]).map { 2 + 0.01 * log($0) + 1500 * pow($1, -0.35) })
    let fit = try LawFitter(law: Chinchilla()).fit(observations)
    #expect(fit["A"] == 0)
    #expect(fit.parameters[1].atBound)
    #expect(
      fit.warnings.contains {
        $0.hasPrefix("A came out as 0: these observations show no such term, and alpha then means")
      })
  }

  @Test func anExponentOnItsBoundIsReported() throws {
    var random = SplitMix(Seed(value: 4))
    let columns = Case.grid(sizes: 6, tokens: 6, using: &random)
    // Steeper in D than the law allows.
    let theta = [2, 300, 0.3, pow(3e8, 1.9), 1.9]
    let observations = try Case.observations(Chinchilla(), theta, at: columns, using: &random)
    let fit = try LawFitter(law: Chinchilla()).fit(observations)
    #expect(fit["beta"] == 1.5)
    #expect(fit.parameters[4].atBound)
    #expect(fit.warnings.contains { $0.hasPrefix("beta ended on a bound, 1.5:") })
  }

  @Test func aFitThroughAllPointsSaysSo() throws {
    var random = SplitMix(Seed(value: 5))
    let theta = Case.theta(of: Chinchilla(), using: &random)
    let columns = [[1e6, 1e7, 1e8, 3e6, 3e7], [1e8, 1e9, 1e10, 1e11, 3e8]]
    let fit = try LawFitter(law: Chinchilla()).fit(
      Case.observations(Chinchilla(), theta, at: columns, using: &random))
    #expect(fit.warnings.contains { $0.contains("as many observations as free parameters") })
  }

  @Test func mistakesAreRefusedWithWhatIsAllowed() throws {
    let two = try Observations(columns: ["N": [1e6, 2e6], "D": [1e8, 1e9]], losses: [4, 3])
    try expect(.tooFewObservations, "2 observations cannot fit 5 free parameters") {
      _ = try LawFitter(law: Chinchilla()).fit(two)
    }
    try expect(.invalidFrozenParameter, "cannot freeze 'delta': the law has no such parameter") {
      _ = try LawFitter(law: Chinchilla(), frozen: ["delta": 1])
    }
    try expect(.invalidFrozenParameter, "cannot freeze 'alpha' at 2.0: it must lie in 0.03...1.5") {
      _ = try LawFitter(law: Chinchilla(), frozen: ["alpha": 2])
    }
    try expect(.invalidObservations, "there is no column 'D'; the columns are N") {
      _ = try LawFitter(law: Chinchilla()).fit(
        Observations(columns: ["N": [1, 2, 3, 4, 5]], losses: [1, 1, 1, 1, 1]))
    }
    try expect(.invalidObservations, "column 'N' has 1 rows and there are 2 losses") {
      _ = try Observations(columns: ["N": [1]], losses: [1, 2])
    }
    try expect(.invalidObservations, "column 'loss' is nan in row 2") {
      _ = try Observations(columns: ["N": [1, 2]], losses: [1, .nan])
    }
    try expect(.invalidObservations, "column 'D' is 0.0 in row 1") {
      _ = try Observations(columns: ["D": [0, 2]], losses: [1, 2])
    }
    try expect(.invalidObservations, "1 run names stand beside 2 losses") {
      _ = try Observations(columns: ["D": [1, 2]], losses: [1, 2], runs: ["a"])
    }
    try expect(.unsuitableLaw, "the law has 5 parameters and the start has 1") {
      _ = try LawFitter(law: Chinchilla()).fit(
        LawFitterTests.noisy(seed: Seed(value: 1)), warmStart: [1])
    }
    try expect(.tooFewObservations, "leaves none to predict") {
      _ = try LawFitter(law: Chinchilla()).backTest(
        LawFitterTests.noisy(seed: Seed(value: 1)), share: 1)
    }
  }

  private func expect(
    _ code: ScalingLawError.Code, _ text: String, _ body: () throws -> Void
  ) throws {
    let error = try #require(throws: ScalingLawError.self, performing: body)
    #expect(error.code == code)
    #expect(error.description.contains(text))
  }
}
