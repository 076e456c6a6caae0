import CPTExtended
import Chinchilla
import Foundation
import PluginSDK
import ScalingLaws
import Testing

/// Coefficients as printed in arXiv 2407.02118, table 2.
private let scratch = [1.55, 420, 0.40, 719.5, 0.30]
private let continued = [1.55, 420, 0.40, 433.3, 0.20, 0.08]

struct LawPluginTests {
  /// Optima of the printed coefficients, to eight digits.
  struct Optimum: CustomTestStringConvertible, Sendable {
    var law: any ScalingLaw
    var theta: [Double]
    var compute: Double
    var size: Double
    var tokens: Double
    var loss: Double
    var testDescription: String { "\(type(of: law)) at \(compute) FLOPs" }
  }

  static let optima = [
    Optimum(
      law: Chinchilla(), theta: scratch, compute: 1e18, size: 16_799_743, tokens: 9.9207865e9,
      loss: 2.8121327),
    Optimum(
      law: Chinchilla(), theta: scratch, compute: 1e22, size: 8.7013845e8, tokens: 1.915404e12,
      loss: 1.81025),
    Optimum(
      law: CPTExtended(), theta: continued, compute: 1e18, size: 40_113_146,
      tokens: 4.1549139e9, loss: 3.2048426),
    Optimum(
      law: CPTExtended(), theta: continued, compute: 1e22, size: 1.3859522e9,
      tokens: 1.2025426e12, loss: 1.9512103),
  ]

  @Test(arguments: optima)
  func theClosedFormGivesTheKnownOptimum(_ known: Optimum) throws {
    let best = try #require(try known.law.optimum(known.theta, compute: known.compute))
    // Half a unit of the eighth digit.
    #expect(abs(best.parameters / known.size - 1) < 5e-8)
    #expect(abs(best.tokens / known.tokens - 1) < 5e-8)
    #expect(try abs(known.law.loss(known.theta, at: best) / known.loss - 1) < 5e-8)
    #expect(abs(6 * best.parameters * best.tokens / known.compute - 1) < 1e-12)
  }

  @Test(arguments: optima)
  func theClosedFormEqualsTheSearchedOptimum(_ known: Optimum) throws {
    let closed = try known.law.bestAllocation(known.theta, compute: known.compute)
    let searched = try known.law.searchedAllocation(known.theta, compute: known.compute)
    // The search's slope is exact to about 1e-10 of the curvature.
    #expect(abs(searched.parameters / closed.parameters - 1) < 1e-8)
    #expect(abs(searched.tokens / closed.tokens - 1) < 1e-8)
  }

  /// Equations 8 and 9 of arXiv 2407.02118, with the factors recomputed to five digits.
  @Test(arguments: [
    (optima[0], 0.32435, 0.51384, 3.0 / 7), (optima[2], 4.78861, 0.034805, 0.2 / 0.52),
  ])
  func theOptimumIsAPowerOfCompute(
    _ known: Optimum, sizeFactor: Double, tokenFactor: Double, exponent: Double
  ) throws {
    for compute in [1e17, 1e20, 1e24] {
      let best = try known.law.bestAllocation(known.theta, compute: compute)
      #expect(abs(best.parameters / (sizeFactor * pow(compute, exponent)) - 1) < 3e-5)
      #expect(abs(best.tokens / (tokenFactor * pow(compute, 1 - exponent)) - 1) < 3e-5)
    }
  }

  @Test(arguments: [Chinchilla(), CPTExtended()] as [any ScalingLaw], Seed.first(10))
  func gradientsEqualFiniteDifferences(_ law: any ScalingLaw, seed: Seed) throws {
    var random = SplitMix(seed)
    let theta = Case.theta(of: law, using: &random)
    let columns = Case.grid(sizes: 3, tokens: 2, using: &random)
    let prediction = try law.predict(theta, at: columns, wantsGradients: true)
    for index in theta.indices {
      let width = 1e-5 * max(abs(theta[index]), 1e-2)
      var (above, below) = (theta, theta)
      above[index] += width
      below[index] -= width
      let high = try law.predict(above, at: columns, wantsGradients: false)
      let low = try law.predict(below, at: columns, wantsGradients: false)
      #expect(high.gradients.isEmpty)
      for row in columns[0].indices {
        let slope = (high.losses[row] - low.losses[row]) / (2 * width)
        let exact = prediction.gradients[row * theta.count + index]
        // Rounding: a loss of 10 over twice the width; truncation: (log D)^2 width^2 / 6 of it.
        #expect(abs(slope - exact) < 1e-7 * abs(exact) + 1e-14 / width)
      }
    }
  }

  @Test(arguments: Seed.first(10))
  func withoutGammaTheExtendedFormIsChinchilla(_ seed: Seed) throws {
    var random = SplitMix(seed)
    let theta = Case.theta(of: Chinchilla(), using: &random)
    let columns = Case.grid(sizes: 4, tokens: 4, using: &random)
    let plain = try Chinchilla().predict(theta, at: columns, wantsGradients: true)
    let extended = try CPTExtended().predict(theta + [0], at: columns, wantsGradients: true)
    #expect(plain.losses == extended.losses)
    for row in columns[0].indices {
      #expect(
        Array(plain.gradients[(row * 5)..<(row * 5 + 5)])
          == Array(extended.gradients[(row * 6)..<(row * 6 + 5)]))
    }
    let best = try Chinchilla().optimum(theta, compute: 1e20)
    #expect(try CPTExtended().optimum(theta + [0], compute: 1e20) == best)
  }

  @Test(arguments: [0.20, 0.25, 1])
  func theExtendedFormHasNoOptimumUnlessBetaExceedsGamma(_ gamma: Double) throws {
    let theta = [1.55, 420, 0.40, 433.3, 0.20, gamma]
    let refusal = try #require(throws: PluginError.self) {
      try CPTExtended().optimum(theta, compute: 1e20)
    }
    #expect(refusal.status == .unsupported)
    #expect(refusal.message.contains("beta must be above gamma"))
    let error = try #require(throws: ScalingLawError.self) {
      try CPTExtended().bestAllocation(theta, compute: 1e20)
    }
    #expect(error.code == .noInteriorOptimum)
    #expect(throws: ScalingLawError.self) {
      try CPTExtended().searchedAllocation(theta, compute: 1e20)
    }
  }

  @Test(arguments: [1, 3])
  func withoutASizeOrDataTermThereIsNoOptimum(_ coefficient: Int) throws {
    for (law, printed) in [(Chinchilla(), scratch), (CPTExtended(), continued)]
      as [(any ScalingLaw, [Double])]
    {
      var theta = printed
      theta[coefficient] = 0
      let error = try #require(throws: ScalingLawError.self) {
        try law.bestAllocation(theta, compute: 1e20)
      }
      #expect(error.code == .noInteriorOptimum)
    }
  }

  @Test func aWrongCallIsRefusedWithWhatIsAllowed() throws {
    for law in [Chinchilla(), CPTExtended()] as [any ScalingLaw] {
      let theta = [Double](repeating: 0.5, count: law.parameters.count)
      let tooFew = try #require(throws: PluginError.self) {
        try law.predict([1, 2], at: [[1], [1]], wantsGradients: false)
      }
      #expect(tooFew.status == .invalidArgument)
      #expect(tooFew.message.contains("takes \(theta.count) numbers (E, A, alpha, B, beta"))
      let uneven = try #require(throws: PluginError.self) {
        try law.predict(theta, at: [[1, 2], [1]], wantsGradients: false)
      }
      #expect(uneven.message.contains("two columns of one length (N, D)"))
      let noCompute = try #require(throws: PluginError.self) {
        try law.optimum(theta, compute: -1)
      }
      #expect(noCompute.status == .invalidArgument)
    }
  }
}

/// Laws and points made up for a test.
enum Case {
  /// Parameters such that all terms matter on ``grid(sizes:tokens:using:)``.
  static func theta(of law: any ScalingLaw, using random: inout SplitMix) -> [Double] {
    let alpha = Double.random(in: 0.2...0.6, using: &random)
    let beta = Double.random(in: 0.2...0.6, using: &random)
    let gamma = Double.random(in: -0.15...0.15, using: &random)
    let E = Double.random(in: 0.5...2, using: &random)
    let A = Double.random(in: 0.5...2, using: &random) * pow(3e7, alpha)
    var B = Double.random(in: 0.5...2, using: &random) * pow(3e9, beta)
    guard law.parameters.count == 6 else { return [E, A, alpha, B, beta] }
    B *= pow(3e7, gamma)
    return [E, A, alpha, B, beta, gamma]
  }

  /// All pairs of some sizes in 1e6...1e9 and tokens in 1e8...1e11.
  static func grid(sizes: Int, tokens: Int, using random: inout SplitMix) -> [[Double]] {
    let spread = { (low: Double, count: Int, random: inout SplitMix) in
      (0..<count).map { step in
        low * pow(1e3, (Double(step) + Double.random(in: 0...0.8, using: &random)) / Double(count))
      }
    }
    let allSizes = spread(1e6, sizes, &random)
    let allTokens = spread(1e8, tokens, &random)
    return [
      allSizes.flatMap { size in allTokens.map { _ in size } },
      allSizes.flatMap { _ in allTokens },
    ]
  }

  /// What a law predicts at some points, each loss times exp of some noise.
  static func observations(
    _ law: any ScalingLaw, _ theta: [Double], at columns: [[Double]], noise: Double = 0,
    using random: inout SplitMix
  ) throws -> Observations {
    let losses = try law.predict(theta, at: columns, wantsGradients: false).losses
    var noisy: [Double] = []
    for loss in losses { noisy.append(loss * exp(noise * random.normal())) }
    return try Observations(
      columns: Dictionary(uniqueKeysWithValues: zip(law.variables, columns)), losses: noisy)
  }
}
