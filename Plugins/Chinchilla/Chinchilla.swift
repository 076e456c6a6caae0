// N  parameters of the model
// D  tokens it was trained on
// C  training FLOPs, counted as 6 N D
import Glibc
package import PluginSDK

/// The loss as an irreducible part, a part that size removes and a part that data removes.
///
///     L(N, D) = E + A / N^alpha + B / D^beta
///
/// Form and name after Hoffmann et al., arXiv 2203.15556, section 3.3.
package struct Chinchilla: ScalingLawPlugin {
  package static let options: [OptionDeclaration] = []

  package let variables = ["N", "D"]

  /// E, A, alpha, B and beta, with exponents bounded to either side of those seen in published fits.
  ///
  /// Those lie in 0.05...0.6. Past either bound the term is all but constant over the data, or gone
  /// after the first point, and extrapolates to nonsense.
  package let parameters = [
    LawParameter("E", .coefficient, bounds: 0...100, unit: "nats"),
    LawParameter("A", .coefficient, bounds: 0...1e30, unit: "nats"),
    LawParameter("alpha", .exponent, bounds: 0.03...1.5, unit: "1"),
    LawParameter("B", .coefficient, bounds: 0...1e30, unit: "nats"),
    LawParameter("beta", .exponent, bounds: 0.03...1.5, unit: "1"),
  ]

  package init(options: OptionValues, host: any HostServices) throws(PluginError) {}

  /// Creates the law, which has no options.
  package init() {}

  package func predict(
    _ theta: [Double], at columns: [[Double]], wantsGradients: Bool
  ) throws(PluginError) -> LawPrediction {
    try checkShape(theta: theta, columns: columns)
    let (E, A, alpha, B, beta) = (theta[0], theta[1], theta[2], theta[3], theta[4])
    let sizes = columns[0]
    let tokens = columns[1]
    var losses = [Double](repeating: 0, count: sizes.count)
    var gradients = [Double](
      repeating: 0, count: wantsGradients ? sizes.count * parameters.count : 0)
    for point in sizes.indices {
      let logN = log(sizes[point])
      let logD = log(tokens[point])
      let sizeTerm = exp(-alpha * logN)
      let dataTerm = exp(-beta * logD)
      losses[point] = E + A * sizeTerm + B * dataTerm
      guard wantsGradients else { continue }
      let row = point * 5
      gradients[row] = 1
      gradients[row + 1] = sizeTerm
      gradients[row + 2] = -A * sizeTerm * logN
      gradients[row + 3] = dataTerm
      gradients[row + 4] = -B * dataTerm * logD
    }
    return LawPrediction(losses: losses, gradients: gradients)
  }

  /// Sets dL/dN = 0 along D = C / 6N (arXiv 2203.15556, equation 4).
  package func optimum(
    _ theta: [Double], compute: Double
  ) throws(PluginError) -> Allocation? {
    try checkShape(theta: theta, columns: [[], []])
    let (A, alpha, B, beta) = (theta[1], theta[2], theta[3], theta[4])
    guard compute > 0, compute.isFinite else {
      throw PluginError(
        .invalidArgument, "compute is \(compute) FLOPs; it must be a positive number")
    }
    guard A > 0, B > 0, alpha > 0, beta > 0 else {
      throw PluginError(
        .unsupported,
        """
        chinchilla has no compute-optimal size at A = \(A), alpha = \(alpha), B = \(B), \
        beta = \(beta): all four must be above 0, or the loss falls without end towards one side
        """)
    }
    let logScale = log(alpha * A / (beta * B)) / (alpha + beta)
    let logProduct = log(compute / 6)
    let logN = logScale + beta / (alpha + beta) * logProduct
    return Allocation(parameters: exp(logN), tokens: exp(logProduct - logN))
  }

  private func checkShape(theta: [Double], columns: [[Double]]) throws(PluginError) {
    guard theta.count == 5 else {
      throw PluginError(
        .invalidArgument,
        "chinchilla takes 5 numbers (E, A, alpha, B, beta) and got \(theta.count)")
    }
    guard columns.count == 2, columns[0].count == columns[1].count else {
      throw PluginError(
        .invalidArgument,
        """
        chinchilla takes two columns of one length (N, D) and got columns of \
        \(columns.map(\.count)) numbers
        """)
    }
  }
}
