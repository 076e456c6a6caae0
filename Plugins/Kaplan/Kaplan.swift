// N  parameters of the model, without embeddings in the source
// D  tokens it was trained on
// C  training FLOPs, counted as 6 N D
import Glibc
package import PluginSDK

/// The loss as one power of a part that size removes and a part that data removes, down to nothing.
///
///     L(N, D) = ((N_c / N)^(alpha_N / alpha_D) + D_c / D)^alpha_D
///
/// Kaplan et al., arXiv 2001.08361, equation 1.5. There is no irreducible loss. N_c and D_c are the
/// size and the tokens at which the loss would be one nat if the other were without end.
package struct Kaplan: ScalingLawPlugin {
  package static let options: [OptionDeclaration] = []

  package let variables = ["N", "D"]

  /// N_c, alpha_N, D_c and alpha_D.
  ///
  /// No coefficient is linear here. The source has 8.8e13, 0.076, 5.4e13 and 0.095; smaller models
  /// give larger exponents and, with them, far smaller N_c and D_c.
  package let parameters = [
    LawParameter("N_c", .shape, bounds: 1...1e24, unit: "parameters"),
    LawParameter("alpha_N", .exponent, bounds: 0.03...1, unit: "1"),
    LawParameter("D_c", .shape, bounds: 1...1e24, unit: "tokens"),
    LawParameter("alpha_D", .exponent, bounds: 0.03...1, unit: "1"),
  ]

  package init(options: OptionValues, host: any HostServices) throws(PluginError) {}

  /// Creates the law, which has no options.
  package init() {}

  package func predict(
    _ theta: [Double], at columns: [[Double]], wantsGradients: Bool
  ) throws(PluginError) -> LawPrediction {
    try checkShape(theta: theta, columns: columns)
    let (criticalN, alphaN, criticalD, alphaD) = (theta[0], theta[1], theta[2], theta[3])
    let ratio = alphaN / alphaD
    var losses: [Double] = []
    var gradients: [Double] = []
    for (size, tokens) in zip(columns[0], columns[1]) {
      let logSize = log(criticalN / size)
      let sizePart = ratio * logSize
      let dataPart = log(criticalD / tokens)
      // The parts reach e^1800 within the bounds, so that only their logarithms are added.
      let greater = max(sizePart, dataPart)
      let logSum = greater + log(exp(sizePart - greater) + exp(dataPart - greater))
      let loss = exp(alphaD * logSum)
      losses.append(loss)
      guard wantsGradients else { continue }
      let sizeShare = exp(sizePart - logSum)
      let dataShare = exp(dataPart - logSum)
      gradients += [
        loss * alphaN * sizeShare / criticalN,
        loss * sizeShare * logSize,
        loss * alphaD * dataShare / criticalD,
        loss * (logSum - sizeShare * sizePart),
      ]
    }
    return LawPrediction(losses: losses, gradients: gradients)
  }

  /// Sets the derivative of the sum by N to 0 along D = C / 6N; the outer power changes no minimum.
  package func optimum(
    _ theta: [Double], compute: Double
  ) throws(PluginError) -> Allocation? {
    try checkShape(theta: theta, columns: [[], []])
    guard compute > 0, compute.isFinite else {
      throw PluginError(
        .invalidArgument, "compute is \(compute) FLOPs; it must be a positive number")
    }
    let (criticalN, criticalD) = (theta[0], theta[2])
    let ratio = theta[1] / theta[3]
    let logProduct = log(compute / 6)
    let logN =
      (log(ratio) + ratio * log(criticalN) - log(criticalD) + logProduct) / (ratio + 1)
    guard logN > 0, logN < logProduct else {
      throw PluginError(
        .unsupported,
        """
        kaplan has no compute-optimal size for \(compute) FLOPs at N_c = \(criticalN), \
        alpha_N = \(theta[1]), D_c = \(criticalD), alpha_D = \(theta[3]): the least loss would be at \
        less than one \(logN > 0 ? "token" : "parameter")
        """)
    }
    return Allocation(parameters: exp(logN), tokens: exp(logProduct - logN))
  }

  private func checkShape(theta: [Double], columns: [[Double]]) throws(PluginError) {
    guard theta.count == 4 else {
      throw PluginError(
        .invalidArgument,
        "kaplan takes 4 numbers (N_c, alpha_N, D_c, alpha_D) and got \(theta.count)")
    }
    guard columns.count == 2, columns[0].count == columns[1].count else {
      throw PluginError(
        .invalidArgument,
        """
        kaplan takes two columns of one length (N, D) and got columns of \(columns.map(\.count)) \
        numbers
        """)
    }
  }
}
