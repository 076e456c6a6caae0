import PluginSDK
import Testing

@testable import ExamplePlugin

@Suite struct PowerLawTests {
  private static let theta = [1.7, 400, 0.34, 410, 0.28]
  private let law: PowerLaw

  init() throws { law = try PowerLaw(options: OptionValues(), host: SilentHost()) }

  private func loss(_ theta: [Double], _ size: Double, _ tokens: Double) throws -> Double {
    try law.predict(theta, at: [[size], [tokens]], wantsGradients: false).losses[0]
  }

  @Test(arguments: 0..<5) func theGradientIsThatOfFiniteDifferences(index: Int) throws {
    let gradient = try law.predict(Self.theta, at: [[1e7], [2e8]], wantsGradients: true).gradients
    // A step of 1e-5 of the parameter leaves an error of about 1e-10 of the derivative's size.
    let step = 1e-5 * Self.theta[index]
    var (above, below) = (Self.theta, Self.theta)
    above[index] += step
    below[index] -= step
    let slope = (try loss(above, 1e7, 2e8) - loss(below, 1e7, 2e8)) / (2 * step)
    #expect(abs(slope - gradient[index]) <= 1e-6 * abs(slope))
  }

  @Test func theOptimumIsAMinimum() throws {
    let best = try #require(try law.optimum(Self.theta, compute: 1e18))
    #expect(abs(6 * best.parameters * best.tokens / 1e18 - 1) < 1e-12)
    let least = try loss(Self.theta, best.parameters, best.tokens)
    for factor in [0.99, 1.01] {
      #expect(least < (try loss(Self.theta, best.parameters * factor, best.tokens / factor)))
    }
    #expect(throws: PluginError.self) { try law.optimum([1.7, 0, 0.34, 410, 0.28], compute: 1e18) }
  }
}
