/// How far a stage has come.
public struct MixingProgress: Hashable, Sendable {
  /// The tokens drawn so far.
  public var tokensDrawn: Int
  /// The tokens of the whole stage.
  public var tokensPlanned: Int
  /// The tokens drawn from each source, in the order of ``DataMixer/sources``.
  public var sourceTokensDrawn: [Int]

  /// The part of the stage that is done, in 0...1.
  public var fraction: Double {
    tokensPlanned == 0 ? 0 : Double(tokensDrawn) / Double(tokensPlanned)
  }

  /// Creates a progress.
  public init(tokensDrawn: Int, tokensPlanned: Int, sourceTokensDrawn: [Int]) {
    self.tokensDrawn = tokensDrawn
    self.tokensPlanned = tokensPlanned
    self.sourceTokensDrawn = sourceTokensDrawn
  }
}

/// Says what share of the next sequences each source gets.
///
/// Laws: weights are at least 0 and sum to one; they are a pure function of progress.
public protocol DataMixer: Sendable {
  /// The corpora to draw from, as the pipeline names them.
  var sources: [String] { get }
  /// Returns a weight for each source.
  func weights(at progress: MixingProgress) throws(PluginError) -> [Double]
}

/// A data mixer that a plugin's author writes.
public protocol DataMixerPlugin: DataMixer {
  /// What a pipeline may write.
  static var options: [OptionDeclaration] { get }
  /// Makes a mixer.
  init(options: OptionValues, host: any HostServices) throws(PluginError)
}

/// A data-mixer plugin as the host holds it.
public protocol DataMixerFactory: Sendable {
  /// What the plugin is.
  var identity: PluginIdentity { get }
  /// What a pipeline may write.
  var options: [OptionDeclaration] { get }
  /// Makes a mixer.
  func make(options: OptionValues) throws(PluginError) -> any DataMixer
}
