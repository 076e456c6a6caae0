public import PluginSDK

/// A tokenizer whose ids are the bytes themselves: nothing to train, nothing to lose, and a baseline
/// for every other.
public struct ByteTokenizer: TokenizerPlugin {
  /// None.
  public static let options: [OptionDeclaration] = []

  /// Creates the tokenizer; there is only one.
  public init() {}

  /// Reads no document: there is nothing to learn.
  public static func train(
    on documents: any DocumentSource, options: OptionValues, host: any HostServices
  ) throws(PluginError) -> ByteTokenizer {
    ByteTokenizer()
  }

  /// Accepts the one model there is.
  public init(
    model: [UInt8], options: OptionValues, host: any HostServices
  ) throws(PluginError) {
    guard model == Self.model else {
      throw PluginError(
        .corruptData,
        """
        the saved model is \(model.count) bytes that were not written by the bytes tokenizer; it \
        is always the \(Self.model.count) bytes '\(Self.name)' and a line feed. Remove the file, \
        and it is written anew
        """)
    }
  }

  /// One id for each byte.
  public var vocabularySize: Int { 256 }

  /// Widens each byte.
  public func encode(_ bytes: [UInt8]) throws(PluginError) -> [TokenID] {
    bytes.map(TokenID.init)
  }

  /// Narrows each id.
  public func decode(_ ids: [TokenID]) throws(PluginError) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(ids.count)
    for (place, id) in ids.enumerated() {
      guard let byte = UInt8(exactly: id) else {
        throw PluginError(
          .invalidArgument, "id \(id) at place \(place) is no byte; ids are 0 to 255")
      }
      bytes.append(byte)
    }
    return bytes
  }

  /// A line that names the format.
  public func save() throws(PluginError) -> [UInt8] { Self.model }

  private static let name = "cpt-host bytes 1"
  private static let model = Array("\(name)\n".utf8)
}
