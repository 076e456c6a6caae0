import Foundation
import TestFolders
import Testing

/// The functions of `Examples/functions` do in a study what plugins do.
@Suite(.enabled(if: FunctionExample.compiler != nil, "no C compiler"))
struct FunctionExampleTests {
  @Test func theStudyRunsAndItsPackReplays() throws {
    let example = try FunctionExample()
    try example.compileC()
    let run = try HostProcess.run(
      ["run", example.pipeline, "--workspace", example.folder.path("w"), "--json"]
        + example.arguments)
    try #require(run.status == 0, "\(run.errors)")

    let results = try FunctionExample.Results(of: run)
    let function = try #require(results.fits.first { $0.plugin == "power-law" })
    let plugin = try #require(results.fits.first { $0.plugin == "chinchilla" })
    #expect(function.failure == nil)
    // The same form on the same losses; only the last digits of the derivatives differ.
    #expect(abs(function.objective - plugin.objective) <= 1e-4 * plugin.objective)
    for (left, right) in zip(function.points, plugin.points) {
      #expect(abs(left.predicted - right.predicted) < 1e-3 * right.predicted)
    }
    let records = results.plugins.filter { $0.library != nil }
    #expect(
      records.map(\.identity.name).sorted()
        == ["fading-replay", "half-cosine", "power-law", "signum"])
    for record in records {
      let isOurs = ["power-law", "signum"].contains(record.identity.name)
      #expect(record.library?.isSystem == !isOurs)
    }

    let pack = example.folder.path("study.pack")
    let created = try HostProcess.run(["pack", "create", example.folder.path("w"), "-o", pack])
    try #require(created.status == 0, "\(created.errors)")
    // What the pack holds is all that the replay has.
    for name in [
      "w", "power-law.function.yaml", "libpower.so", "signum.function.yaml", "libsignum.so",
      "en.jsonl",
    ] {
      try FileManager.default.removeItem(atPath: example.folder.path(name))
    }
    let replayed = try HostProcess.run(
      ["pack", "replay", pack, "-w", example.folder.path("replayed")])
    #expect(replayed.status == 0, "\(replayed.output)\(replayed.errors)")
  }

  @Test func theListShowsWhatManifestsBind() throws {
    let example = try FunctionExample()
    try Data("schema: 1\nkind: schedul\n".utf8).write(
      to: URL(filePath: example.folder.path("broken.function.yaml")))
    let list = try HostProcess.run(["plugins", "list", example.folder.path])
    #expect(list.status == 0, "\(list.errors)")
    for (kind, name, what) in [
      ("scaling-law", "power-law", "function 'power_law' of libpower.so"),
      ("schedule", "half-cosine", "function 'cos' of libm.so.6 of the system"),
      ("data-mixer", "fading-replay", "function 'exp' of libm.so.6 of the system"),
      ("optimizer", "signum", "function 'signum' of libsignum.so"),
    ] {
      let line = list.output.split(separator: "\n").first { $0.contains(" \(name) ") }
      #expect(line?.contains(kind) ?? false, "\(list.output)")
      #expect(line?.contains(what) ?? false, "\(list.output)")
    }
    #expect(
      list.output.contains(
        "broken.function.yaml:2:7: error: kind: found 'schedul', expected scaling-law"),
      "\(list.output)")
  }

  @Test func inspectShowsWhatIsBoundWithoutRunningIt() throws {
    let example = try FunctionExample()
    try example.compileC()
    let law = try HostProcess.run(
      ["plugins", "inspect", example.folder.path("power-law.function.yaml")])
    #expect(law.status == 0, "\(law.output)\(law.errors)")
    for part in [
      "kind         scaling-law", "libpower.so: \(example.folder.path("libpower.so"))",
      "double power_law(double N, double D, const double *theta) (the library has it)",
      "line 15: (1000000.0, 20000000.0, 1.7", "'plugin: power-law' below 'laws:'",
    ] {
      #expect(law.output.contains(part), "\(law.output)")
    }
    let schedule = try HostProcess.run(
      ["plugins", "inspect", "--json", example.folder.path("half-cosine.function.yaml")])
    #expect(schedule.status == 0, "\(schedule.output)")
    for part in ["\"isSystem\" : true", "\"isThere\" : true", "\"refusedBecause\" : ["] {
      #expect(schedule.output.contains(part), "\(schedule.output)")
    }
    let options = try HostProcess.run(
      ["plugins", "inspect", "--options", example.folder.path("half-cosine.function.yaml")])
    #expect(options.status == 2, "\(options.output)")
  }

  @Test func aFunctionThatIsNotBuiltIsAnErrorAtTheLineThatNamesIt() throws {
    let example = try FunctionExample()
    let run = try HostProcess.run(["validate", example.pipeline] + example.arguments)
    #expect(run.status == 2)
    #expect(
      run.errors.contains("pipeline.yaml:41:23: error: laws.function.plugin:"), "\(run.errors)")
    #expect(run.errors.contains("there is no library 'libpower.so' beside it"), "\(run.errors)")
  }

  @Test func theOptimizerTrainsToTheSameBitsOnAnyThreads() throws {
    let example = try FunctionExample()
    try example.compileC()
    func losses(_ workspace: String, threads: Int) throws -> [[Double]] {
      let run = try HostProcess.run(
        [
          "run", example.pipeline, "--workspace", example.folder.path(workspace), "--json",
          "--threads", "\(threads)", "--only", "scratch",
        ] + example.arguments + ["--set", "batch.micro_batch=64"])
      try #require(run.status == 0, "\(run.errors)")
      return try SmallQuickstart.Results(of: run).losses
    }
    let expected = try losses("one", threads: 1)
    #expect(expected.count == 3)
    #expect(expected.allSatisfy { ($0.last ?? 0) < ($0.first ?? 0) - 0.2 }, "\(expected)")
    #expect(try losses("two", threads: 2) == expected)
  }

  @Test func theOptimizerKeepsTheLawsOfPlugins() throws {
    let example = try FunctionExample()
    try example.compileC()
    let check = try HostProcess.run(
      ["plugins", "check", example.folder.path("signum.function.yaml")])
    #expect(check.status == 0, "\(check.output)\(check.errors)")
    #expect(check.output.contains("optimizer.elementwise"), "\(check.output)")
    let schedule = try HostProcess.run(
      ["plugins", "check", example.folder.path("half-cosine.function.yaml")])
    #expect(schedule.status == 2)
    #expect(schedule.errors.contains("no laws bind a schedule"), "\(schedule.errors)")
  }

  @Test(
    .enabled(if: FunctionExample.fortran != nil, "no Fortran compiler: install gfortran to run it"))
  func theFortranLawPassesItsSelfTestsAndDerivatives() throws {
    let example = try FunctionExample()
    try example.compileC()
    try example.compileFortran()
    let run = try HostProcess.run(
      ["validate", example.pipeline, "--set", "laws.function.plugin=power-law-fortran"]
        + example.arguments)
    #expect(run.status == 0, "\(run.errors)")
  }
}

/// A copy of the example with texts and sizes that take seconds.
private struct FunctionExample {
  static let compiler = program("cc")
  static let fortran = program("gfortran")

  let folder: TemporaryFolder

  init() throws {
    folder = try SmallQuickstart.folder()
    let example = ProjectFolders.repository.appending(path: "Examples/functions")
    for name in try FileManager.default.contentsOfDirectory(
      atPath: example.path(percentEncoded: false)) where !name.hasSuffix(".so")
    {
      try FileManager.default.copyItem(
        at: example.appending(path: name), to: folder.url.appending(path: name))
    }
  }

  var pipeline: String { folder.path("pipeline.yaml") }

  var arguments: [String] { SmallQuickstart.arguments(folder) }

  func compileC() throws {
    try compile(Self.compiler, ["power.c", "-o", "libpower.so", "-lm"])
    try compile(Self.compiler, ["signum.c", "-o", "libsignum.so"])
  }

  func compileFortran() throws {
    try compile(Self.fortran, ["power.f90", "-o", "libpowerf.so"])
  }

  private func compile(_ compiler: String?, _ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(filePath: try #require(compiler))
    process.currentDirectoryURL = folder.url
    process.arguments = ["-shared", "-fPIC", "-O2"] + arguments
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
  }

  private static func program(_ name: String) -> String? {
    ["/usr/bin/", "/usr/local/bin/"].map { $0 + name }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// What `--json` prints of a study, as far as these tests read it.
  struct Results: Decodable {
    struct Fit: Decodable {
      struct Point: Decodable {
        var predicted: Double
      }
      var plugin: String
      var failure: String?
      var objective: Double
      var points: [Point]
    }
    struct Plugin: Decodable {
      struct Identity: Decodable {
        var name: String
      }
      struct Library: Decodable {
        var isSystem: Bool
      }
      var identity: Identity
      var library: Library?
    }
    var fits: [Fit]
    var plugins: [Plugin]

    init(of process: HostProcess) throws {
      self = try JSONDecoder().decode(Self.self, from: Data(process.output.utf8))
    }
  }
}
