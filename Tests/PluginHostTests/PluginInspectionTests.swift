import Foundation
import PluginHost
import PluginSDK
import TestFolders
import Testing

/// An inspection tells everything that a file says, and every reason to refuse it at once.
@Suite(.enabled(if: SmallPlugin.canBuild)) struct PluginInspectionTests {
  private func messages(_ bytes: [UInt8]) -> [String] {
    PluginInspection(bytes, path: "x.so").findings.map(\.message)
  }

  @Test func aSoundFileSaysAllOfItself() throws {
    let bytes = try SmallPlugin.library(arguments: ["-Wl,--build-id=0x0123abcd", "-lm"])
    let inspection = PluginInspection(bytes, path: "x.so")
    #expect(inspection.findings.isEmpty)
    #expect(inspection.byteCount == UInt64(bytes.count))
    #expect(inspection.buildID == "0123abcd")
    let record = try #require(inspection.record)
    #expect(record.name == "small")
    #expect(record.kind == PluginKind.dataMixer.rawValue)
    #expect(record.entry == "entry")
    #expect(record.capabilities == [])
    #expect(record.concurrency == .serial)
    #expect(try inspection.file().identity == record.identity)
    #expect(inspection.needed.allSatisfy { $0.hasSuffix(".6") || $0.contains("ld-linux") })
  }

  @Test func everyReasonIsTold() throws {
    var bytes = try SmallPlugin.library()
    let record = try #require(bytes.firstRange(of: Array("CPTPLUG1".utf8))).lowerBound
    bytes[18] = 40  // the machine
    bytes[record + 20] = 9  // the concurrency
    bytes[record + 24] = UInt8(ascii: "S")  // the name
    bytes[record + 89] = 0x1B  // a control character in the version
    bytes[record + 120] = UInt8(ascii: "x")  // the entry
    let inspection = PluginInspection(bytes, path: "x.so")
    let expected = [
      "is built for machine 40", "has the name 'Small'", "declares the concurrency 9",
      "its version holds control characters", "does not export 'xntry'",
    ]
    #expect(inspection.findings.count == expected.count)
    for (finding, part) in zip(inspection.findings, expected) {
      #expect(finding.message.contains(part))
    }
    // What makes sense is there nevertheless.
    #expect(inspection.record?.entry == "xntry")
    #expect(inspection.record?.toolchain?.isEmpty == false)
    #expect(inspection.record?.identity == nil)
    let error = #expect(throws: PluginHostError.self) { try inspection.file() }
    for part in expected { #expect(try #require(error).message.contains(part)) }
  }

  @Test func secondRecordIsTold() throws {
    let bytes = try SmallPlugin.library(
      more: """
        __attribute__((used, section(CPT_RECORD_SECTION), aligned(8))) static const cpt_record
          second = {CPT_RECORD_MAGIC, sizeof(cpt_record)};
        """)
    let messages = messages(bytes)
    #expect(messages.count == 1)
    #expect(messages.allSatisfy { $0.contains("stands beside another in one section") })
  }

  @Test func entryThatTheLoaderWouldNotFindIsTold() throws {
    let messages = messages(try SmallPlugin.library(arguments: ["-fvisibility=hidden"]))
    #expect(messages.count == 1)
    #expect(messages.allSatisfy { $0.contains("does not export 'entry'") })
  }

  @Test func aLibraryThatIsNoPluginSaysWhatItNeeds() throws {
    let folder = try TemporaryFolder()
    let source = try folder.write(
      "plain.c", "#include <math.h>\ndouble f(double x) { return erf(x); }\n")
    let (status, _) = try run(
      try #require(SmallPlugin.compiler),
      ["-shared", "-fPIC", source, "-lm", "-o", folder.path("plain.so")])
    try #require(status == 0)
    let inspection = PluginInspection(path: folder.path("plain.so"))
    #expect(inspection.findings.map(\.code) == [.noRecord])
    #expect(inspection.needed.contains("libm.so.6"))
    #expect(inspection.record == nil)
  }

  @Test func aFileThatIsNotThereIsAFinding() {
    let inspection = PluginInspection(path: "/nowhere/x.so")
    #expect(inspection.findings.map(\.code) == [.unreadable])
  }

  /// The array and the file are read by the same code, to the same end.
  @Test func bytesAndFileSayTheSame() throws {
    let folder = try TemporaryFolder()
    let bytes = try SmallPlugin.library()
    for size in [0, 63, 64, 1000, bytes.count / 2, bytes.count - 1, bytes.count] {
      let part = Array(bytes.prefix(size))
      let path = try folder.write("x.so", part)
      #expect(PluginInspection(part, path: path) == PluginInspection(path: path))
    }
  }

  /// No number in the first kilobyte, where the headers lie, or in the section headers brings the
  /// reader down; whatever it answers holds together.
  @Test func noNumberBringsTheReaderDown() throws {
    let bytes = try SmallPlugin.library()
    let sections = bytes[40..<48].reversed().reduce(0) { $0 << 8 | Int($1) }
    for offset in Array(0..<1024) + Array(sections..<bytes.count - 8) {
      for pattern: UInt64 in [0, .max, 1 << 63, 0x7FFF_FFFF_FFFF_FFFF, UInt64(bytes.count)] {
        var changed = bytes
        for index in 0..<8 {
          changed[offset + index] = UInt8(truncatingIfNeeded: pattern >> (8 * index))
        }
        let inspection = PluginInspection(changed, path: "x.so")
        #expect(inspection.findings.isEmpty == ((try? inspection.file()) != nil))
      }
    }
  }
}
