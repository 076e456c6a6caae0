// N    parameters of the model
// D    tokens it was trained on, repeated ones each time
// U    different tokens among them
// U_N  the best size for U tokens
import Glibc
package import PluginSDK

/// The loss where data is repeated: what a token, and a parameter past the best size, is still worth.
///
///     L(N, D, U) = E + A / N'^alpha + B / D'^beta
///     D' = U + U R_D (1 - exp(-(D / U - 1) / R_D))
///     N' = U_N + U_N R_N (1 - exp(-(N / U_N - 1) / R_N))
///
/// Muennighoff et al., arXiv 2305.16264, equations 5 and 6, who write R_D* and R_N*; where D is at most
/// U, or N at most U_N, nothing is worth less. U_N is the size that Chinchilla's law with the same A,
/// alpha, B and beta finds best for U tokens. They fit those five to runs of one epoch first and freeze
/// them, which is the sound way here too. N' takes models on both sides of U_N to be fitted, and is an
/// option; without it N' is N.
package struct DataConstrained: ScalingLawPlugin {
  package static let options: [OptionDeclaration] = [
    OptionDeclaration(
      "excess_parameters", .boolean, .defaulted(.boolean(false)),
      help: "Whether parameters past the best size for the data are worth less, by R_N.")
  ]

  package let variables = ["N", "D", "U"]

  /// E, A, alpha, B, beta and R_D, then R_N where excess parameters are worth less.
  ///
  /// The source has R_D = 15.4 and R_N = 5.3. With R_N the loss is linear in E alone, as U_N depends on
  /// A and B.
  package let parameters: [LawParameter]
  private let weighsParameters: Bool

  package init(options: OptionValues, host: any HostServices) throws(PluginError) {
    self.init(excessParameters: try options.requiredBoolean("excess_parameters"))
  }

  /// Creates the law, with or without the second of the two discounts.
  package init(excessParameters: Bool) {
    weighsParameters = excessParameters
    let role: LawRole = excessParameters ? .shape : .coefficient
    let bounds = excessParameters ? 1e-3...1e12 : 0...1e30
    let repeated = LawParameter("R_D", .shape, bounds: 0.1...1e3, unit: "epochs")
    let excess = LawParameter("R_N", .shape, bounds: 0.1...1e3, unit: "1")
    parameters =
      [
        LawParameter("E", .coefficient, bounds: 0...100, unit: "nats"),
        LawParameter("A", role, bounds: bounds, unit: "nats"),
        LawParameter("alpha", .exponent, bounds: 0.03...1.5, unit: "1"),
        LawParameter("B", role, bounds: bounds, unit: "nats"),
        LawParameter("beta", .exponent, bounds: 0.03...1.5, unit: "1"),
        repeated,
      ] + (excessParameters ? [excess] : [])
  }

  package func predict(
    _ theta: [Double], at columns: [[Double]], wantsGradients: Bool
  ) throws(PluginError) -> LawPrediction {
    let count = parameters.count
    guard theta.count == count, columns.count == 3, Set(columns.map(\.count)).count == 1 else {
      throw PluginError(
        .invalidArgument,
        """
        data-constrained takes \(count) numbers (\(parameters.map(\.name).joined(separator: ", "))) \
        and three columns of one length (N, D, U), and got \(theta.count) numbers and columns of \
        \(columns.map(\.count))
        """)
    }
    let (E, A, alpha, B, beta) = (theta[0], theta[1], theta[2], theta[3], theta[4])
    let best = weighsParameters ? BestSize(A: A, alpha: alpha, B: B, beta: beta) : nil
    var losses: [Double] = []
    var gradients: [Double] = []
    for point in columns[0].indices {
      let (logN, logD) = (log(columns[0][point]), log(columns[1][point]))
      let logU = log(columns[2][point])
      let data = Discounted(logTotal: logD, logUnique: min(logU, logD), decay: theta[5])
      let bestLog = best.map { $0.log(atLogTokens: logU) }
      let size = bestLog.map {
        Discounted(logTotal: logN, logUnique: min($0, logN), decay: theta[6])
      }
      let sizeTerm = exp(-alpha * (size?.log ?? logN))
      let dataTerm = exp(-beta * data.log)
      losses.append(E + A * sizeTerm + B * dataTerm)
      guard wantsGradients else { continue }
      var row = [
        1, sizeTerm, -A * sizeTerm * (size?.log ?? logN), dataTerm, -B * dataTerm * data.log,
        -B * dataTerm * beta * data.slopeByDecay,
      ]
      if let best, let bestLog, let size {
        let pull = -A * sizeTerm * alpha
        row.append(pull * size.slopeByDecay)
        if bestLog < logN {
          let slopes = best.slopes(atLogTokens: logU)
          for (index, slope) in slopes.enumerated() {
            row[index + 1] += pull * size.slopeByUnique * slope
          }
        }
      }
      gradients += row
    }
    return LawPrediction(losses: losses, gradients: gradients)
  }

  /// How much data there is besides compute is open, so compute alone has no best size.
  package func optimum(
    _ theta: [Double], compute: Double
  ) throws(PluginError) -> Allocation? { nil }
}

/// An amount of which the part beyond the unique one is worth ever less.
private struct Discounted {
  /// The log of what it is worth.
  let log: Double
  /// The derivative of that by the decay.
  let slopeByDecay: Double
  /// The derivative of that by the log of the unique part.
  let slopeByUnique: Double

  init(logTotal: Double, logUnique: Double, decay: Double) {
    let ratio = exp(logTotal - logUnique)
    let fading = exp(-(ratio - 1) / decay)
    let worth = 1 - decay * expm1(-(ratio - 1) / decay)
    log = logUnique + Glibc.log(worth)
    slopeByDecay = (1 - fading - (ratio - 1) / decay * fading) / worth
    // The ratio times what fades is 0 long before the ratio overflows.
    slopeByUnique = 1 - (fading > 0 ? ratio * fading : 0) / worth
  }
}

/// The size that Chinchilla's law finds best for some tokens: G (G U)^(beta / alpha) with
/// G = (alpha A / (beta B))^(1 / (alpha + beta)).
private struct BestSize {
  let A: Double
  let alpha: Double
  let B: Double
  let beta: Double
  private let logScale: Double

  init(A: Double, alpha: Double, B: Double, beta: Double) {
    (self.A, self.alpha, self.B, self.beta) = (A, alpha, B, beta)
    logScale = Glibc.log(alpha * A / (beta * B)) / (alpha + beta)
  }

  func log(atLogTokens logU: Double) -> Double { logScale + beta / alpha * (logU + logScale) }

  /// The derivatives of the log by A, alpha, B and beta.
  func slopes(atLogTokens logU: Double) -> [Double] {
    let ratio = beta / alpha
    let byAlpha = (1 / alpha - logScale) / (alpha + beta)
    let byBeta = (-1 / beta - logScale) / (alpha + beta)
    return [
      1 / (alpha * A),
      byAlpha * (1 + ratio) - ratio / alpha * (logU + logScale),
      -1 / (alpha * B),
      byBeta * (1 + ratio) + (logU + logScale) / alpha,
    ]
  }
}
