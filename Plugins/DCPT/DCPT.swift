// N  parameters of the model
// D  tokens it was trained on after the switch of domain
// r  share of these that comes from the domain whose loss it is
import Glibc
package import PluginSDK

/// The loss of one domain in continual pre-training on a mixture.
///
///     L(N, D, r) = E + A / N^alpha + B r^eta / D^beta + C / (r + epsilon)^gamma
///
/// Que et al., arXiv 2406.01375 (D-CPT law). With the domain trained for, r is its share; for the loss
/// of the general domain r is the share of replay. Epsilon keeps the last term finite where r is 0.
/// The form is theirs as they print it; that r^eta grows with r is their choice, outweighed by the
/// last term.
package struct DCPT: ScalingLawPlugin {
  package static let options: [OptionDeclaration] = []

  package let variables = ["N", "D", "r"]

  /// The source prints no bounds; these hold exponents to either side of those of other laws.
  package let parameters = [
    LawParameter("E", .coefficient, bounds: 0...100, unit: "nats"),
    LawParameter("A", .coefficient, bounds: 0...1e30, unit: "nats"),
    LawParameter("alpha", .exponent, bounds: 0.03...1.5, unit: "1"),
    LawParameter("B", .coefficient, bounds: 0...1e30, unit: "nats"),
    LawParameter("beta", .exponent, bounds: 0.03...1.5, unit: "1"),
    LawParameter("eta", .exponent, bounds: 0...2, unit: "1"),
    LawParameter("C", .coefficient, bounds: 0...100, unit: "nats"),
    LawParameter("gamma", .exponent, bounds: 0.03...3, unit: "1"),
    LawParameter("epsilon", .shape, bounds: 1e-4...1, unit: "1"),
  ]

  package init(options: OptionValues, host: any HostServices) throws(PluginError) {}

  /// Creates the law, which has no options.
  package init() {}

  package func predict(
    _ theta: [Double], at columns: [[Double]], wantsGradients: Bool
  ) throws(PluginError) -> LawPrediction {
    guard theta.count == 9, columns.count == 3, Set(columns.map(\.count)).count == 1 else {
      throw PluginError(
        .invalidArgument,
        """
        d-cpt takes 9 numbers (E, A, alpha, B, beta, eta, C, gamma, epsilon) and three columns of \
        one length (N, D, r), and got \(theta.count) numbers and columns of \(columns.map(\.count))
        """)
    }
    let (E, A, alpha, B, beta) = (theta[0], theta[1], theta[2], theta[3], theta[4])
    let (eta, C, gamma, epsilon) = (theta[5], theta[6], theta[7], theta[8])
    var losses: [Double] = []
    var gradients: [Double] = []
    for point in columns[0].indices {
      let (logN, logD, share) = (log(columns[0][point]), log(columns[1][point]), columns[2][point])
      let sizeTerm = exp(-alpha * logN)
      let dataTerm = pow(share, eta) * exp(-beta * logD)
      let mixTerm = pow(share + epsilon, -gamma)
      losses.append(E + A * sizeTerm + B * dataTerm + C * mixTerm)
      guard wantsGradients else { continue }
      gradients += [
        1, sizeTerm, -A * sizeTerm * logN, dataTerm, -B * dataTerm * logD,
        // r^eta log r goes to 0 with r.
        share > 0 ? B * dataTerm * log(share) : 0,
        mixTerm, -C * mixTerm * log(share + epsilon), -C * gamma * mixTerm / (share + epsilon),
      ]
    }
    return LawPrediction(losses: losses, gradients: gradients)
  }

  /// The law is of the mixture as well, so compute alone has no best size.
  package func optimum(
    _ theta: [Double], compute: Double
  ) throws(PluginError) -> Allocation? { nil }
}
