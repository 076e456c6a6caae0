package import PluginSDK

/// Each byte is a token.
package struct ByteTokenizer: TokenizerPlugin {
  package static let options: [OptionDeclaration] = []

  package init() {}

  package init(model: [UInt8], options: OptionValues, host: any HostServices) throws(PluginError) {
    guard model == [0x42] else { throw PluginError(.corruptData, "not a model of single bytes") }
  }

  package static func train(
    on documents: any DocumentSource, options: OptionValues, host: any HostServices
  ) throws(PluginError) -> ByteTokenizer { ByteTokenizer() }

  package var vocabularySize: Int { 256 }

  package func encode(_ bytes: [UInt8]) -> [TokenID] { bytes.map(TokenID.init) }

  package func decode(_ ids: [TokenID]) throws(PluginError) -> [UInt8] {
    var bytes: [UInt8] = []
    for id in ids {
      guard let byte = UInt8(exactly: id) else {
        throw PluginError(.invalidArgument, "\(id) is not a byte")
      }
      bytes.append(byte)
    }
    return bytes
  }

  package func save() -> [UInt8] { [0x42] }
}
