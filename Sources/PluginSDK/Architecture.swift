public import GraphLanguage

/// What the pipeline and the tokenizer fix for a model.
public struct ModelDimensions: Hashable, Sendable, Codable {
  /// V, the number of token ids.
  public var vocabulary: Int
  /// T, the longest sequence in tokens.
  public var context: Int

  /// Creates dimensions.
  public init(vocabulary: Int, context: Int) {
    self.vocabulary = vocabulary
    self.context = context
  }
}

/// N, the number of parameters, counted two ways.
public struct ParameterCount: Hashable, Sendable, Codable {
  /// All of them.
  public var total: Int
  /// Those of the token tables: one if input and output share it, else two.
  public var embedding: Int

  /// All but the token tables.
  public var nonEmbedding: Int { total - embedding }

  /// Creates a count.
  public init(total: Int, embedding: Int) {
    self.total = total
    self.embedding = embedding
  }
}

/// A language model of one size, described as a graph.
///
/// Laws: ``parameterCount`` equals what ``describe(tokens:targets:in:)`` declares; the loss of a
/// fresh model is near log V; describing twice gives the same graph.
public protocol Architecture: Sendable {
  /// The number of parameters, by formula.
  var parameterCount: ParameterCount { get throws(PluginError) }

  /// Declares the parameters and the forward pass.
  ///
  /// - Parameters:
  ///   - tokens: [B, T] int32, ids.
  ///   - targets: [B, T] int32, the id that follows each; a negative one is not scored.
  ///   - graph: The graph to describe the model in.
  /// - Returns: [B · T] float32, nats a token, 0 where not scored.
  /// - Throws: ``PluginError`` if the model cannot be described for these shapes.
  func describe(
    tokens: Value, targets: Value, in graph: any GraphBuilder
  ) throws(PluginError) -> Value
}

/// An architecture that a plugin's author writes.
public protocol ArchitecturePlugin: Architecture {
  /// What a pipeline may write.
  static var options: [OptionDeclaration] { get }

  /// Chooses the shape whose non-embedding parameters come nearest to a target.
  ///
  /// - Returns: The options that the initializer needs beside those already written.
  static func shape(
    near target: Int, options: OptionValues, dimensions: ModelDimensions
  ) throws(PluginError) -> OptionValues

  /// Makes a model of one size.
  init(
    options: OptionValues, dimensions: ModelDimensions, host: any HostServices
  ) throws(PluginError)
}

/// An architecture plugin as the host holds it.
public protocol ArchitectureFactory: Sendable {
  /// What the plugin is.
  var identity: PluginIdentity { get }
  /// What a pipeline may write.
  var options: [OptionDeclaration] { get }
  /// Chooses the shape whose non-embedding parameters come nearest to a target.
  func shape(
    near target: Int, options: OptionValues, dimensions: ModelDimensions
  ) throws(PluginError) -> OptionValues
  /// Makes a model of one size.
  func make(
    options: OptionValues, dimensions: ModelDimensions
  ) throws(PluginError) -> any Architecture
}
