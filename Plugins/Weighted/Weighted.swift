package import PluginSDK

/// A mixture that stays as it is: each corpus keeps its weight's part of the sum.
package struct Weighted: DataMixerPlugin {
  package let sources: [String]
  private let weights: [Double]

  package static let options: [OptionDeclaration] = [
    OptionDeclaration(
      "weights", .shares(0...Double.greatestFiniteMagnitude), .required,
      help: "The weight of each corpus; they are divided by their sum.")
  ]

  package init(options: OptionValues, host: any HostServices) throws(PluginError) {
    let shares = try options.requiredShares("weights")
    let sum = shares.reduce(0) { $0 + $1.share }
    guard sum > 0, sum.isFinite else {
      throw PluginError(
        .invalidArgument,
        "the weights sum to \(sum): name at least one corpus with a weight above 0")
    }
    sources = shares.map(\.corpus)
    weights = shares.map { $0.share / sum }
  }

  package func weights(at progress: MixingProgress) -> [Double] { weights }
}
