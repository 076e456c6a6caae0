import Crypto
import Foundation

/// The list of a pack's members with sizes and digests: its first member.
package struct PackManifest: Codable, Hashable, Sendable {
  /// A member of a pack.
  package struct Member: Codable, Hashable, Sendable {
    package var name: String
    package var byteCount: Int
    /// In hexadecimal.
    package var sha256: String
  }

  /// The form of packs that this code writes and reads.
  package static let currentFormat = 1
  /// The manifest's own name in a pack.
  package static let name = "MANIFEST.json"
  /// The most that a manifest may take, in bytes.
  static let largest = 1 << 26

  package var format: Int
  /// By the bytes of their names; the manifest itself is not among them.
  package var members: [Member]

  init(members: [Member]) {
    self.format = PackManifest.currentFormat
    self.members = members.sorted { MemberName.precedes($0.name, $1.name) }
  }

  /// The one text of the manifest.
  func text() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    return try encoder.encode(self) + Data("\n".utf8)
  }

  /// Reads a manifest and checks that it is one that this code could have written.
  init(text: Data) throws {
    let manifest: PackManifest
    do {
      manifest = try JSONDecoder().decode(PackManifest.self, from: text)
    } catch {
      throw PackError(
        .damaged, "\(PackManifest.name) cannot be read: it is not the list of a pack.")
    }
    guard manifest.format == PackManifest.currentFormat else {
      throw PackError(
        .damaged,
        "The pack has format \(manifest.format); this program reads format "
          + "\(PackManifest.currentFormat). Use the version of cpt-host that wrote it.")
    }
    guard try manifest.text() == text else {
      throw PackError(.damaged, "\(PackManifest.name) was changed: it is not as it was written.")
    }
    self = manifest
  }
}

/// The SHA-256 of a pack's manifest, which covers every byte of every member.
package struct PackDigest: Hashable, Sendable, CustomStringConvertible {
  /// In hexadecimal, 64 digits.
  package let description: String

  /// Reads a digest as people copy it; nil if it is not 64 hexadecimal digits.
  package init?(_ text: String) {
    let digits = text.lowercased()
    guard digits.utf8.count == 64, digits.allSatisfy({ $0.isHexDigit && $0.isASCII }) else {
      return nil
    }
    self.description = digits
  }

  init(of manifest: Data) {
    var digest = RunningDigest()
    digest.update(manifest)
    self.description = digest.finish()
  }
}

/// A SHA-256 over data that arrives in pieces.
struct RunningDigest {
  private var hash = SHA256()
  private(set) var byteCount = 0

  mutating func update(_ data: Data) {
    hash.update(data: data)
    byteCount += data.count
  }

  /// The digest in hexadecimal.
  func finish() -> String {
    hash.finalize().map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }
}
