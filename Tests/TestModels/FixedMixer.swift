package import PluginSDK

/// The same weights all along.
package struct FixedMixer: DataMixerPlugin {
  package static let options = [
    OptionDeclaration("weights", .shares(0...1e9), .required, help: "one for each corpus")
  ]

  private let shares: [CorpusShare]

  package init(_ shares: [CorpusShare]) { self.shares = shares }

  package init(options: OptionValues, host: any HostServices) throws(PluginError) {
    shares = try options.requiredShares("weights")
  }

  package var sources: [String] { shares.map(\.corpus) }

  package func weights(at progress: MixingProgress) -> [Double] {
    let total = shares.reduce(0) { $0 + $1.share }
    return shares.map { $0.share / total }
  }
}
