package import PluginSDK

/// A target corpus with some of the older ones replayed, so that they are not forgotten.
///
/// Each replayed corpus gets its share, times a factor that falls evenly from 1 at the start of the
/// stage to `final_replay` at its end; the target gets the rest. Ibrahim et al. 2024, arXiv
/// 2403.08763, study constant shares; the decay is ours.
package struct Replay: DataMixerPlugin {
  package let sources: [String]
  private let shares: [Double]
  private let finalFactor: Double

  package static let options: [OptionDeclaration] = [
    OptionDeclaration(
      "target", .corpus, .required, help: "The corpus to learn."),
    OptionDeclaration(
      "replay", .shares(0...1), .required,
      help: "The share of each older corpus at the start of the stage; the target gets the rest."),
    OptionDeclaration(
      "final_replay", .real(0...1), .defaulted(.real(1)),
      help: "What part of the replay shares is left at the end of the stage."),
  ]

  package init(options: OptionValues, host: any HostServices) throws(PluginError) {
    let target = try options.requiredText("target")
    let replayed = try options.requiredShares("replay")
    finalFactor = try options.requiredReal("final_replay")
    guard !replayed.contains(where: { $0.corpus == target }) else {
      throw PluginError(
        .invalidArgument,
        "'\(target)' is the target and replayed as well: replay names the other corpora")
    }
    let sum = replayed.reduce(0) { $0 + $1.share }
    guard sum < 1 else {
      throw PluginError(
        .invalidArgument,
        "the replay shares sum to \(sum), which leaves nothing for '\(target)': keep them below 1")
    }
    sources = [target] + replayed.map(\.corpus)
    shares = replayed.map(\.share)
  }

  package func weights(at progress: MixingProgress) -> [Double] {
    let factor = 1 + (finalFactor - 1) * min(max(progress.fraction, 0), 1)
    let replayed = shares.map { $0 * factor }
    return [1 - replayed.reduce(0, +)] + replayed
  }
}
