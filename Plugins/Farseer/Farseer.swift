// N  parameters of the model
// D  tokens it was trained on
import Glibc
package import PluginSDK

/// The loss as a part of the size alone, and a power of the data whose factor and exponent depend on
/// the size.
///
///     L(N, D) = exp(s N^q + S) + exp(B N^b + Q) D^(-exp(A N^a + E))
///
/// The form of arXiv 2506.10972 (Farseer). The loss is linear in exp(S) and exp(Q), so that these are
/// the parameters here: `exp_S` and `exp_Q`. The signs are held to those of a loss that falls with
/// size and of an exponent of the data that changes with it: s and A below 0 with q and a above, B
/// above 0 with b below. E is no irreducible loss: it is a constant within the exponent of the data.
package struct Farseer: ScalingLawPlugin {
  package static let options: [OptionDeclaration] = []

  package let variables = ["N", "D"]

  /// Nine parameters, which take at least ten sizes to tell apart.
  ///
  /// The bounds keep every part finite. Where q or b ends on the bound nearest 0 the part is all but a
  /// power of N, and its factor says nothing alone.
  package let parameters = [
    LawParameter("exp_S", .coefficient, bounds: 0...1e30, unit: "nats"),
    LawParameter("s", .shape, bounds: -10 ... -1e-4, unit: "1"),
    LawParameter("q", .exponent, bounds: 0.01...0.5, unit: "1"),
    LawParameter("exp_Q", .coefficient, bounds: 0...1e30, unit: "nats"),
    LawParameter("B", .shape, bounds: 5...600, unit: "1"),
    LawParameter("b", .exponent, bounds: -0.5 ... -0.01, unit: "1"),
    LawParameter("A", .shape, bounds: -10 ... -1e-4, unit: "1"),
    LawParameter("a", .exponent, bounds: 0.01...0.5, unit: "1"),
    LawParameter("E", .shape, bounds: -4...2, unit: "1"),
  ]

  package init(options: OptionValues, host: any HostServices) throws(PluginError) {}

  /// Creates the law, which has no options.
  package init() {}

  package func predict(
    _ theta: [Double], at columns: [[Double]], wantsGradients: Bool
  ) throws(PluginError) -> LawPrediction {
    guard theta.count == 9, columns.count == 2, columns[0].count == columns[1].count else {
      throw PluginError(
        .invalidArgument,
        """
        farseer takes 9 numbers (exp_S, s, q, exp_Q, B, b, A, a, E) and two columns of one length \
        (N, D), and got \(theta.count) numbers and columns of \(columns.map(\.count))
        """)
    }
    let (sizeFactor, s, q, dataFactor) = (theta[0], theta[1], theta[2], theta[3])
    let (B, b, A, a, E) = (theta[4], theta[5], theta[6], theta[7], theta[8])
    var losses: [Double] = []
    var gradients: [Double] = []
    for (size, tokens) in zip(columns[0], columns[1]) {
      let (logN, logD) = (log(size), log(tokens))
      let (powerQ, powerB, powerA) = (exp(q * logN), exp(b * logN), exp(a * logN))
      let exponent = exp(A * powerA + E)
      let sizeTerm = exp(s * powerQ)
      let dataTerm = exp(B * powerB - exponent * logD)
      losses.append(sizeFactor * sizeTerm + dataFactor * dataTerm)
      guard wantsGradients else { continue }
      let (sizePart, dataPart) = (sizeFactor * sizeTerm, dataFactor * dataTerm)
      let slope = -dataPart * exponent * logD
      gradients += [
        sizeTerm, sizePart * powerQ, sizePart * s * powerQ * logN,
        dataTerm, dataPart * powerB, dataPart * B * powerB * logN,
        slope * powerA, slope * A * powerA * logN, slope,
      ]
    }
    return LawPrediction(losses: losses, gradients: gradients)
  }

  /// There is no closed form.
  package func optimum(
    _ theta: [Double], compute: Double
  ) throws(PluginError) -> Allocation? { nil }
}
