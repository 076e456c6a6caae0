// L0  loss on the source before the switch, nats a token
// N   parameters of the model
// D   tokens it was trained on after the switch, D_ft in the source
// p   share of these that replays the source, from 0 to 1
import Glibc
package import PluginSDK

/// The loss on the source that a model forgets, against the share that is replayed.
///
///     L(L0, N, D, p) = L0 + A D^beta / ((1 + B p) N)^alpha
///
/// Bethune et al., arXiv 2502.06042, for the loss on pre-training data after fine-tuning with a share p
/// of such data mixed in. L0 is measured for each model and therefore a variable; the second term is
/// what was forgotten. A table of forgotten nats alone is fitted with a small constant for L0.
package struct ReplayForgetting: ScalingLawPlugin {
  package static let options: [OptionDeclaration] = []

  package let variables = ["L0", "N", "D", "p"]

  /// A, alpha, beta and B.
  ///
  /// In the source 1 % of replay all but ends forgetting, which takes B of hundreds or thousands; B
  /// near its lower bound means that replay did nothing.
  package let parameters = [
    LawParameter("A", .coefficient, bounds: 0...1e30, unit: "nats"),
    LawParameter("beta", .exponent, bounds: 0.01...1.5, unit: "1"),
    LawParameter("alpha", .exponent, bounds: 0.01...1.5, unit: "1"),
    LawParameter("B", .shape, bounds: 1e-2...1e6, unit: "1"),
  ]

  package init(options: OptionValues, host: any HostServices) throws(PluginError) {}

  /// Creates the law, which has no options.
  package init() {}

  package func predict(
    _ theta: [Double], at columns: [[Double]], wantsGradients: Bool
  ) throws(PluginError) -> LawPrediction {
    guard theta.count == 4, columns.count == 4, Set(columns.map(\.count)).count == 1 else {
      throw PluginError(
        .invalidArgument,
        """
        replay-forgetting takes 4 numbers (A, beta, alpha, B) and four columns of one length (L0, N, \
        D, p), and got \(theta.count) numbers and columns of \(columns.map(\.count))
        """)
    }
    let (A, beta, alpha, B) = (theta[0], theta[1], theta[2], theta[3])
    var losses: [Double] = []
    var gradients: [Double] = []
    for point in columns[0].indices {
      let share = columns[3][point]
      let (logSize, logD) = (log1p(B * share) + log(columns[1][point]), log(columns[2][point]))
      let term = exp(beta * logD - alpha * logSize)
      losses.append(columns[0][point] + A * term)
      guard wantsGradients else { continue }
      gradients += [
        term, A * term * logD, -A * term * logSize, -A * term * alpha * share / (1 + B * share),
      ]
    }
    return LawPrediction(losses: losses, gradients: gradients)
  }

  /// It is the law of a loss that rises with data, so no size is best.
  package func optimum(
    _ theta: [Double], compute: Double
  ) throws(PluginError) -> Allocation? { nil }
}
