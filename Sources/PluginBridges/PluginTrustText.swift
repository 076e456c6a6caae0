import PluginSDK

/// How digests and public keys are written in pipelines and key files.
package enum PluginTrustText {
  /// The digest that a text such as `sha256:0123…` gives, 64 lower-case hexadecimal digits.
  ///
  /// nil for anything else.
  package static func digest(_ text: String) -> String? {
    bytes(text, after: digestPrefix).map(\.hexadecimal)
  }

  /// The 32 bytes of an Ed25519 public key that is written `ed25519:0123…`; nil for anything else.
  package static func publicKey(_ text: String) -> [UInt8]? { bytes(text, after: keyPrefix) }

  /// A digest of 64 hexadecimal digits as it is written.
  package static func text(ofDigest digest: String) -> String { digestPrefix + digest }

  /// A public key as it is written.
  package static func text(ofPublicKey key: [UInt8]) -> String { keyPrefix + key.hexadecimal }

  /// What a public key begins with.
  package static let keyPrefix = "ed25519:"
  /// What a digest begins with.
  package static let digestPrefix = "sha256:"

  private static func bytes(_ text: String, after prefix: String) -> [UInt8]? {
    guard text.hasPrefix(prefix),
      let bytes = [UInt8](hexadecimal: text.dropFirst(prefix.count)), bytes.count == 32
    else { return nil }
    return bytes
  }
}
