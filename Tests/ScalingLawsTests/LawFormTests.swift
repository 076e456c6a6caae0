import DataConstrained
import Glibc
import Kaplan
import PluginSDK
import PowerLaw
import ReplayForgetting
import ScalingLaws
import Testing

struct LawFormTests {
  @Test(arguments: LawFormCase.all, Seed.first(3))
  func gradientsEqualFiniteDifferences(_ form: LawFormCase, seed: Seed) throws {
    var random = SplitMix(seed)
    let columns = form.points(&random)
    let theta = form.theta.map { $0 * (1 + 0.1 * random.normal() / 3) }
    let prediction = try form.law.predict(theta, at: columns, wantsGradients: true)
    #expect(prediction.losses.allSatisfy { $0 > 0 && $0.isFinite })
    for index in theta.indices {
      let width = 1e-5 * abs(theta[index])
      var (above, below) = (theta, theta)
      above[index] += width
      below[index] -= width
      let high = try form.law.predict(above, at: columns, wantsGradients: false)
      let low = try form.law.predict(below, at: columns, wantsGradients: false)
      #expect(high.gradients.isEmpty)
      for row in columns[0].indices {
        let slope = (high.losses[row] - low.losses[row]) / (2 * width)
        let exact = prediction.gradients[row * theta.count + index]
        // Rounding: some 1e-16 of the loss over twice the width; truncation: the third derivative by
        // an exponent is that of a power, (log N)^2 of the first, over 6 and times the width squared.
        #expect(
          abs(slope - exact) <= 1e-6 * abs(exact) + 1e-14 * prediction.losses[row] / width,
          "\(form.law.parameters[index].name) in row \(row): \(exact), slope \(slope)")
      }
    }
  }

  @Test(arguments: LawFormCase.all, Seed.first(3))
  func aFormIsRecoveredFromItsOwnPredictions(_ form: LawFormCase, seed: Seed) throws {
    var random = SplitMix(seed)
    let columns = form.points(&random)
    let observations = try Case.observations(form.law, form.theta, at: columns, using: &random)
    let fit = try LawFitter(law: form.law).fit(observations)
    for (parameter, known) in zip(fit.parameters, form.theta) {
      // Losses carry 1e-16, and the loosest direction of nine parameters is some 1e10 times less
      // determined than the tightest.
      #expect(
        abs(parameter.value / known - 1) < 1e-4,
        "\(parameter.name) is \(parameter.value), not \(known); objective \(fit.objective)")
    }
    #expect(fit.unidentified.isEmpty)
  }

  @Test(arguments: LawFormCase.all, Seed.first(4))
  func underNoiseTheFitIsNeverWorseThanTheTruth(_ form: LawFormCase, seed: Seed) throws {
    var random = SplitMix(seed)
    let columns = form.points(&random)
    let observations = try Case.observations(
      form.law, form.theta, at: columns, noise: 0.003, using: &random)
    let fit = try LawFitter(law: form.law).fit(observations)
    let truth = try form.law.predict(form.theta, at: columns, wantsGradients: false).losses
    #expect(fit.objective <= LawFitterTests.objective(truth, observations))
    // Starting at the truth leads no lower.
    let warm = try LawFitter(law: form.law).fit(observations, warmStart: form.theta)
    #expect(fit.objective <= warm.objective * (1 + 1e-6))
  }

  /// The two values that the authors' README prints (github.com/huggingface/datablations).
  @Test func theDataConstrainedExampleOfItsAuthorsIsReproduced() throws {
    let (a, b, e, alpha, beta) = (6.255414, 7.3049974, 0.6254804, 0.3526596, 0.3526596)
    let prediction = try DataConstrained(excessParameters: true).predict(
      [exp(e), exp(a), alpha, exp(b), beta, 15.387756, 5.309743],
      at: [[6.34e9, 8.67e9], [242e9, 178e9], [25e9, 25e9]], wantsGradients: false)
    for (found, printed) in zip(prediction.losses, [2.2256440889984477, 2.2269634075087867]) {
      // The order of operations differs in a few places, each worth a rounding.
      #expect(abs(found / printed - 1) < 1e-14)
    }
  }

  @Test func withoutRepetitionDataCountsInFull() throws {
    let law = DataConstrained(excessParameters: false)
    let theta = [1.87, 521, 0.35, 1488, 0.36, 15.4]
    let once = try law.predict(theta, at: [[1e9], [2e10], [2e10]], wantsGradients: false).losses
    let more = try law.predict(theta, at: [[1e9], [2e10], [9e10]], wantsGradients: false).losses
    #expect(once == more)
    // With ever more epochs a token is worth at most 1 + R_D of itself.
    let endless = try law.predict(theta, at: [[1e9], [2e15], [2e10]], wantsGradients: false).losses
    let limit = try law.predict(
      theta, at: [[1e9], [2e10 * 16.4], [1e15]], wantsGradients: false
    ).losses
    #expect(abs(endless[0] / limit[0] - 1) < 1e-12)
  }

  /// Kaplan et al., arXiv 2001.08361, equations 1.1 and 1.2: the limits of the joint law.
  @Test func kaplanWithoutEndOfOneIsThePowerOfTheOther() throws {
    let theta = [8.8e13, 0.076, 5.4e13, 0.095]
    let loss = try Kaplan().predict(
      theta, at: [[1e9, 1e60], [1e60, 1e10]], wantsGradients: false
    ).losses
    #expect(abs(loss[0] / pow(8.8e13 / 1e9, 0.076) - 1) < 1e-9)
    #expect(abs(loss[1] / pow(5.4e13 / 1e10, 0.095) - 1) < 1e-9)
  }

  @Test(arguments: [1e17, 1e20, 1e23])
  func kaplansClosedFormEqualsTheSearchedOptimum(_ compute: Double) throws {
    let theta = [8.8e13, 0.076, 5.4e13, 0.095]
    let closed = try Kaplan().bestAllocation(theta, compute: compute)
    let searched = try Kaplan().searchedAllocation(theta, compute: compute)
    // The search's slope is exact to about 1e-10 of the curvature.
    #expect(abs(searched.parameters / closed.parameters - 1) < 1e-7)
    #expect(abs(6 * closed.parameters * closed.tokens / compute - 1) < 1e-12)
  }

  @Test func kaplanRefusesAnOptimumBelowOneParameter() throws {
    let refusal = try #require(throws: PluginError.self) {
      try Kaplan().optimum([1, 0.5, 1e20, 0.1], compute: 1e10)
    }
    #expect(refusal.status == .unsupported)
    #expect(refusal.message.contains("less than one parameter"))
  }

  @Test func withoutReplayForgettingIsAPowerOfDataAndSize() throws {
    let losses = try ReplayForgetting().predict(
      [10, 0.5, 0.25, 1e3], at: [[2, 2], [1e8, 1e8], [1e6, 1e6], [0, 0.015]], wantsGradients: false
    ).losses
    #expect(abs(losses[0] - (2 + 10 * 1e3 / 100)) < 1e-9)
    // 1 + 1000 * 0.015 = 16 replays half of a quarter power away.
    #expect(abs((losses[0] - 2) / (losses[1] - 2) - 2) < 1e-9)
  }

  @Test(arguments: LawFormCase.all)
  func aWrongCallIsRefusedWithWhatIsAllowed(_ form: LawFormCase) throws {
    let refusal = try #require(throws: PluginError.self) {
      try form.law.predict([1], at: [], wantsGradients: false)
    }
    #expect(refusal.status == .invalidArgument)
    #expect(refusal.message.contains("takes \(form.theta.count) numbers"))
  }
}
