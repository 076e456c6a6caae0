import Foundation
import Pipelines
import PluginBridges
import PluginHost
import PluginSDK
import TestFolders
import Testing

/// What a function manifest and its library say is known without running either, and every reason to
/// refuse them at once.
@Suite(.enabled(if: FunctionFixture.canBuild, "no C compiler")) struct FunctionInspectionTests {
  private func inspect(_ path: String) -> FunctionInspection {
    FunctionInspection(path: path) { try FunctionDecoder.decode(contentsOf: $0) }
  }

  @Test func everythingIsKnownOfASoundFunction() throws {
    let fixture = try FunctionFixture()
    try fixture.law(
      "both", "double power(double N, const double *theta)",
      gradient: "void gradient(double N, const double *theta, double *gradients)")
    let inspection = inspect(fixture.folder.path("both.function.yaml"))
    #expect(inspection.findings.isEmpty)
    #expect(inspection.digest == (try digest(contents(inspection.path))))
    let library = try #require(inspection.library)
    #expect(library.path == fixture.folder.path("libfunctions.so"))
    #expect(library.digest == (try digest(contents(library.path))))
    #expect(
      inspection.functions.map(\.callable.declaration) == [
        "double power(double N, const double *theta)",
        "void gradient(double N, const double *theta, double *gradients)",
      ])
    #expect(inspection.functions.allSatisfy { $0.isThere == true })
  }

  /// The constructor would end this process.
  @Test func noCodeOfTheLibraryRuns() throws {
    let fixture = try FunctionFixture(
      source: """
        #include <stdlib.h>
        __attribute__((constructor)) static void start(void) { abort(); }
        double same(double progress) { return progress; }
        """)
    try fixture.curve("same", "double same(double progress)")
    #expect(inspect(fixture.folder.path("same.function.yaml")).findings.isEmpty)
  }

  @Test func functionOfASystemLibraryIsFoundThere() throws {
    let fixture = try FunctionFixture()
    for (name, symbol) in [("there", "cos"), ("missing", "cosinus")] {
      try fixture.curve(
        name, "double \(symbol)(double progress)", library: "library: libm.so.6\nsystem: true")
      let inspection = inspect(fixture.folder.path("\(name).function.yaml"))
      #expect(try #require(inspection.library).path.hasSuffix("/libm.so.6"))
      #expect(inspection.functions.map(\.isThere) == [symbol == "cos"])
    }
  }

  @Test func everyReasonIsToldAtOnce() throws {
    let fixture = try FunctionFixture()
    try fixture.curve(
      "wrong", "double smae(double progress)",
      library: "library: libfunctions.so\nsha256: \(String(repeating: "ab", count: 32))")
    let path = fixture.folder.path("wrong.function.yaml")
    #expect(unsafe chmod(path, 0o666) == 0)
    let messages = inspect(path).findings.map(\.message)
    #expect(messages.count == 3)
    for part in ["can be written by anybody", "the manifest demands", "has no function 'smae'"] {
      #expect(messages.contains { $0.contains(part) }, "\(messages)")
    }
  }

  /// Whoever writes a manifest or its library runs code as whoever uses it.
  @Test(arguments: ["open.function.yaml", "libfunctions.so"], [0o666, 0o646] as [mode_t])
  func whatStrangersMayWriteIsNotUsed(name: String, mode: mode_t) throws {
    let fixture = try FunctionFixture()
    try fixture.curve("open", "double same(double progress)")
    #expect(unsafe chmod(fixture.folder.path(name), mode) == 0)
    let message = try fixture.refusal("open")
    #expect(
      message.contains("'\(fixture.folder.path(name))' can be written by anybody"), "\(message)")
    #expect(message.contains("chmod go-w"))
  }

  /// What stands in the place of a manifest is refused and waited for by nobody.
  @Test func nothingInThePlaceOfAManifestIsReadForEver() throws {
    let fixture = try FunctionFixture()
    let folder = fixture.folder
    func path(_ name: String) -> String { folder.path(name + ForeignFunction.fileSuffix) }
    #expect(unsafe mkfifo(path("pipe"), 0o600) == 0)
    for (name, target) in [
      ("zeros", "/dev/zero"), ("random", "/dev/urandom"), ("nothing", "/no/such/file"),
      ("loop", "loop.function.yaml"), ("folder", "/"),
    ] {
      try FileManager.default.createSymbolicLink(
        atPath: path(name), withDestinationPath: target)
    }
    _ = try folder.write("empty.function.yaml", "")
    _ = try folder.write("bytes.function.yaml", [0xFF, 0, 0x1B, 0x5B])
    _ = try folder.write("deep.function.yaml", String(repeating: "[", count: 10_000))
    _ = try folder.write("long.function.yaml", [UInt8](repeating: 0x61, count: 1 << 21))
    let run = try HostRun(["plugins", "list", folder.path])
    #expect(run.status == 0 && run.errors.isEmpty, "\(run.status) \(run.errors)")
    for name in [
      "pipe", "zeros", "random", "nothing", "loop", "folder", "empty", "bytes", "deep", "long",
    ] {
      #expect(run.output.contains("refused: \(path(name))\n"), "\(name): \(run.output)")
      let inspection = try HostRun(["plugins", "inspect", path(name)])
      #expect(inspection.status == 1 && !inspection.hasCrashed, "\(name): \(inspection.errors)")
      #expect(inspection.output.contains("\nrefused "), "\(name): \(inspection.output)")
    }
  }
}
