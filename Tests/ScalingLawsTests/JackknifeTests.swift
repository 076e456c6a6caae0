import Chinchilla
import Foundation
import PluginSDK
import ScalingLaws
import Testing

struct JackknifeTests {
  @Test func theSizeThatMovesANumberMostIsNamed() throws {
    let clean = try LawFitterTests.noisy(seed: Seed(value: 51))
    let sizes = try clean.column("N")
    let odd = try #require(Set(sizes).max())
    // One size whose losses are 5 % too high.
    let observations = try Observations(
      columns: clean.columns,
      losses: zip(clean.losses, sizes).map { $1 == odd ? 1.05 * $0 : $0 })
    let fitter = try LawFitter(law: Chinchilla())
    let fit = try fitter.fit(observations)
    let jackknife = try fitter.jackknife(observations, fit: fit, threads: 2)
    #expect(jackknife.parts.map(\.value) == Set(sizes).sorted())
    // What the law says of that size itself hangs on it alone.
    let place = Allocation(parameters: odd, tokens: 1e10)
    let influence = try jackknife.influence { theta throws(ScalingLawError) in
      try Chinchilla().loss(theta, at: place)
    }
    #expect(influence.strongest == odd)
    let without = try #require(jackknife.parts.last).fit
    #expect(influence.without == (try Chinchilla().loss(without.theta, at: place)))
  }

  /// For a mean the jackknife's error is the textbook's, s / sqrt(n).
  @Test func forAMeanItIsTheTextbooksError() throws {
    let clean = try LawFitterTests.noisy(seed: Seed(value: 52))
    let fitter = try LawFitter(law: Chinchilla())
    let fit = try fitter.fit(clean)
    let jackknife = try fitter.jackknife(clean, fit: fit, threads: 1)
    let count = Double(jackknife.parts.count)
    // Numbers 1...n in place of fits, and the means without each.
    let places = Dictionary(
      uniqueKeysWithValues: zip(
        jackknife.parts.map(\.fit.theta), (1...jackknife.parts.count).map(Double.init)))
    let total = count * (count + 1) / 2
    let influence = try jackknife.influence { theta throws(ScalingLawError) in
      places[theta].map { (total - $0) / (count - 1) } ?? total / count
    }
    let variance = count * (count + 1) / 12
    #expect(abs(influence.standardError / (variance / count).squareRoot() - 1) < 1e-12)
  }
}
