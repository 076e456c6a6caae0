import Glibc
import PluginSDK

/// Hands the law to the host.
@c(example_plugin_entry)
public func entry(_ host: CHost?, _ plugin: CPlugin?, _ error: CErrorSlot?) -> CStatus {
  unsafe exportScalingLaw(PowerLaw.self, host, plugin, error)
}

/// A power law in the number of parameters N and of training tokens D.
///
///     L(N, D) = E + A / N^alpha + B / D^beta
///
/// After Hoffmann et al., arXiv 2203.15556, section 3.3.
struct PowerLaw: ScalingLawPlugin {
  static let options: [OptionDeclaration] = []

  let variables = ["N", "D"]

  let parameters = [
    LawParameter("E", .coefficient, bounds: 0...100, unit: "nats"),
    LawParameter("A", .coefficient, bounds: 0...1e30, unit: "nats"),
    LawParameter("alpha", .exponent, bounds: 0.03...1.5, unit: "1"),
    LawParameter("B", .coefficient, bounds: 0...1e30, unit: "nats"),
    LawParameter("beta", .exponent, bounds: 0.03...1.5, unit: "1"),
  ]

  init(options: OptionValues, host: any HostServices) throws(PluginError) {}

  func predict(
    _ theta: [Double], at columns: [[Double]], wantsGradients: Bool
  ) throws(PluginError) -> LawPrediction {
    let (E, A, alpha, B, beta) = (theta[0], theta[1], theta[2], theta[3], theta[4])
    var prediction = LawPrediction(losses: [], gradients: [])
    for (size, tokens) in zip(columns[0], columns[1]) {
      let (logN, logD) = (log(size), log(tokens))
      let (sizeTerm, dataTerm) = (exp(-alpha * logN), exp(-beta * logD))
      prediction.losses.append(E + A * sizeTerm + B * dataTerm)
      guard wantsGradients else { continue }
      prediction.gradients += [
        1, sizeTerm, -A * sizeTerm * logN, dataTerm, -B * dataTerm * logD,
      ]
    }
    return prediction
  }

  /// Sets dL/dN = 0 along D = C / 6 N (equation 4 of the paper).
  func optimum(_ theta: [Double], compute: Double) throws(PluginError) -> Allocation? {
    let (A, alpha, B, beta) = (theta[1], theta[2], theta[3], theta[4])
    guard compute > 0, compute.isFinite else {
      throw PluginError(.invalidArgument, "compute is \(compute) FLOPs; it must be above 0")
    }
    guard A > 0, B > 0, alpha > 0, beta > 0 else {
      throw PluginError(
        .unsupported,
        """
        there is no best size at A = \(A), alpha = \(alpha), B = \(B), beta = \(beta): all must be \
        above 0
        """)
    }
    let logScale = (log(alpha) + log(A) - log(beta) - log(B)) / (alpha + beta)
    let logProduct = log(compute / 6)
    let logN = logScale + beta / (alpha + beta) * logProduct
    return Allocation(parameters: exp(logN), tokens: exp(logProduct - logN))
  }
}
