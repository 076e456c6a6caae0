import Glibc
package import PluginSDK

/// A law of the tokens alone: E + B D^-beta.
package struct DataLaw: ScalingLawPlugin {
  package static let options: [OptionDeclaration] = []

  package init(options: OptionValues, host: any HostServices) throws(PluginError) {}

  package var variables: [String] { ["N", "D"] }

  package var parameters: [LawParameter] {
    [
      LawParameter("E", .coefficient, bounds: 0...20, unit: "nats"),
      LawParameter("B", .coefficient, bounds: 0...1e9, unit: "nats"),
      LawParameter("beta", .exponent, bounds: 0.03...1.5, unit: "1"),
    ]
  }

  package func predict(
    _ theta: [Double], at columns: [[Double]], wantsGradients: Bool
  ) -> LawPrediction {
    let powers = columns[1].map { pow($0, -theta[2]) }
    var gradients: [Double] = []
    for (tokens, power) in zip(columns[1], powers) where wantsGradients {
      gradients += [1, power, -theta[1] * power * log(tokens)]
    }
    return LawPrediction(
      losses: powers.map { theta[0] + theta[1] * $0 }, gradients: gradients)
  }

  package func optimum(_ theta: [Double], compute: Double) -> Allocation? { nil }
}
