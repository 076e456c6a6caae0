import Crypto
import Foundation
import Glibc
import PluginBridges
import PluginSDK

/// A private key that plugins are signed with.
///
/// A key pair is two files of one line: `NAME.key` with `ed25519-private:` and 64 hexadecimal digits,
/// which only its owner may read, and `NAME.pub` with `ed25519:` and 64 digits, to be given away.
package struct PluginSigningKey: Sendable {
  private let key: Curve25519.Signing.PrivateKey
  private static let prefix = "ed25519-private:"

  /// Draws a key.
  package init() { key = Curve25519.Signing.PrivateKey() }

  /// Reads the file of a private key.
  ///
  /// - Throws: ``PluginHostError`` if it cannot be read, others may read it, or it holds none.
  package init(path: String) throws(PluginHostError) {
    let file = try RandomAccessFile(path: path)
    guard file.stamp.mode & 0o077 == 0 else {
      throw PluginHostError(
        .untrusted,
        "the private key '\(path)' can be read or written by others: take that away with "
          + "'chmod 600', and make a new one if anybody may have read it")
    }
    guard file.byteCount < 1024,
      let text = String(
        validating: try file.bytes(at: 0, count: Int(file.byteCount)), as: UTF8.self),
      text.hasPrefix(Self.prefix), text.hasSuffix("\n"),
      let bytes = [UInt8](hexadecimal: text.dropFirst(Self.prefix.count).dropLast()),
      let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: bytes)
    else {
      throw PluginHostError(
        .malformed,
        "'\(path)' holds no private key: make one with 'cpt-host plugins sign --new-key NAME'")
    }
    self.key = key
  }

  /// Reads the file of a public key, 32 bytes.
  ///
  /// - Throws: ``PluginHostError`` if it cannot be read, or holds none.
  package static func publicKey(path: String) throws(PluginHostError) -> [UInt8] {
    let file = try RandomAccessFile(path: path)
    guard
      let text = String(
        validating: try file.bytes(at: 0, count: Int(min(file.byteCount, 1024))), as: UTF8.self),
      let line = text.split(separator: "\n").first,
      let key = PluginTrustText.publicKey(String(line))
    else {
      throw PluginHostError(
        .malformed,
        "'\(path)' holds no public key: its first line must be \"\(PluginTrustText.keyPrefix)\" and "
          + "64 hexadecimal digits in lower case")
    }
    return key
  }

  /// The public key, 32 bytes.
  package var publicKey: [UInt8] { Array(key.publicKey.rawRepresentation) }

  /// Writes both keys to new files.
  ///
  /// - Parameter name: The paths, but for their endings.
  /// - Returns: The paths of the private and of the public key.
  /// - Throws: ``PluginHostError`` if one of the files is there already, or cannot be written.
  package func write(as name: String) throws(PluginHostError) -> (private: String, public: String) {
    let paths = (private: "\(name).key", public: "\(name).pub")
    try Self.write(Self.prefix + key.rawRepresentation.hexadecimal + "\n", to: paths.private, 0o600)
    try Self.write(
      PluginTrustText.text(ofPublicKey: publicKey) + "\n", to: paths.public, 0o644)
    return paths
  }

  func signature(of text: String) throws -> [UInt8] {
    Array(try key.signature(for: Array(text.utf8)))
  }

  private static func write(
    _ text: String, to path: String, _ mode: mode_t
  ) throws(PluginHostError) {
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
    guard descriptor >= 0 else {
      throw PluginHostError(.unreadable, "'\(path)' cannot be made: \(systemError())")
    }
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    let written = unsafe bytes.withUnsafeBytes {
      unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
    }
    guard written == bytes.count, fsync(descriptor) == 0 else {
      throw PluginHostError(.unreadable, "'\(path)' cannot be written: \(systemError())")
    }
  }
}
