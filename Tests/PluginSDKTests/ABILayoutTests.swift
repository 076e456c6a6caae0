import CPluginABI
import Foundation
import TestFolders
import Testing

/// The ABI of every version that plugins were built with is kept, to the byte.
///
/// `CPT_HOST_KEEP_ABI=1` in the environment writes the kept layout and headers of the version that
/// the headers state, for a version that is not released yet.
@Suite(.enabled(if: CCompiler.isThere, "there is no C compiler")) struct ABILayoutTests {
  static let folder = ProjectFolders.repository.appending(path: "Tests/PluginSDKTests/ABI")
  static let version = "\(CPT_ABI_MAJOR).\(CPT_ABI_MINOR)"

  /// The versions of this major one that are kept.
  static let keptVersions =
    ((try? FileManager.default.contentsOfDirectory(
      atPath: folder.path(percentEncoded: false))) ?? [])
    .filter { $0.hasSuffix(".txt") && $0.hasPrefix("\(CPT_ABI_MAJOR).") }
    .map { String($0.dropLast(".txt".count)) }.sorted()

  private static func kept(_ version: String) throws -> ABILayout {
    ABILayout(
      text: try String(contentsOf: folder.appending(path: "\(version).txt"), encoding: .utf8))
  }

  @Test func theHeadersAreWhatIsKeptForTheirVersion() throws {
    let now = try ABILayout(headers: CCompiler.headers)
    if ProcessInfo.processInfo.environment["CPT_HOST_KEEP_ABI"] != nil { try Self.keep(now) }
    let kept = try Self.kept(Self.version)
    for fact in now.facts where kept.facts[fact.key] != fact.value {
      Issue.record(
        """
        the headers say '\(fact.key): \(fact.value)', ABI/\(Self.version).txt does not: an addition \
        needs a new CPT_ABI_MINOR and a file for it, anything else a new CPT_ABI_MAJOR
        """)
    }
    #expect(now == kept)
    #expect(now.unexplainedBytes.isEmpty)
  }

  @Test(arguments: keptVersions)
  func nothingOfAnOlderVersionIsBroken(version: String) throws {
    let now = try ABILayout(headers: CCompiler.headers)
    #expect(try Self.kept(version).breaks(in: now).isEmpty)
  }

  /// The headers that old plugins are built with in tests are those that were measured.
  @Test(arguments: keptVersions)
  func keptHeadersHaveTheKeptLayout(version: String) throws {
    let headers = Self.folder.appending(path: "\(version)/include")
    #expect(try ABILayout(headers: headers) == Self.kept(version))
  }

  /// A change of the headers, with whether it breaks what was built before.
  struct Change: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let old: String
    let new: String
    let isBreak: Bool
  }

  static let changes: [Change] = [
    change("a member behind the last", "} cpt_host;", "  int32_t more;\n} cpt_host;", false),
    change(
      "a function behind the last", "} cpt_graph;", "  void (*more)(void);\n} cpt_graph;", false),
    change("a new enumerator", "CPT_LAW_SHAPE = 3", "CPT_LAW_SHAPE = 3, CPT_LAW_MORE = 4", false),
    change(
      "a new struct", "} cpt_host;", "} cpt_host;\ntypedef struct more { int a; } more;", false),
    change("a renamed argument", "double fraction,", "double part,", false),
    change("a member in the middle", "  int64_t total;", "  int64_t more;\n  int64_t total;", true),
    change("a member that is gone", "  int64_t embedding;\n", "", true),
    change("a wider member", "  float initial_value;", "  double initial_value;", true),
    change("a member of another type", "  float initial_value;", "  int32_t initial_value;", true),
    change(
      "members that change places", "  int64_t total;\n  int64_t embedding;",
      "  int64_t embedding;\n  int64_t total;", true),
    change("a member in padding", "} cpt_parameter;", "  int32_t more;\n} cpt_parameter;", true),
    change("a larger value", "} cpt_value;", "  int32_t more;\n} cpt_value;", true),
    change("a larger text", "} cpt_text;", "  int32_t more;\n} cpt_text;", true),
    change("another number", "CPT_LAW_SHAPE = 3", "CPT_LAW_SHAPE = 4", true),
    change("another status", "CPT_UNKNOWN = 8", "CPT_UNKNOWN = 8, CPT_MORE = 9", true),
    change("another rank", "CPT_MAXIMUM_RANK 8", "CPT_MAXIMUM_RANK 9", true),
    change("a signed kind", "typedef uint32_t cpt_kind;", "typedef int32_t cpt_kind;", true),
    change(
      "another argument", "int32_t (*is_cancelled)(void *context);",
      "int32_t (*is_cancelled)(void *context, int32_t more);", true),
    change("another section", "SECTION \"cpt_plugin\"", "SECTION \"cpt_plugins\"", true),
  ]

  private static func change(
    _ name: String, _ old: String, _ new: String, _ isBreak: Bool
  ) -> Change { Change(testDescription: name, old: old, new: new, isBreak: isBreak) }

  /// The check itself tells a break from an addition.
  @Test(arguments: changes)
  func aBreakIsToldFromAnAddition(change: Change) throws {
    let folder = try TemporaryFolder()
    let headers = folder.url.appending(path: "include")
    try FileManager.default.copyItem(at: CCompiler.headers, to: headers)
    var count = 0
    for file in try ABIHeaders.files(headers) {
      let text = try String(contentsOf: file, encoding: .utf8)
      count += text.ranges(of: change.old).count
      try text.replacing(change.old, with: change.new)
        .write(to: file, atomically: true, encoding: .utf8)
    }
    #expect(count == 1, "'\(change.old)' should stand once in the headers")
    let changed = try ABILayout(headers: headers)
    let breaks = try ABILayout(headers: CCompiler.headers).breaks(in: changed)
    #expect(breaks.isEmpty != change.isBreak, "\(breaks)")
  }

  private static func keep(_ layout: ABILayout) throws {
    let files = FileManager.default
    let headers = folder.appending(path: "\(version)/include")
    try layout.text.write(
      to: folder.appending(path: "\(version).txt"), atomically: true, encoding: .utf8)
    for file in try ABIHeaders.files(CCompiler.headers) {
      let name = String(
        file.path(percentEncoded: false)
          .dropFirst(CCompiler.headers.path(percentEncoded: false).count)
      )
      let copy = headers.appending(path: name)
      try files.createDirectory(
        at: copy.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(contentsOf: file).write(to: copy)
    }
  }
}
