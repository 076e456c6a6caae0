// N  parameters of the model
// D  tokens it was trained on after the switch of language
// C  training FLOPs, counted as 6 N D
import Glibc
package import PluginSDK

/// The loss of continual pre-training, where what data removes depends on the model's size too.
///
///     L(N, D) = E + A / N^alpha + B / (D^beta N^gamma)
///
/// Form after Zheng et al., arXiv 2407.02118, equation 4, who write B' and beta' for B and beta. At
/// gamma = 0 it is the law of Hoffmann et al., arXiv 2203.15556. The paper freezes E, A and alpha at
/// their values from scratch.
package struct CPTExtended: ScalingLawPlugin {
  package static let options: [OptionDeclaration] = []

  package let variables = ["N", "D"]

  /// E, A, alpha, B, beta and gamma, with exponents bounded to either side of those published.
  ///
  /// Alpha and beta lie in 0.05...0.6 there; gamma is 0.08 for continual pre-training and -0.005 from
  /// scratch (arXiv 2407.02118, table 3). Its sign is a finding and not an assumption: transfer may
  /// help small models more, so its range reaches below 0, and holds 0, where the form is
  /// Chinchilla's. Above 1 the data term would shrink faster than the model grows.
  package let parameters = [
    LawParameter("E", .coefficient, bounds: 0...100, unit: "nats"),
    LawParameter("A", .coefficient, bounds: 0...1e30, unit: "nats"),
    LawParameter("alpha", .exponent, bounds: 0.03...1.5, unit: "1"),
    LawParameter("B", .coefficient, bounds: 0...1e30, unit: "nats"),
    LawParameter("beta", .exponent, bounds: 0.03...1.5, unit: "1"),
    LawParameter("gamma", .exponent, bounds: -0.5...1, unit: "1"),
  ]

  package init(options: OptionValues, host: any HostServices) throws(PluginError) {}

  /// Creates the law, which has no options.
  package init() {}

  package func predict(
    _ theta: [Double], at columns: [[Double]], wantsGradients: Bool
  ) throws(PluginError) -> LawPrediction {
    try checkShape(theta: theta, columns: columns)
    let (E, A, alpha) = (theta[0], theta[1], theta[2])
    let (B, beta, gamma) = (theta[3], theta[4], theta[5])
    let sizes = columns[0]
    let tokens = columns[1]
    var losses = [Double](repeating: 0, count: sizes.count)
    var gradients = [Double](
      repeating: 0, count: wantsGradients ? sizes.count * parameters.count : 0)
    for point in sizes.indices {
      let logN = log(sizes[point])
      let logD = log(tokens[point])
      let sizeTerm = exp(-alpha * logN)
      let dataTerm = exp(-beta * logD - gamma * logN)
      losses[point] = E + A * sizeTerm + B * dataTerm
      guard wantsGradients else { continue }
      let row = point * 6
      gradients[row] = 1
      gradients[row + 1] = sizeTerm
      gradients[row + 2] = -A * sizeTerm * logN
      gradients[row + 3] = dataTerm
      gradients[row + 4] = -B * dataTerm * logD
      gradients[row + 5] = -B * dataTerm * logN
    }
    return LawPrediction(losses: losses, gradients: gradients)
  }

  /// Sets dL/dN = 0 along D = C / 6N (arXiv 2407.02118, equation 5).
  package func optimum(
    _ theta: [Double], compute: Double
  ) throws(PluginError) -> Allocation? {
    try checkShape(theta: theta, columns: [[], []])
    let (A, alpha) = (theta[1], theta[2])
    let (B, beta, gamma) = (theta[3], theta[4], theta[5])
    guard compute > 0, compute.isFinite else {
      throw PluginError(
        .invalidArgument, "compute is \(compute) FLOPs; it must be a positive number")
    }
    guard beta > gamma else {
      throw PluginError(
        .unsupported,
        """
        cpt-extended has no compute-optimal size at beta = \(beta), gamma = \(gamma): beta must be \
        above gamma, or a larger model is better at any compute
        """)
    }
    guard A > 0, B > 0, alpha > 0 else {
      throw PluginError(
        .unsupported,
        """
        cpt-extended has no compute-optimal size at A = \(A), alpha = \(alpha), B = \(B): all three \
        must be above 0, or the loss falls without end towards one side
        """)
    }
    let slope = beta - gamma
    let logScale = log(alpha * A / (slope * B)) / (alpha + slope)
    let logProduct = log(compute / 6)
    let logN = logScale + beta / (alpha + slope) * logProduct
    return Allocation(parameters: exp(logN), tokens: exp(logProduct - logN))
  }

  private func checkShape(theta: [Double], columns: [[Double]]) throws(PluginError) {
    guard theta.count == 6 else {
      throw PluginError(
        .invalidArgument,
        "cpt-extended takes 6 numbers (E, A, alpha, B, beta, gamma) and got \(theta.count)")
    }
    guard columns.count == 2, columns[0].count == columns[1].count else {
      throw PluginError(
        .invalidArgument,
        """
        cpt-extended takes two columns of one length (N, D) and got columns of \
        \(columns.map(\.count)) numbers
        """)
    }
  }
}
