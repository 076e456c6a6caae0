import Chinchilla
import PluginSDK
import ScalingLaws
import Testing

struct ExtrapolationTests {
  private let range = ObservedRange(variable: "N", least: 1e7, greatest: 1e9, distinct: 5)

  @Test(arguments: [1e7, 3e8, 1e9, 1e9 * (1 + 1e-15)])
  func withinTheDataNothingIsSaid(_ value: Double) {
    #expect(range.extrapolation(to: value) == nil)
  }

  @Test(arguments: [(4e9, 4.0, "above the greatest"), (2e6, 5.0, "below the least")])
  func outsideOfThemItIsSaidByHowMuch(_ value: Double, factor: Double, side: String) throws {
    let found = try #require(range.extrapolation(to: value))
    // One division.
    #expect(abs(found.factor - factor) < 1e-12)
    #expect(found.description.contains("\(Int(factor)) times \(side) observed"))
  }

  @Test func aFitJudgesEachOfItsVariables() throws {
    let observations = try LawFitterTests.noisy(seed: Seed(value: 71))
    let fit = try LawFitter(law: Chinchilla()).fit(observations)
    let inside = ["N": fit.ranges[0].least, "D": fit.ranges[1].greatest]
    #expect(fit.extrapolations(at: inside).isEmpty)
    let outside = ["N": 2 * fit.ranges[0].greatest, "D": fit.ranges[1].least, "X": 1]
    #expect(fit.extrapolations(at: outside).map(\.variable) == ["N"])
    let compute = try observations.computeRange()
    let products = zip(try observations.column("N"), try observations.column("D")).map {
      6 * $0 * $1
    }
    #expect(compute.least == products.min())
    #expect(compute.greatest == products.max())
  }
}
