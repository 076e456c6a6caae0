// C  training FLOPs
// N  parameters of the model
// D  tokens it was trained on
import Glibc
package import PluginSDK

/// The loss as a power of one quantity, with or without a part that stays.
///
///     L(C) = E + A / C^gamma
///
/// Over compute it is the frontier of the best loss at each C, as in arXiv 2407.02118, equation 3,
/// whose printed fits have no E. Over N or D alone it is the law of arXiv 2001.08361, section 1.2,
/// there written (N_c / N)^alpha_N, so that A = N_c^alpha_N. It has no optimum to give: it says
/// nothing of how compute is shared out.
package struct PowerLaw: ScalingLawPlugin {
  package static let options: [OptionDeclaration] = [
    OptionDeclaration(
      "variable", .choice(["C", "N", "D"]), .defaulted(.text("C")),
      help: "What the loss is a power of: FLOPs, parameters or tokens."),
    OptionDeclaration(
      "irreducible", .boolean, .defaulted(.boolean(true)),
      help: "Whether there is an E that no amount of the variable removes."),
  ]

  package let variables: [String]

  /// A and gamma, after E where there is one.
  ///
  /// Published exponents lie in 0.05...0.6, those over compute near 0.05.
  package let parameters: [LawParameter]
  private let hasConstant: Bool

  package init(options: OptionValues, host: any HostServices) throws(PluginError) {
    self.init(
      of: try options.requiredText("variable"),
      irreducible: try options.requiredBoolean("irreducible"))
  }

  /// Creates the law of a variable, C, N or D.
  package init(of variable: String, irreducible: Bool) {
    variables = [variable]
    hasConstant = irreducible
    let constant = LawParameter("E", .coefficient, bounds: 0...100, unit: "nats")
    parameters =
      (irreducible ? [constant] : []) + [
        LawParameter("A", .coefficient, bounds: 0...1e30, unit: "nats"),
        LawParameter("gamma", .exponent, bounds: 0.01...1.5, unit: "1"),
      ]
  }

  package func predict(
    _ theta: [Double], at columns: [[Double]], wantsGradients: Bool
  ) throws(PluginError) -> LawPrediction {
    let count = parameters.count
    guard theta.count == count, columns.count == 1 else {
      throw PluginError(
        .invalidArgument,
        """
        power-law takes \(count) numbers (\(parameters.map(\.name).joined(separator: ", "))) and one \
        column (\(variables[0])), and got \(theta.count) numbers and \(columns.count) columns
        """)
    }
    let (E, A, gamma) = (hasConstant ? theta[0] : 0, theta[count - 2], theta[count - 1])
    var losses: [Double] = []
    var gradients: [Double] = []
    for value in columns[0] {
      let logarithm = log(value)
      let term = exp(-gamma * logarithm)
      losses.append(E + A * term)
      guard wantsGradients else { continue }
      if hasConstant { gradients.append(1) }
      gradients += [term, -A * term * logarithm]
    }
    return LawPrediction(losses: losses, gradients: gradients)
  }

  package func optimum(
    _ theta: [Double], compute: Double
  ) throws(PluginError) -> Allocation? { nil }
}
