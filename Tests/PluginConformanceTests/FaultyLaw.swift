import Foundation
import PluginBridges
import PluginConformance
import PluginSDK

/// The law E + A / N^alpha + B / D^beta, with a fault.
struct FaultyLaw: ScalingLaw {
  enum Fault: CaseIterable, Sendable {
    case none, divides, averages, turnsASign, squares, isAmbiguous, doubles, overspends, isNegative
  }

  let fault: Fault
  let variables = ["N", "D"]

  var parameters: [LawParameter] {
    [
      LawParameter(
        "E", .coefficient, bounds: (fault == .isNegative ? -1 : 0)...20, unit: "nats"),
      LawParameter("A", .coefficient, bounds: 0...1e12, unit: "nats"),
      LawParameter("alpha", .exponent, bounds: 0.05...1, unit: "1"),
      LawParameter("B", .coefficient, bounds: 0...1e12, unit: "nats"),
      LawParameter("beta", .exponent, bounds: 0.05...1, unit: "1"),
    ]
      + (fault == .isAmbiguous
        ? [LawParameter("F", .coefficient, bounds: 0...20, unit: "nats")] : [])
  }

  func predict(
    _ theta: [Double], at columns: [[Double]], wantsGradients: Bool
  ) -> LawPrediction {
    let mean = columns[0].reduce(0, +) / Double(columns[0].count)
    var losses: [Double] = []
    var gradients: [Double] = []
    for (size, tokens) in zip(columns[0], columns[1]) {
      let size = fault == .averages ? mean : size
      let (x, y) = (pow(size, -theta[2]), pow(tokens, -theta[4]))
      var loss = theta[0] + theta[1] * x + theta[3] * y
      if fault == .squares { loss += theta[0] * theta[0] - theta[0] }
      if fault == .divides { loss += 1 / (theta[2] - 0.05) }
      if fault == .isAmbiguous { loss += theta[5] }
      losses.append(loss)
      guard wantsGradients else { continue }
      gradients += [
        fault == .squares ? 2 * theta[0] : 1, x,
        (fault == .turnsASign ? 1 : -1) * theta[1] * x * log(size), y,
        -theta[3] * y * log(tokens),
      ]
      if fault == .isAmbiguous { gradients.append(1) }
    }
    return LawPrediction(losses: losses, gradients: gradients)
  }

  func optimum(_ theta: [Double], compute: Double) -> Allocation? {
    let (alpha, beta) = (theta[2], theta[4])
    let scale = pow(alpha * theta[1] / (beta * theta[3]), 1 / (alpha + beta))
    let size =
      scale * pow(compute / 6, beta / (alpha + beta)) * (fault == .doubles ? 2 : 1)
    return Allocation(
      parameters: size, tokens: compute / 6 / size * (fault == .overspends ? 1.5 : 1))
  }
}

/// Makes laws with a fault.
struct FaultyLawFactory: ScalingLawFactory {
  let fault: FaultyLaw.Fault
  let identity = PluginIdentity.direct("faulty-law", .scalingLaw)
  let options: [OptionDeclaration] = []

  func make(options: OptionValues) throws(PluginError) -> any ScalingLaw {
    _ = try options.completed(by: self.options)
    return FaultyLaw(fault: fault)
  }

  private static func broken(
    _ law: String, by fault: FaultyLaw.Fault, mentions mention: String
  ) -> LawCase {
    LawCase(law, "\(fault)", .scalingLaw(Self(fault: fault)), mentions: mention)
  }

  static let cases = [
    broken("scaling-law.finite", by: .divides, mentions: "is inf"),
    broken("scaling-law.points-alone", by: .averages, mentions: "among others"),
    broken("scaling-law.gradient", by: .turnsASign, mentions: "the derivative by alpha"),
    broken("scaling-law.coefficients", by: .squares, mentions: "on a line it would be"),
    broken("scaling-law.coefficients", by: .isNegative, mentions: "may be -1.0"),
    broken("scaling-law.recovers", by: .isAmbiguous, mentions: "and is fitted as"),
    broken("scaling-law.optimum", by: .doubles, mentions: "the least loss is at"),
    broken("scaling-law.optimum", by: .overspends, mentions: "which take"),
  ]
}
