import Foundation
import PluginHost
import PluginSDK
import TestFolders
import Testing

/// A damaged file is one clear error, wherever the damage lies.
@Suite(.enabled(if: BuiltPlugins.areThere)) struct DamagedFileTests {
  /// Offsets at the edges of every structure, and evenly between.
  static func cuts(_ size: Int) -> [Int] {
    [0, 1, 3, 4, 15, 16, 52, 63, 64, 65, 119, 120, 512, 4096, size - 64, size - 1]
      + (1..<60).map { $0 * size / 60 }
  }

  @Test func truncatedFileIsRefusedBeforeItIsOpened() throws {
    let folder = try TemporaryFolder()
    let whole = try contents(BuiltPlugins.path("SGD"))
    for size in Self.cuts(whole.count) {
      let path = try folder.write("libSGD.so", Array(whole.prefix(size)))
      let error = #expect(throws: PluginHostError.self) { try PluginFile(path: path) }
      #expect(try #require(error).message.contains(path))
      #expect(throws: PluginHostError.self) {
        try BuiltPlugins.registry(folder.path).optimizer(named: "sgd")
      }
    }
  }

  /// The reader answers or throws whatever bit is wrong, and what it answers is sound.
  ///
  /// Every bit of the small parts; one bit of each byte of the section headers, which are many.
  @Test(arguments: ["file header", "program headers", "section headers", "record"])
  func flippedBitsNeverCrashTheReader(part: String) throws {
    let folder = try TemporaryFolder()
    var bytes = try contents(BuiltPlugins.path("SGD"))
    let path = try folder.write("libSGD.so", bytes)
    let truth = try PluginFile(path: path)
    let handle = try FileHandle(forUpdating: URL(filePath: path))
    let range = try range(of: part, in: bytes)
    var refused = 0
    for offset in range {
      for bit in part == "section headers" ? offset % 8..<offset % 8 + 1 : 0..<8 {
        bytes[offset] ^= 1 << bit
        try handle.seek(toOffset: UInt64(offset))
        try handle.write(contentsOf: [bytes[offset]])
        if let file = try? PluginFile(path: path) {
          #expect(!file.identity.name.isEmpty)
          if part != "record" { #expect(file.identity == truth.identity) }
        } else {
          refused += 1
        }
        bytes[offset] ^= 1 << bit
      }
      try handle.seek(toOffset: UInt64(offset))
      try handle.write(contentsOf: [bytes[offset]])
    }
    #expect(refused > 0)
    #expect(try PluginFile(path: path) == truth)
  }

  @Test(arguments: UInt64(1)...30)
  func garbageIsRefused(seed: UInt64) throws {
    let folder = try TemporaryFolder()
    var state = seed
    var bytes = (0..<5000).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(truncatingIfNeeded: state >> 33)
    }
    if seed.isMultiple(of: 2) {
      // A true header before the noise.
      bytes.replaceSubrange(
        0..<64, with: try contents(BuiltPlugins.path("SGD")).prefix(64))
    }
    let path = try folder.write("noise.so", bytes)
    #expect(throws: PluginHostError.self) { try PluginFile(path: path) }
  }

  private func range(of part: String, in bytes: [UInt8]) throws -> Range<Int> {
    func number(_ offset: Int, _ count: Int) -> Int {
      bytes[offset..<offset + count].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    switch part {
    case "file header": return 0..<64
    case "program headers": return number(32, 8)..<number(32, 8) + 56 * number(56, 2)
    case "section headers": return number(40, 8)..<number(40, 8) + 64 * number(60, 2)
    default:
      let record = try #require(bytes.firstRange(of: Array("CPTPLUG1".utf8)))
      return record.lowerBound..<record.lowerBound + 512
    }
  }
}
