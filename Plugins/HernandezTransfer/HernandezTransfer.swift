// N    parameters of the model
// D    tokens of the target it is trained on after pre-training, D_F in the source
// D_T  tokens of the target that pre-training was worth
import Glibc
package import PluginSDK

/// The loss after transfer, where pre-training counts as so many tokens of the target.
///
///     D_T(N, D) = k D^a N^b
///     L(N, D) = E + A / N^alpha + B / (D + D_T)^beta
///
/// D_T is the effective data transferred of Hernandez et al., arXiv 2102.01293, equation 1.1, whose
/// exponents alpha and beta are a and b here. They fit D_T itself, measured between curves at equal
/// loss; the loss law around it is Chinchilla's (arXiv 2203.15556, section 3.3) and the choice of this
/// plugin, so that D_T can be fitted to losses. Give E, A, alpha, B and beta from a fit from scratch
/// where there is one: without, only the rows where D and D_T are of one order tell k, a and b from B
/// and beta. The source finds D_T a power only for D up to a tenth of what training from scratch
/// takes.
package struct HernandezTransfer: ScalingLawPlugin {
  package static let options: [OptionDeclaration] = []

  package let variables = ["N", "D"]

  /// The five of Chinchilla's law, then k, a and b.
  ///
  /// In characters, for text to Python code, k is 1.9e4, a 0.18 and b 0.38 (arXiv 2102.01293, figure
  /// 1); for half text and half code to Python 2.1e5, 0.096 and 0.38. Above a = 1 more data of the
  /// target would make pre-training worth ever more of it.
  package let parameters = [
    LawParameter("E", .coefficient, bounds: 0...100, unit: "nats"),
    LawParameter("A", .coefficient, bounds: 0...1e30, unit: "nats"),
    LawParameter("alpha", .exponent, bounds: 0.03...1.5, unit: "1"),
    LawParameter("B", .coefficient, bounds: 0...1e30, unit: "nats"),
    LawParameter("beta", .exponent, bounds: 0.03...1.5, unit: "1"),
    LawParameter("k", .shape, bounds: 1...1e12, unit: "tokens"),
    LawParameter("a", .exponent, bounds: 0...1, unit: "1"),
    LawParameter("b", .exponent, bounds: 0...1, unit: "1"),
  ]

  package init(options: OptionValues, host: any HostServices) throws(PluginError) {}

  /// Creates the law, which has no options.
  package init() {}

  package func predict(
    _ theta: [Double], at columns: [[Double]], wantsGradients: Bool
  ) throws(PluginError) -> LawPrediction {
    guard theta.count == 8, columns.count == 2, columns[0].count == columns[1].count else {
      throw PluginError(
        .invalidArgument,
        """
        hernandez-transfer takes 8 numbers (E, A, alpha, B, beta, k, a, b) and two columns of one \
        length (N, D), and got \(theta.count) numbers and columns of \(columns.map(\.count))
        """)
    }
    let (E, A, alpha, B, beta) = (theta[0], theta[1], theta[2], theta[3], theta[4])
    let (k, a, b) = (theta[5], theta[6], theta[7])
    var losses: [Double] = []
    var gradients: [Double] = []
    for (size, tokens) in zip(columns[0], columns[1]) {
      let (logN, logD) = (log(size), log(tokens))
      let transferred = k * exp(a * logD + b * logN)
      let data = tokens + transferred
      let sizeTerm = exp(-alpha * logN)
      let dataTerm = exp(-beta * log(data))
      losses.append(E + A * sizeTerm + B * dataTerm)
      guard wantsGradients else { continue }
      let slope = -B * beta * dataTerm * (transferred / data)
      gradients += [
        1, sizeTerm, -A * sizeTerm * logN, dataTerm, -B * dataTerm * log(data),
        slope / k, slope * logD, slope * logN,
      ]
    }
    return LawPrediction(losses: losses, gradients: gradients)
  }

  /// There is no closed form: the data term is no power along D = C / 6N.
  package func optimum(
    _ theta: [Double], compute: Double
  ) throws(PluginError) -> Allocation? { nil }
}
