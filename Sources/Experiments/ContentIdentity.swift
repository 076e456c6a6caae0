import Crypto
package import Foundation

/// Values turned into the hash of everything they say.
package enum ContentIdentity {
  /// JSON whose bytes depend on the value alone: sorted keys, no spaces.
  static func canonicalJSON(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(value)
  }

  /// The SHA-256 of some bytes in hexadecimal.
  package static func sha256(_ data: Data) -> String {
    let digits = Array("0123456789abcdef")
    return String(SHA256.hash(data: data).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }
}
