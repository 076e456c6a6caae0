import PluginBridges
import PluginHost
import PluginSDK
import TestFolders
import Testing

/// A function that does not do what its manifest says is refused before the host calls it.
@Suite(.enabled(if: FunctionFixture.canBuild, "no C compiler")) struct RefusedFunctionTests {
  /// A function, what its refusal says, and whether a line of the manifest is to blame.
  struct Case: Sendable, CustomTestStringConvertible {
    var declaration: String
    var fragments: [String]
    var isAtTest = true
    var test = "{ progress: 0.25, expect: 0.25, tolerance: 0 }"
    var testDescription: String { declaration }
  }

  static let cases = [
    Case(
      declaration: "double same(double progress)",
      fragments: ["'same' gave 0.25, and 0.5 within 1e-09 was expected"],
      test: "{ progress: 0.25, expect: 0.5, tolerance: 1e-9 }"),
    Case(
      declaration: "double late_nan(double progress)",
      fragments: ["'late_nan' gave nan, and 1.0 within 100.0 was expected"],
      test: "{ progress: 1, expect: 1, tolerance: 100 }"),
    Case(
      declaration: "double crash(double progress)",
      fragments: ["was ended by signal 11", "tried in a separate process"]),
    Case(
      declaration: "double leave(double progress)",
      fragments: ["ended the process with status 0, before it was done"]),
    Case(
      declaration: "void nothing(double progress, double *results)",
      fragments: ["'nothing' gave nan, and 0.25"]),
    Case(
      declaration: "void overrun(double progress, double *results)",
      fragments: ["wrote past the end of 'results'"]),
    Case(
      declaration: "int refuses(double progress, double *results)",
      fragments: ["returned the status 7; 0 is success"]),
    Case(
      declaration: "double smae(double progress)",
      fragments: ["has no function 'smae'", "check the spelling", "bind(C)"], isAtTest: false),
  ]

  @Test(arguments: cases)
  func theRefusalSaysWhatHappened(_ example: Case) throws {
    let fixture = try FunctionFixture()
    try fixture.curve("tried", example.declaration, test: example.test)
    let message = try fixture.refusal("tried")
    let path = fixture.folder.path("tried.function.yaml") + (example.isAtTest ? ":8" : "")
    #expect(message.hasPrefix("function 'tried' at '\(path)': "), "\(message)")
    for fragment in example.fragments { #expect(message.contains(fragment), "\(message)") }
  }

  @Test func aFunctionThatHangsIsStoppedAfterItsTimeLimit() throws {
    let fixture = try FunctionFixture()
    try fixture.curve("stuck", "double hang(double progress)")
    // It waits for a signal that never comes, so that any limit ends it.
    let path = fixture.folder.path("stuck.function.yaml")
    let text = String(decoding: try contents(path), as: UTF8.self)
    _ = try fixture.folder.write(
      "stuck.function.yaml", text.replacing("time_limit: 20", with: "time_limit: 2"))
    let message = try fixture.refusal("stuck")
    #expect(message.contains("did not end within 2 s, the 'time_limit'"), "\(message)")
  }

  @Test func aLibraryThatCrashesWhenOpenedIsFoundApart() throws {
    let fixture = try FunctionFixture(
      source: """
        #include <stdlib.h>
        __attribute__((constructor)) static void start(void) { abort(); }
        double same(double progress) { return progress; }
        """)
    try fixture.curve("same", "double same(double progress)")
    let message = try fixture.refusal("same")
    #expect(message.contains("opening its library was ended by signal 6"), "\(message)")
  }

  @Test func aLibraryThatIsNotThereIsNamedWithItsFolder() throws {
    let fixture = try FunctionFixture()
    try fixture.curve("same", "double same(double progress)", library: "library: libother.so")
    let message = try fixture.refusal("same")
    #expect(message.contains("there is no library 'libother.so' beside it"), "\(message)")
    #expect(message.contains(fixture.folder.path), "\(message)")
  }

  @Test func aFileThatIsNoLibraryIsToldBeforeTheLoaderSeesIt() throws {
    let fixture = try FunctionFixture()
    _ = try fixture.folder.write("libtext.so", "hello")
    try fixture.curve("same", "double same(double progress)", library: "library: libtext.so")
    #expect(try fixture.refusal("same").contains("is no shared library"))
  }

  @Test func aSystemLibraryThatTheLoaderDoesNotKnowIsRefused() throws {
    let fixture = try FunctionFixture()
    try fixture.curve(
      "same", "double same(double progress)", library: "library: libnowhere.so.9\nsystem: true")
    #expect(try fixture.refusal("same").contains("'libnowhere.so.9' cannot be opened"))
  }

  @Test func anotherHashThanThePinnedIsRefusedWithBoth() throws {
    let fixture = try FunctionFixture()
    let pinned = String(repeating: "ab", count: 32)
    try fixture.curve(
      "same", "double same(double progress)",
      library: "library: libfunctions.so\nsha256: \(pinned)")
    let message = try fixture.refusal("same")
    let real = try run("/usr/bin/sha256sum", [fixture.folder.path("libfunctions.so")]).output
      .prefix(64)
    #expect(message.contains("has the SHA-256 \(real), but the manifest demands \(pinned)"))

    try fixture.curve(
      "same", "double same(double progress)", library: "library: libfunctions.so\nsha256: \(real)")
    #expect(try fixture.registry().schedule(named: "same").factors(at: [0.5]) == [0.5])
  }

  @Test func theUsersDemandsHold() throws {
    let fixture = try FunctionFixture()
    try fixture.curve("same", "double same(double progress)")
    let digest = String(
      try run("/usr/bin/sha256sum", [fixture.folder.path("same.function.yaml")]).output.prefix(64))
    let other = String(repeating: "0", count: 64)
    #expect(
      try fixture.refusal("same", .schedule, PluginPolicy(pins: ["same": other]))
        .contains("its manifest has the SHA-256 \(digest), but the pipeline pins \(other)"))
    #expect(
      try fixture.refusal(
        "same", .schedule, PluginPolicy(requiredSigner: [UInt8](repeating: 0, count: 32))
      ).contains("a function manifest carries none"))
    #expect(
      try fixture.refusal("same", .schedule, PluginPolicy(isolation: .worker))
        .contains("write 'isolation: { same: none }'"))
    let allowed = PluginPolicy(
      isolation: .worker, isolationOfPlugins: ["same": .none], pins: ["same": digest])
    #expect(try fixture.registry(allowed).schedule(named: "same").factors(at: [1]) == [1])
  }

  @Test func aManifestWithMistakesIsExplainedWhereItIsNamed() throws {
    let fixture = try FunctionFixture()
    try fixture.curve("same", "double same(double progess)")
    let path = fixture.folder.path("same.function.yaml")
    let message = try fixture.refusal("same")
    #expect(message.hasPrefix("\(path):5:23: error: function: nothing is known"), "\(message)")
    #expect(message.contains("did you mean 'progress'?"), "\(message)")
    #expect(fixture.registry().searchPath.refused.map(\.path).contains(path))
  }

  @Test func aNameThatIsNotThereListsTheFunctionsThatAre() throws {
    let fixture = try FunctionFixture()
    try fixture.curve("half-cosine", "double same(double progress)")
    let message = try fixture.refusal("half-cosin")
    #expect(message.contains("(found: half-cosine)"), "\(message)")
    #expect(message.contains("did you mean 'half-cosine'?"), "\(message)")
  }
}
