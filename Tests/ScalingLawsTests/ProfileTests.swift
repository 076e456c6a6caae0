import Chinchilla
import Foundation
import PluginSDK
import ScalingLaws
import Testing

struct ProfileTests {
  private struct Fitted {
    var fitter: LawFitter
    var observations: Observations
    var fit: LawFit
    var calibration: ProfileCalibration

    init(_ observations: Observations, draws: Int) throws {
      fitter = try LawFitter(law: Chinchilla())
      self.observations = observations
      fit = try fitter.fit(observations)
      calibration = try fitter.profileCalibration(
        observations, fit: fit, draws: draws, seed: 1, threads: 2)
    }

    func profile(
      _ name: String, level: Double, sides: IntervalSides = .both
    ) throws -> ProfileInterval {
      try fitter.profile(
        name, of: fit, observations: observations, calibration: calibration, level: level,
        sides: sides)
    }
  }

  @Test(arguments: ["E", "A", "alpha", "beta"])
  func atItsEndsTheObjectiveHasRisenToTheLimit(_ name: String) throws {
    let fitted = try Fitted(LawFitterTests.noisy(seed: Seed(value: 31)), draws: 10)
    let profile = try fitted.profile(name, level: 0.9)
    let scale = try #require(fitted.calibration.scales[name])
    #expect(profile.lowerObjective == nil)
    #expect(profile.points.map(\.value) == profile.points.map(\.value).sorted())
    for end in [profile.low, profile.high] {
      let value = try #require(end?.value)
      // Searched from nothing, not from the fit.
      let held = try LawFitter(law: Chinchilla(), frozen: [name: value]).fit(fitted.observations)
      // 1.6448536 is the 95 % point of a normal number; the end is found to 1e-6 of its root.
      let limit = 0.5 * scale * 1.6448536 * 1.6448536
      #expect(abs((held.objective - fitted.fit.objective) / limit - 1) < 1e-4)
    }
    #expect(try #require(profile.low?.value) < profile.estimate)
    #expect(try #require(profile.high?.value) > profile.estimate)
  }

  /// With noise far below its threshold Huber's loss is a square, and all theories agree.
  @Test(arguments: ["E", "alpha", "B", "beta"])
  func underLeastSquaresItIsTheIntervalOfTheInformation(_ name: String) throws {
    var random = SplitMix(Seed(value: 32))
    let theta = Case.theta(of: Chinchilla(), using: &random)
    let columns = Case.grid(sizes: 7, tokens: 6, using: &random)
    let fitted = try Fitted(
      Case.observations(Chinchilla(), theta, at: columns, noise: 2e-5, using: &random), draws: 100)
    let information = try FitInformation(
      law: Chinchilla(), fit: fitted.fit, observations: fitted.observations)
    let index = try #require(Chinchilla().parameters.firstIndex { $0.name == name })
    let error = information.standardError(
      slopes: try information.slopes { theta throws(ScalingLawError) in theta[index] })
    let profile = try fitted.profile(name, level: 0.95)
    let width = try #require(profile.high?.value) - #require(profile.low?.value)
    // The mean of 100 chi-square numbers is known to 14 % and its root to 7 %; resampling 42 rows
    // takes off another 6 %. Three of these.
    #expect(abs(width / (2 * 1.959964 * error) - 1) < 0.3)
  }

  @Test func anExponentOfANarrowRangeIsOpen() throws {
    var random = SplitMix(Seed(value: 33))
    let theta = Case.theta(of: Chinchilla(), using: &random)
    // Tokens within 5 %: the exponent of D can hardly be seen through 1 % of noise.
    let columns = Case.grid(sizes: 6, tokens: 5, using: &random)
    let narrow = [columns[0], columns[1].map { 1e9 * pow($0 / 1e9, 0.007) }]
    let fitted = try Fitted(
      Case.observations(Chinchilla(), theta, at: narrow, noise: 0.01, using: &random), draws: 20)
    guard fitted.calibration.scales["beta"] != nil else {
      #expect(fitted.fit.parameters[4].atBound)
      return
    }
    let profile = try fitted.profile("beta", level: 0.95)
    let bounds = Chinchilla().parameters[4].bounds
    let open = [
      profile.low == .open(bound: bounds.lowerBound),
      profile.high == .open(bound: bounds.upperBound),
    ]
    #expect(open.contains(true))
    #expect(profile.remarks.contains { $0.hasPrefix("beta is not identified") })
  }

  @Test func aBoundOnOneSideIsNearerThanTheEndOfBoth() throws {
    let fitted = try Fitted(LawFitterTests.noisy(seed: Seed(value: 34)), draws: 10)
    let both = try fitted.profile("alpha", level: 0.9)
    let upper = try fitted.profile("alpha", level: 0.9, sides: .upper)
    let lower = try fitted.profile("alpha", level: 0.95, sides: .lower)
    #expect(upper.low == nil)
    #expect(try #require(upper.high?.value) < #require(both.high?.value))
    // One side at 95 % is one of two sides at 90 %; both ends are found to 1e-6 of the width.
    let lowerEnd = try #require(lower.low?.value)
    #expect(try abs(lowerEnd - #require(both.low?.value)) < 1e-4 * (both.estimate - lowerEnd))
  }

  @Test func frozenParametersAndLevelsThatAreNoneAreRefused() throws {
    let observations = try LawFitterTests.noisy(seed: Seed(value: 35))
    let fitter = try LawFitter(law: Chinchilla(), frozen: ["E": 0.4])
    let fit = try fitter.fit(observations)
    let calibration = try fitter.profileCalibration(
      observations, fit: fit, draws: 3, seed: 1, threads: 1)
    #expect(calibration.scales["E"] == nil)
    for (name, level) in [("E", 0.9), ("gamma", 0.9), ("alpha", 1.0)] {
      let error = try #require(throws: ScalingLawError.self) {
        try fitter.profile(
          name, of: fit, observations: observations, calibration: calibration, level: level)
      }
      #expect(error.code == .invalidArgument)
    }
  }
}
