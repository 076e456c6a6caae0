import Foundation
import PluginSDK
import ScalingLaws
import Testing

/// L = E + K X^-e: one variable of another name, and a narrow range for E.
private struct OneVariable: ScalingLaw {
  var constantBounds: ClosedRange<Double> = 0...100
  var variables: [String] { ["X"] }
  var parameters: [LawParameter] {
    [
      LawParameter("E", .coefficient, bounds: constantBounds, unit: "nats"),
      LawParameter("K", .coefficient, bounds: 0...1e9, unit: "nats"),
      LawParameter("e", .exponent, bounds: 0.03...1.5, unit: "1"),
    ]
  }

  func predict(
    _ theta: [Double], at columns: [[Double]], wantsGradients: Bool
  ) throws(PluginError) -> LawPrediction {
    let powers = columns[0].map { pow($0, -theta[2]) }
    return LawPrediction(
      losses: powers.map { theta[0] + theta[1] * $0 },
      gradients: wantsGradients
        ? zip(powers, columns[0]).flatMap { [1, $0, -theta[1] * $0 * log($1)] } : [])
  }

  func optimum(_ theta: [Double], compute: Double) throws(PluginError) -> Allocation? { nil }
}

/// L = E + A / (N + S)^alpha + B / D^beta: not a power law in N, with a wide shape parameter, and
/// no closed-form optimum.
private struct Shifted: ScalingLaw {
  let variables = ["N", "D"]
  let parameters = [
    LawParameter("E", .coefficient, bounds: 0...100, unit: "nats"),
    LawParameter("A", .coefficient, bounds: 0...1e30, unit: "nats"),
    LawParameter("alpha", .exponent, bounds: 0.03...1.5, unit: "1"),
    LawParameter("S", .shape, bounds: 1e3...1e10, unit: "parameters"),
    LawParameter("B", .coefficient, bounds: 0...1e30, unit: "nats"),
    LawParameter("beta", .exponent, bounds: 0.03...1.5, unit: "1"),
  ]

  func predict(
    _ theta: [Double], at columns: [[Double]], wantsGradients: Bool
  ) throws(PluginError) -> LawPrediction {
    var (losses, gradients) = ([Double](), [Double]())
    for (size, tokens) in zip(columns[0], columns[1]) {
      let total = size + theta[3]
      let sizeTerm = pow(total, -theta[2])
      let dataTerm = pow(tokens, -theta[5])
      losses.append(theta[0] + theta[1] * sizeTerm + theta[4] * dataTerm)
      gradients += [
        1, sizeTerm, -theta[1] * sizeTerm * log(total), -theta[1] * theta[2] * sizeTerm / total,
        dataTerm, -theta[4] * dataTerm * log(tokens),
      ]
    }
    return LawPrediction(losses: losses, gradients: wantsGradients ? gradients : [])
  }

  func optimum(_ theta: [Double], compute: Double) throws(PluginError) -> Allocation? { nil }
}

/// A law whose code always fails.
private struct Failing: ScalingLaw {
  let variables = ["N"]
  let parameters = [LawParameter("E", .coefficient, bounds: 0...1, unit: "nats")]

  func predict(
    _ theta: [Double], at columns: [[Double]], wantsGradients: Bool
  ) throws(PluginError) -> LawPrediction {
    throw PluginError(.internal, "out of order", plugin: "failing")
  }

  func optimum(_ theta: [Double], compute: Double) throws(PluginError) -> Allocation? { nil }
}

/// A law that predicts nothing positive.
private struct Negative: ScalingLaw {
  let variables = ["N"]
  let parameters = [LawParameter("e", .exponent, bounds: 0.1...1, unit: "1")]

  func predict(
    _ theta: [Double], at columns: [[Double]], wantsGradients: Bool
  ) throws(PluginError) -> LawPrediction {
    LawPrediction(
      losses: columns[0].map { -pow($0, theta[0]) },
      gradients: wantsGradients ? columns[0].map { -pow($0, theta[0]) * log($0) } : [])
  }

  func optimum(_ theta: [Double], compute: Double) throws(PluginError) -> Allocation? { nil }
}

struct OtherFormTests {
  private let points = (0..<12).map { 100 * pow(2, Double($0)) }

  private func oneVariable() throws -> Observations {
    try Observations(columns: ["X": points], losses: points.map { 1.5 + 40 * pow($0, -0.5) })
  }

  @Test func aFormOfOneVariableIsRecovered() throws {
    let fit = try LawFitter(law: OneVariable()).fit(oneVariable())
    for (found, known) in zip(fit.theta, [1.5, 40, 0.5]) { #expect(abs(found / known - 1) < 1e-8) }
  }

  @Test(arguments: [(0.0...1.0, 1.0), (2.0...3.0, 2.0)])
  func aCoefficientStaysWithinItsBounds(_ bounds: ClosedRange<Double>, end: Double) throws {
    let fit = try LawFitter(law: OneVariable(constantBounds: bounds)).fit(oneVariable())
    #expect(fit["E"] == end)
    #expect(fit.parameters[0].atBound)
    #expect(fit.warnings.contains { $0.hasPrefix("E ended on a bound") })
    // The others are the best for that value.
    let held = try LawFitter(law: OneVariable(), frozen: ["E": end]).fit(oneVariable())
    #expect(abs(fit.objective / held.objective - 1) < 1e-9)
  }

  @Test(arguments: Seed.first(4))
  func aFormThatIsNoPowerLawIsRecovered(_ seed: Seed) throws {
    var random = SplitMix(seed)
    let columns = Case.grid(sizes: 8, tokens: 5, using: &random)
    let theta = [1.6, 2 * pow(3e7, 0.5), 0.5, 2e7, 900, 0.35]
    let observations = try Case.observations(Shifted(), theta, at: columns, using: &random)
    let fit = try LawFitter(law: Shifted()).fit(observations)
    for (found, known) in zip(fit.theta, theta) { #expect(abs(found / known - 1) < 1e-5) }
  }

  @Test func withoutAClosedFormTheBestAllocationIsSearched() throws {
    let theta = [1.6, 420, 0.4, 1e7, 900, 0.35]
    let best = try Shifted().bestAllocation(theta, compute: 1e20)
    #expect(abs(6 * best.parameters * best.tokens / 1e20 - 1) < 1e-12)
    let least = try Shifted().loss(theta, at: best)
    for factor in [0.9, 0.99, 1.01, 1.1] {
      let other = Allocation(parameters: best.parameters * factor, tokens: best.tokens / factor)
      #expect(try Shifted().loss(theta, at: other) > least)
    }
  }

  @Test func aLawOfOtherVariablesHasNoAllocation() throws {
    let error = try #require(throws: ScalingLawError.self) {
      try OneVariable().bestAllocation([1, 1, 0.5], compute: 1e20)
    }
    #expect(error.code == .unsuitableLaw)
    #expect(error.message.contains("the law depends on 'X'"))
  }

  @Test func theLawsOwnFailureIsHandedOn() throws {
    let error = try #require(throws: ScalingLawError.self) {
      try LawFitter(law: Failing()).fit(Observations(columns: ["N": [1, 2]], losses: [1, 2]))
    }
    #expect(error.code == .lawFailed)
    #expect(error.cause?.status == .internal)
    #expect(error.message == "plugin 'failing': out of order")
  }

  @Test func aLawWithoutPositiveLossesIsRefused() throws {
    let error = try #require(throws: ScalingLawError.self) {
      try LawFitter(law: Negative()).fit(Observations(columns: ["N": [2, 3]], losses: [1, 2]))
    }
    #expect(error.code == .noFit)
    #expect(error.message.contains("check the units of the columns N"))
  }
}
