import Crypto
import Foundation

/// A tar archive that may hold what no pack does.
struct HostileArchive {
  /// A member, written with whatever is asked for.
  struct Member {
    var name: String
    var contents: Data
    var kind: UInt8 = 0x30
    var target = ""
    /// Twelve bytes in place of the true size.
    var size: [UInt8]?
  }

  var members: [Member]

  init(members: [Member]) { self.members = members }

  /// An archive whose manifest lists the members rightly, so that only they are at fault.
  init(listing listed: [Member]) throws {
    struct Manifest: Encodable {
      struct Member: Encodable {
        var name: String
        var byteCount: Int
        var sha256: String
      }

      var format = 1
      var members: [Member]
    }

    let manifest = Manifest(
      members: listed.map { member in
        let digest = SHA256.hash(data: member.contents)
        return .init(
          name: member.name, byteCount: member.contents.count,
          sha256: digest.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined())
      })
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    let text = try encoder.encode(manifest) + Data("\n".utf8)
    members = [Member(name: "MANIFEST.json", contents: text)] + listed
  }

  func write(to url: URL) throws {
    var bytes: [UInt8] = []
    for member in members {
      bytes += header(member) + member.contents
      bytes += [UInt8](repeating: 0, count: (512 - bytes.count % 512) % 512)
    }
    try Data(bytes + [UInt8](repeating: 0, count: 1024)).write(to: url)
  }

  private func header(_ member: Member) -> [UInt8] {
    var block = [UInt8](repeating: 0, count: 512)
    func put(_ bytes: [UInt8], at offset: Int) {
      block.replaceSubrange(offset..<offset + bytes.count, with: bytes)
    }
    func octal(_ value: Int, _ digits: Int) -> [UInt8] {
      let text = String(value, radix: 8)
      return Array((String(repeating: "0", count: digits - text.count) + text).utf8)
    }
    put(Array(member.name.utf8.prefix(100)), at: 0)
    put(octal(0o644, 7), at: 100)
    put(octal(0, 7), at: 108)
    put(octal(0, 7), at: 116)
    put(member.size ?? octal(member.contents.count, 11), at: 124)
    put(octal(0, 11), at: 136)
    put([UInt8](repeating: 0x20, count: 8), at: 148)
    put([member.kind], at: 156)
    put(Array(member.target.utf8), at: 157)
    put(Array("ustar".utf8), at: 257)
    put(Array("00".utf8), at: 263)
    put(octal(0, 7), at: 329)
    put(octal(0, 7), at: 337)
    put(octal(block.reduce(0) { $0 + Int($1) }, 6) + [0], at: 148)
    return block
  }
}
