import Experiments
import Foundation
import ReproducibilityPacks
import Testing

struct TamperTests {
  @Test func anyChangedByteIsFound() throws {
    let study = try SmallStudy()
    let (url, _) = try study.pack()
    let sound = [UInt8](try Data(contentsOf: url))
    let copy = study.folder.appendingPathComponent("changed.pack")
    // A whole header, a place in each 23 bytes of the rest, and the end.
    let offsets = Set(0..<512).union(stride(from: 512, to: sound.count, by: 23))
      .union(stride(from: sound.count - 1024, to: sound.count, by: 5))
    for offset in offsets.sorted() {
      var bytes = sound
      bytes[offset] ^= UInt8(1 << (offset % 8))
      try Data(bytes).write(to: copy)
      let verification = try PackReader.verify(copy, expecting: nil)
      #expect(!verification.isSound, "byte \(offset) of \(sound.count)")
    }
  }

  @Test func anyShorterPackIsFound() throws {
    let study = try SmallStudy()
    let sound = try Data(contentsOf: try study.pack().url)
    let copy = study.folder.appendingPathComponent("short.pack")
    for count in stride(from: 0, to: sound.count, by: 211) {
      try sound.prefix(count).write(to: copy)
      #expect(!(try PackReader.verify(copy, expecting: nil).isSound), "\(count) bytes")
    }
    try sound.dropLast().write(to: copy)
    #expect(!(try PackReader.verify(copy, expecting: nil).isSound))
  }

  @Test func anythingBehindTheEndIsFound() throws {
    let study = try SmallStudy()
    let sound = try Data(contentsOf: try study.pack().url)
    let copy = study.folder.appendingPathComponent("long.pack")
    for tail in [Data([0]), Data(count: 512), Data(count: 10_240), Data("x".utf8)] {
      try (sound + tail).write(to: copy)
      #expect(!(try PackReader.verify(copy, expecting: nil).isSound))
    }
  }

  @Test func changedMemberIsNamed() throws {
    let study = try SmallStudy()
    let archive = try Members(of: try study.pack().url)
    archive.replace("corpora/english/2/a.txt", with: Data("another file of the same nama".utf8))
    #expect(try archive.findings() == [.changed("corpora/english/2/a.txt")])
  }

  @Test func removedMemberIsNamed() throws {
    let study = try SmallStudy()
    let archive = try Members(of: try study.pack().url)
    archive.members.removeAll { $0.name == "results.json" }
    #expect(try archive.findings() == [.missing("results.json")])
  }

  @Test func addedMemberIsNamed() throws {
    let study = try SmallStudy()
    let archive = try Members(of: try study.pack().url)
    archive.members.append(("zzz", Data("x".utf8)))
    #expect(try archive.findings() == [.extra("zzz")])
  }

  @Test func renamedMemberIsNamedTwice() throws {
    let study = try SmallStudy()
    let archive = try Members(of: try study.pack().url)
    let index = try #require(archive.members.firstIndex { $0.name == "tokenizer/model.json" })
    archive.members[index].name = "tokenizer/other.json"
    #expect(
      try archive.findings() == [
        .extra("tokenizer/other.json"), .missing("tokenizer/model.json"),
      ])
  }

  @Test func repeatedMemberIsNamed() throws {
    let study = try SmallStudy()
    let archive = try Members(of: try study.pack().url)
    let last = try #require(archive.members.last)
    archive.members.append(last)
    #expect(
      try archive.findings() == [.duplicate(last.name), .outOfOrder(last.name)])
  }

  @Test func swappedMembersAreFound() throws {
    let study = try SmallStudy()
    let archive = try Members(of: try study.pack().url)
    archive.members.swapAt(2, 3)
    #expect(try archive.findings() == [.outOfOrder(archive.members[3].name)])
  }

  @Test func consistentlyForgedPackHasAnotherDigest() throws {
    let study = try SmallStudy()
    let (_, digest) = try study.pack()
    study.results.savings[0].measured = 0.99
    let (forged, forgedDigest) = try study.pack(as: "forged.pack")
    #expect(try PackReader.verify(forged, expecting: nil).isSound)
    #expect(
      try PackReader.verify(forged, expecting: digest).findings
        == [.otherDigest(expected: digest, found: forgedDigest)])
  }

  @Test func digestIsReadAsPeopleCopyIt() throws {
    let study = try SmallStudy()
    let (_, digest) = try study.pack()
    #expect(PackDigest(digest.description.uppercased()) == digest)
    #expect(PackDigest(String(digest.description.dropLast())) == nil)
    #expect(PackDigest(String(repeating: "g", count: 64)) == nil)
  }
}

/// The members of a pack, to be put together again in another way.
final class Members {
  var members: [(name: String, contents: Data)] = []
  private let url: URL

  init(of url: URL) throws {
    self.url = url
    let bytes = [UInt8](try Data(contentsOf: url))
    var offset = 0
    while bytes[offset] != 0 {
      let name = String(
        decoding: bytes[offset..<offset + 100].prefix { $0 != 0 }, as: UTF8.self)
      let size = String(decoding: bytes[offset + 124..<offset + 135], as: UTF8.self)
      let count = try #require(Int(size, radix: 8))
      members.append((name, Data(bytes[offset + 512..<offset + 512 + count])))
      offset += 512 + (count + 511) / 512 * 512
    }
  }

  func replace(_ name: String, with contents: Data) {
    for index in members.indices where members[index].name == name {
      members[index].contents = contents
    }
  }

  /// What is found wrong with the members as they are now.
  func findings() throws -> [PackFinding] {
    let copy = url.appendingPathExtension("copy")
    try HostileArchive(members: members.map { .init(name: $0.name, contents: $0.contents) })
      .write(to: copy)
    return try PackReader.verify(copy, expecting: nil).findings
  }
}
