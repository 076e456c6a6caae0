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

  /// Returns the ids of several texts, as if each were encoded alone.
  ///
  /// A tokenizer has its own only if that is faster; the host encodes all corpora with it.
  func encode(
    batch texts: ConcatenatedLists<UInt8>
  ) throws(PluginError) -> ConcatenatedLists<TokenID>

  /// Returns the bytes of several lists of ids, as if each were decoded alone.
  func decode(
    batch lists: ConcatenatedLists<TokenID>
  ) throws(PluginError) -> ConcatenatedLists<UInt8>

  /// Returns the model, in bytes that depend on nothing else.
  func save() throws(PluginError) -> [UInt8]
}

extension Tokenizer {
  /// Encodes one text after the other.
  public func encode(
    batch texts: ConcatenatedLists<UInt8>
  ) throws(PluginError) -> ConcatenatedLists<TokenID> {
    try texts.mapLists { text throws(PluginError) in try encode(Array(text)) }
  }

  /// Decodes one list after the other.
  public func decode(
    batch lists: ConcatenatedLists<TokenID>
  ) throws(PluginError) -> ConcatenatedLists<UInt8> {
    try lists.mapLists { ids throws(PluginError) in try decode(Array(ids)) }
  }
}

extension ConcatenatedLists {
  /// Turns each list into another; an error says which of them has it.
  fileprivate func mapLists<Result>(
    _ transform: (ArraySlice<Element>) throws(PluginError) -> [Result]
  ) throws(PluginError) -> ConcatenatedLists<Result> {
    var results = ConcatenatedLists<Result>()
    for index in indices {
      do throws(PluginError) {
        results.append(try transform(self[index]))
      } catch {
        throw error.inBatch(at: index)
      }
    }
    return results
  }
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
