/// A token's place in its vocabulary.
public typealias TokenID = Int32

/// Turns bytes into the ids of a fixed vocabulary and back.
///
/// Laws: `decode(encode(x)) == x` for any bytes `x`; every id lies in `0 ..< vocabularySize`; the
/// same documents and options train the same model; a saved model reads back as the same tokenizer.
/// `cpt-host plugins check` runs them.
public protocol Tokenizer: Sendable {
  /// The number of ids.
  var vocabularySize: Int { get }

  /// Returns the ids of some bytes; any bytes, not only UTF-8.
  func encode(_ bytes: [UInt8]) throws(PluginError) -> [TokenID]

  /// Returns the bytes of some ids.
  ///
  /// - Throws: ``PluginError`` if an id lies outside the vocabulary.
  func decode(_ ids: [TokenID]) throws(PluginError) -> [UInt8]

  /// Returns the model, in bytes that depend on nothing else.
  func save() throws(PluginError) -> [UInt8]
}

/// The documents that a tokenizer is trained on, in a fixed order.
public protocol DocumentSource: AnyObject {
  /// The size of all documents together.
  var byteCount: Int { get }
  /// Returns the next document, or nil after the last.
  func next() throws(PluginError) -> [UInt8]?
}

/// A tokenizer that a plugin's author writes.
public protocol TokenizerPlugin: Tokenizer {
  /// What a pipeline may write.
  static var options: [OptionDeclaration] { get }

  /// Trains a tokenizer.
  static func train(
    on documents: any DocumentSource, options: OptionValues, host: any HostServices
  ) throws(PluginError) -> Self

  /// Reads a saved model back.
  ///
  /// - Throws: ``PluginError`` with `corruptData` if the bytes are not such a model.
  init(model: [UInt8], options: OptionValues, host: any HostServices) throws(PluginError)
}

/// A tokenizer plugin as the host holds it.
public protocol TokenizerFactory: Sendable {
  /// What the plugin is.
  var identity: PluginIdentity { get }
  /// What a pipeline may write.
  var options: [OptionDeclaration] { get }
  /// Trains a tokenizer.
  func train(
    on documents: any DocumentSource, options: OptionValues
  ) throws(PluginError) -> any Tokenizer
  /// Reads a saved model back.
  func load(model: [UInt8], options: OptionValues) throws(PluginError) -> any Tokenizer
}
