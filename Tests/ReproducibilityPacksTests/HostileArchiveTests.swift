import Experiments
import Foundation
import ReproducibilityPacks
import Testing

struct HostileArchiveTests {
  @Test(arguments: [
    "/etc/passwd", "../outside", "a/../../outside", "a//b", "./a", "a\\..\\b", "bell\u{7}",
  ])
  func hostileNameIsRefusedAndNothingIsWritten(_ name: String) throws {
    let study = try SmallStudy()
    let archive = try HostileArchive(
      listing: [.init(name: name, contents: Data("x".utf8))])
    let url = study.folder.appendingPathComponent("hostile.pack")
    try archive.write(to: url)
    let verification = try PackReader.verify(url, expecting: nil)
    #expect(
      verification.findings.contains { if case .badName(name, _) = $0 { true } else { false } })
    try expectRefusal(of: url, in: study)
  }

  @Test(arguments: ["1", "2", "3", "4", "5", "6", "7", "g", "x", "L", "K", "\0"])
  func memberThatIsNoPlainFileIsRefused(_ kind: String) throws {
    let study = try SmallStudy()
    let archive = try HostileArchive(
      listing: [
        .init(name: "link", contents: Data(), kind: kind.utf8.first ?? 0, target: "/etc/passwd")
      ])
    let url = study.folder.appendingPathComponent("hostile.pack")
    try archive.write(to: url)
    #expect(!(try PackReader.verify(url, expecting: nil).isSound))
    try expectRefusal(of: url, in: study)
  }

  @Test(arguments: ["77777777777", "00000100000", "-0000000001", "99999999999", "+0000000001"])
  func absurdSizeIsRefused(_ size: String) throws {
    let study = try SmallStudy()
    let archive = try HostileArchive(
      listing: [.init(name: "big", contents: Data("x".utf8), size: Array(size.utf8) + [0])])
    let url = study.folder.appendingPathComponent("hostile.pack")
    try archive.write(to: url)
    #expect(!(try PackReader.verify(url, expecting: nil).isSound))
    try expectRefusal(of: url, in: study)
  }

  @Test func greatestSizeInBase256IsRefused() throws {
    let study = try SmallStudy()
    let sizes: [[UInt8]] = [
      [0x80, 0, 0, 0, 0x7F] + [UInt8](repeating: 0xFF, count: 7),
      [0x80, 0, 0, 0] + [UInt8](repeating: 0xFF, count: 8),
      [0x80] + [UInt8](repeating: 0xFF, count: 11), [UInt8](repeating: 0xFF, count: 12),
    ]
    for size in sizes {
      let url = study.folder.appendingPathComponent("hostile.pack")
      try HostileArchive(
        listing: [.init(name: "big", contents: Data("x".utf8), size: size)]
      ).write(to: url)
      #expect(!(try PackReader.verify(url, expecting: nil).isSound))
    }
  }

  @Test func nameThatIsFileAndFolderIsRefused() throws {
    let study = try SmallStudy()
    let url = study.folder.appendingPathComponent("hostile.pack")
    try HostileArchive(
      listing: [
        .init(name: "a", contents: Data("x".utf8)), .init(name: "a/b", contents: Data("x".utf8)),
      ]
    ).write(to: url)
    try expectRefusal(of: url, in: study)
  }

  @Test func manifestOfAnotherFormatIsRefused() throws {
    let study = try SmallStudy()
    let url = study.folder.appendingPathComponent("hostile.pack")
    let manifest = Data("{\n  \"format\" : 2,\n  \"members\" : [\n\n  ]\n}\n".utf8)
    try HostileArchive(members: [.init(name: "MANIFEST.json", contents: manifest)]).write(to: url)
    let lines = try PackReader.verify(url, expecting: nil).lines
    #expect(lines.count == 1)
    #expect(lines.first?.contains("format 2") == true)
  }

  @Test(arguments: [0, 1, 511, 512, 513, 1024, 1536])
  func fileThatIsNoPackIsRefused(_ byteCount: Int) throws {
    let study = try SmallStudy()
    let url = study.folder.appendingPathComponent("no.pack")
    for byte in [UInt8(0), 0x41, 0xFF] {
      try Data(repeating: byte, count: byteCount).write(to: url)
      #expect(!(try PackReader.verify(url, expecting: nil).isSound))
      #expect(throws: PackError.self) { try PackReader.results(of: url) }
      try expectRefusal(of: url, in: study)
    }
  }

  @Test func missingFileIsAnError() {
    let error = #expect(throws: PackError.self) {
      try PackReader.verify(URL(fileURLWithPath: "/nowhere/at/all.pack"), expecting: nil)
    }
    #expect(error?.code == .file)
  }

  private func expectRefusal(of url: URL, in study: SmallStudy) throws {
    let out = study.folder.appendingPathComponent("out")
    #expect(throws: PackError.self) { try PackReader.extract(url, to: out) }
    #expect(!FileManager.default.fileExists(atPath: out.path))
    #expect(
      !FileManager.default.fileExists(atPath: study.folder.appendingPathComponent("outside").path))
  }
}
