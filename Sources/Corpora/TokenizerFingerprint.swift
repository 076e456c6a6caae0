import Crypto
import FoundationEssentials
package import PluginSDK

/// What the tokens of a text depend on besides the text.
package struct TokenizerFingerprint: Hashable, Sendable, Codable {
  /// The plugin.
  package var plugin: String
  /// The plugin's version.
  package var version: String
  package var options: OptionValues
  /// SHA-256 of the saved model, in hexadecimal.
  package var modelDigest: String

  /// Identifies a tokenizer by its plugin, its options and its saved model.
  package init(
    _ tokenizer: any Tokenizer, identity: PluginIdentity, options: OptionValues
  ) throws(PluginError) {
    plugin = identity.name
    version = identity.version
    self.options = options
    modelDigest = Array(SHA256.hash(data: try tokenizer.save())).hexadecimal
  }

  /// Bytes that are the same for the same tokenizer.
  func canonicalBytes() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return Array(try encoder.encode(self))
  }
}
