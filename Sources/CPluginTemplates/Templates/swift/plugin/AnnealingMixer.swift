import PluginSDK

/// Hands the mixer to the host.
@c(example_plugin_entry)
public func entry(_ host: CHost?, _ plugin: CPlugin?, _ error: CErrorSlot?) -> CStatus {
  unsafe exportDataMixer(AnnealingMixer.self, host, plugin, error)
}

/// A mixture that moves evenly from one set of shares at the start of a stage to another at its end.
///
/// With f the part of the stage that is done, a corpus has the weight (1 − f) start + f end.
struct AnnealingMixer: DataMixerPlugin {
  let sources: [String]
  private let start: [Double]
  private let end: [Double]

  static let options: [OptionDeclaration] = [
    OptionDeclaration(
      "start", .shares(0...1e15), .required,
      help: "The share of each corpus at the start; they are divided by their sum."),
    OptionDeclaration(
      "end", .shares(0...1e15), .required,
      help: "The share of each corpus at the end; they are divided by their sum."),
  ]

  init(options: OptionValues, host: any HostServices) throws(PluginError) {
    let start = try Self.normalized("start", options)
    let end = try Self.normalized("end", options)
    var sources = start.map(\.corpus)
    for share in end where !sources.contains(share.corpus) { sources.append(share.corpus) }
    func shares(_ list: [CorpusShare]) -> [Double] {
      sources.map { source in list.first { $0.corpus == source }?.share ?? 0 }
    }
    self.start = shares(start)
    self.end = shares(end)
    self.sources = sources
  }

  func weights(at progress: MixingProgress) -> [Double] {
    let done = min(max(progress.fraction, 0), 1)
    return zip(start, end).map { (1 - done) * $0 + done * $1 }
  }

  /// The shares of an option, divided by their sum.
  private static func normalized(
    _ name: String, _ options: OptionValues
  ) throws(PluginError) -> [CorpusShare] {
    let shares = try options.requiredShares(name)
    let sum = shares.reduce(0) { $0 + $1.share }
    guard sum > 0, sum.isFinite else {
      throw PluginError(
        .invalidArgument,
        "the shares of '\(name)' sum to \(sum): name at least one corpus with a share above 0")
    }
    return shares.map { CorpusShare(corpus: $0.corpus, share: $0.share / sum) }
  }
}
