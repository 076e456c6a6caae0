import PluginBridges
import PluginSDK

extension OpenFunction {
  /// The numbers of a curve at some progresses, each in 0...1.
  ///
  /// - Throws: ``PluginError`` with the progress at which it gives another.
  func fractions(
    of curve: ForeignFunction.Curve, at progress: [Double], as what: String
  ) throws(PluginError) -> [Double] {
    let numbers: [Double]
    do throws(PluginError) {
      numbers = try values(of: curve, at: progress)
    } catch {
      throw PluginError(error.status, error.message, plugin: function.name)
    }
    // Rounding may carry an end of a curve over the edge.
    let allowed = -1e-9...(1 + 1e-9)
    if let place = numbers.firstIndex(where: { !allowed.contains($0) }) {
      throw PluginError(
        .internal,
        "the \(what) is \(numbers[place]) at progress \(progress[place]); it must lie in 0...1, so "
          + "change the function, or the maps 'argument' and 'result' of its manifest",
        plugin: function.name)
    }
    return numbers.map { min(1, max(0, $0)) }
  }
}

/// A schedule whose factor is a foreign function.
struct ForeignSchedule: ScheduleFunction {
  let open: OpenFunction
  let curve: ForeignFunction.Curve

  func factors(at progress: [Double]) throws(PluginError) -> [Double] {
    try open.fractions(of: curve, at: progress, as: "factor of the peak learning rate")
  }
}

/// Draws from one corpus with a weight that a foreign function gives, and from others with the rest.
struct ForeignMixer: DataMixer {
  let sources: [String]
  private let rest: [Double]
  private let open: OpenFunction
  private let curve: ForeignFunction.Curve

  static let options: [OptionDeclaration] = [
    OptionDeclaration(
      "target", .corpus, .required, help: "The corpus whose weight the function gives."),
    OptionDeclaration(
      "rest", .shares(0 ... .infinity), .required,
      help: "The other corpora, with their parts of what the target leaves."),
  ]

  /// Makes the mixer from complete options.
  init(
    _ open: OpenFunction, _ curve: ForeignFunction.Curve, options: OptionValues
  ) throws(PluginError) {
    let target = try options.requiredText("target")
    let shares = try options.requiredShares("rest")
    let total = shares.reduce(0) { $0 + $1.share }
    guard total > 0, total.isFinite, !shares.contains(where: { $0.corpus == target }) else {
      throw PluginError(
        .invalidArgument,
        "'rest' must name at least one corpus with a part above 0, and not the target '\(target)'",
        plugin: open.function.name)
    }
    sources = [target] + shares.map(\.corpus)
    rest = shares.map { $0.share / total }
    self.open = open
    self.curve = curve
  }

  func weights(at progress: MixingProgress) throws(PluginError) -> [Double] {
    let weights = try open.fractions(
      of: curve, at: [progress.fraction], as: "weight of '\(sources[0])'")
    return weights + rest.map { (1 - weights[0]) * $0 }
  }
}

/// A foreign function as the host holds a data-mixer plugin.
struct ForeignMixerFactory: DataMixerFactory {
  let identity: PluginIdentity
  let options = ForeignMixer.options
  private let open: OpenFunction
  private let curve: ForeignFunction.Curve

  init(_ open: OpenFunction, _ curve: ForeignFunction.Curve) {
    identity = PluginIdentity(open.function)
    self.open = open
    self.curve = curve
  }

  func make(options: OptionValues) throws(PluginError) -> any DataMixer {
    try ForeignMixer(open, curve, options: try options.completed(by: self.options))
  }
}
