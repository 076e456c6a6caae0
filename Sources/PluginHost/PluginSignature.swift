import Crypto
import Foundation
import PluginBridges
package import PluginSDK

/// A signature of a plugin's file, which lies beside it as `FILE.sig`.
///
/// It is a text of seven lines, each ended by a line feed:
///
///     cpt-host plugin signature 1
///     key ed25519:<64 hexadecimal digits>
///     name my-mixer
///     kind data-mixer
///     version 1.2.0
///     sha256 <64 hexadecimal digits>
///     signature <128 hexadecimal digits>
///
/// Signed, by Ed25519 (RFC 8032), are the first six lines as they stand. So it is good for one content
/// of one version of one plugin, and cannot be put beside another.
package struct PluginSignature: Hashable, Sendable {
  /// The public key that it says to be made with, 32 bytes.
  package let signer: [UInt8]
  package let name: String
  package let kind: String
  package let version: String
  /// The SHA-256 of the file, in hexadecimal.
  package let digest: String
  /// 64 bytes.
  private let signature: [UInt8]

  /// How the name of a signature ends, after that of the plugin's file.
  package static let suffix = ".sig"
  private static let title = "cpt-host plugin signature 1"
  /// In bytes; a name, a kind and a version are far shorter.
  private static let largest = 4096

  /// Signs a plugin.
  ///
  /// - Parameters:
  ///   - identity: What the plugin's record says.
  ///   - digest: The SHA-256 of its file, in hexadecimal.
  ///   - key: The private key.
  /// - Throws: What the signing library throws.
  package init(
    of identity: PluginIdentity, digest: String, by key: PluginSigningKey
  ) throws {
    signer = key.publicKey
    name = identity.name
    kind = identity.kind.name
    version = identity.version
    self.digest = digest
    signature = try key.signature(
      of: Self.head(signer: signer, name: name, kind: kind, version: version, digest: digest))
  }

  /// Signs a plugin's file and puts the signature beside it, in the place of an older one.
  ///
  /// - Returns: The path of the signature.
  /// - Throws: ``PluginHostError`` if the file is no plugin for this host or changes meanwhile, or
  ///   the signature cannot be written.
  package static func write(besideFile path: String, by key: PluginSigningKey) throws -> String {
    let file = try RandomAccessFile(path: path)
    file.settle()
    let plugin = try PluginInspection(file).file()
    let digest = try file.digest()
    guard file.isUnchanged else {
      throw PluginHostError(.unreadable, "'\(path)' was written while it was read: sign it again")
    }
    let place = path + suffix
    let signature = try PluginSignature(of: plugin.identity, digest: digest, by: key)
    do {
      try Data(signature.text.utf8).write(to: URL(filePath: place), options: .atomic)
    } catch {
      throw PluginHostError(
        .unreadable, "'\(place)' cannot be written: \(error.localizedDescription)")
    }
    return place
  }

  /// Reads a signature.
  ///
  /// - Throws: ``PluginHostError`` if the text is none.
  package init(text: String, path: String) throws(PluginHostError) {
    let keys = ["key ", "name ", "kind ", "version ", "sha256 ", "signature "]
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    guard lines.count == keys.count + 2, lines[0] == Self.title, lines[keys.count + 1].isEmpty,
      zip(lines.dropFirst(), keys).allSatisfy({ $0.hasPrefix($1) })
    else { throw Self.damaged(path) }
    let values = zip(lines.dropFirst(), keys).map { String($0.dropFirst($1.count)) }
    guard let signer = PluginTrustText.publicKey(values[0]),
      let digest = [UInt8](hexadecimal: values[4]), digest.count == 32,
      let signature = [UInt8](hexadecimal: values[5]), signature.count == 64
    else { throw Self.damaged(path) }
    self.signer = signer
    (name, kind, version) = (values[1], values[2], values[3])
    self.digest = digest.hexadecimal
    self.signature = signature
  }

  /// Reads the signature that lies beside a plugin's file; nil if there is none.
  ///
  /// - Throws: ``PluginHostError`` if it cannot be read, or is no signature.
  package init?(besideFile path: String) throws(PluginHostError) {
    let place = path + Self.suffix
    let file: RandomAccessFile
    do throws(PluginHostError) {
      file = try RandomAccessFile(path: place)
    } catch {
      if FileStamp(path: place) == nil { return nil }
      throw error
    }
    guard file.byteCount <= Self.largest,
      let text = String(
        validating: try file.bytes(at: 0, count: Int(file.byteCount)), as: UTF8.self)
    else { throw Self.damaged(place) }
    try self.init(text: text, path: place)
  }

  /// The text of the signature's file.
  package var text: String {
    Self.head(signer: signer, name: name, kind: kind, version: version, digest: digest)
      + "signature \(signature.hexadecimal)\n"
  }

  /// Why it does not hold for a plugin's file; nil if it does.
  ///
  /// It says nothing of who owns the key.
  package func fault(for file: PluginFile, digest: String) -> String? {
    guard name == file.identity.name, kind == file.identity.kind.name,
      version == file.identity.version
    else {
      return "it is for the \(kind) plugin '\(name)' \(version), and this is the "
        + "\(file.identity.kind.name) plugin '\(file.identity.name)' \(file.identity.version)"
    }
    guard self.digest == digest else {
      return "it is for a file with the SHA-256 \(self.digest), and this one has \(digest)"
    }
    let signed = Self.head(
      signer: signer, name: name, kind: kind, version: version, digest: digest)
    guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: signer),
      key.isValidSignature(signature, for: Array(signed.utf8))
    else { return "it was not made by the key that it names, or changed since" }
    return nil
  }

  private static func head(
    signer: [UInt8], name: String, kind: String, version: String, digest: String
  ) -> String {
    """
    \(title)
    key \(PluginTrustText.text(ofPublicKey: signer))
    name \(name)
    kind \(kind)
    version \(version)
    sha256 \(digest)

    """
  }

  private static func damaged(_ path: String) -> PluginHostError {
    PluginHostError(
      .untrusted, "'\(path)' is no signature of a plugin: make it with 'cpt-host plugins sign'")
  }
}

/// What is known of the signature beside a plugin's file.
package enum PluginSignatureState: Hashable, Sendable {
  case none
  /// Made by the holder of this key, 32 bytes, for this very file.
  case sound(signer: [UInt8])
  /// There is one, and it does not hold.
  case unsound(String)

  /// The SHA-256 of a file, in hexadecimal.
  ///
  /// - Throws: ``PluginHostError`` if it cannot be read.
  package static func digest(of path: String) throws(PluginHostError) -> String {
    try RandomAccessFile(path: path).digest()
  }

  /// Looks at the signature beside a file.
  ///
  /// - Parameters:
  ///   - file: The plugin.
  ///   - digest: Gives the SHA-256 of its file; asked only if there is a signature.
  package init(of file: PluginFile, digest: () throws(PluginHostError) -> String) {
    do throws(PluginHostError) {
      guard let signature = try PluginSignature(besideFile: file.path) else {
        self = .none
        return
      }
      self =
        signature.fault(for: file, digest: try digest()).map { .unsound($0) }
        ?? .sound(signer: signature.signer)
    } catch {
      self = .unsound(error.message)
    }
  }
}
