import Foundation
import GraphLanguage
import TestFolders
import Testing
import Training

@Suite struct SafetensorsTests {
  /// Written by hand from the format's description.
  private static let header =
    #"{"__metadata__":{"step":"3"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"#
    + #""b":{"dtype":"F32","shape":[1,2],"data_offsets":[8,16]}}"#

  private static func file(
    header: String, data: [UInt8], in folder: TemporaryFolder
  ) throws -> String {
    let path = "\(folder.path)/\(UUID().uuidString).safetensors"
    let length = (0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> (8 * $0)) }
    try Data(length + Array(header.utf8) + data).write(to: URL(filePath: path))
    return path
  }

  @Test func bytesAreThoseOfTheFormat() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/x.safetensors"
    try Safetensors.write([("b", [1, 2]), ("a", [2])], metadata: ["step": "3"], to: path) {
      $0 == "a" ? [1, -2] : [0.5, 0]
    }
    let bytes = Array(try Data(contentsOf: URL(filePath: path)))
    let padded = Self.header + String(repeating: " ", count: (8 - Self.header.utf8.count % 8) % 8)
    var expected: [UInt8] = [UInt8(padded.utf8.count), 0, 0, 0, 0, 0, 0, 0]
    expected += Array(padded.utf8)
    // 1, -2, 0.5, 0 as little-endian IEEE 754 single precision.
    expected += [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0, 0, 0, 0, 0x3F, 0, 0, 0, 0]
    #expect(bytes == expected)
  }

  @Test func whatIsWrittenIsReadBack() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/x.safetensors"
    let elements: [String: [Float]] = [
      "w\"\n": [.pi, -0.0, .infinity, .leastNonzeroMagnitude], "s": [7],
    ]
    try Safetensors.write([("w\"\n", [2, 2]), ("s", [])], metadata: [:], to: path) {
      elements[$0] ?? []
    }
    let file = try Safetensors(path: path)
    #expect(file.shapes == ["w\"\n": [2, 2], "s": []])
    var found: [String: [Float]] = [:]
    try file.readTensors { name, _, values in found[name] = values }
    #expect(found.mapValues { $0.map(\.bitPattern) } == elements.mapValues { $0.map(\.bitPattern) })
  }

  @Test(arguments: [
    (#"{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}"#, 4, "type F16"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4, "needs 8 bytes"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8, "starts at byte 4"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 3, "holds 3 bytes"),
    (#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4, "shape [-1]"),
    (#"{"a":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,4]}}"#, 4, "shape"),
    (#"["a"]"#, 0, "not a safetensors file"),
  ])
  func damagedHeaderIsRefusedWithItsReason(header: String, byteCount: Int, reason: String) throws {
    let folder = try TemporaryFolder()
    let path = try Self.file(
      header: header, data: [UInt8](repeating: 0, count: byteCount), in: folder)
    let error = trainingError { _ = try Safetensors(path: path) }
    #expect(error?.code == .checkpoint)
    #expect(error?.message.contains(reason) == true, "\(error?.message ?? "no error")")
    #expect(error?.message.contains(path) == true)
  }

  @Test(arguments: [0, 7, 8, 20])
  func fileThatEndsTooEarlyIsRefused(length: Int) throws {
    let folder = try TemporaryFolder()
    let path = try Self.file(
      header: Self.header, data: [UInt8](repeating: 0, count: 16), in: folder)
    let whole = try Data(contentsOf: URL(filePath: path))
    try whole.prefix(length).write(to: URL(filePath: path))
    #expect(trainingError { _ = try Safetensors(path: path) }?.code == .checkpoint)
  }
}
