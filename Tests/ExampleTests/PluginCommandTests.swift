import Foundation
import TestFolders
import Testing

/// The commands on plugin files do what they say, and no plugin runs that nobody named.
@Suite struct PluginCommandTests {
  private static let plugins = ProjectFolders.products.path(percentEncoded: false)
  private let folder: TemporaryFolder
  private let file: String

  init() throws {
    folder = try TemporaryFolder()
    file = folder.path("plugins/libSGD.so")
    try FileManager.default.createDirectory(
      atPath: folder.path("plugins"), withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: Self.plugins + "libSGD.so", toPath: file)
  }

  private func host(
    _ arguments: String..., environment: [String: String] = [:]
  ) throws -> HostProcess {
    try HostProcess.run(
      arguments,
      environment: environment.merging(["XDG_CACHE_HOME": folder.path("cache")]) { $1 })
  }

  @Test func inspectShowsWhatTheFileSays() throws {
    let run = try host("plugins", "inspect", file)
    #expect(run.status == 0, "\(run.errors)")
    for part in ["name         sgd", "kind         optimizer", "SHA-256", "not signed"] {
      #expect(run.output.contains(part))
    }
    #expect(!run.output.contains("momentum"))
  }

  @Test func inspectShowsOptionsOnlyWhereItIsToldToRunThePlugin() throws {
    let run = try host("plugins", "inspect", file, "--options")
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output.contains("momentum"))
  }

  @Test func inspectTellsEveryReasonToRefuseAFile() throws {
    var bytes = try Data(contentsOf: URL(filePath: file))
    let record = try #require(bytes.range(of: Data("CPTPLUG1".utf8))).lowerBound
    bytes[record + 20] = 9
    bytes[record + 120] = UInt8(ascii: "x")
    try bytes.write(to: URL(filePath: file))
    #expect(unsafe chmod(file, 0o666) == 0)
    let run = try host("plugins", "inspect", file)
    #expect(run.status == 1)
    for part in ["the concurrency 9", "does not export", "can be written by anybody"] {
      #expect(run.output.contains(part))
    }
    let json = try host("plugins", "inspect", file, "--json")
    #expect(json.status == 1)
    let output = try JSONDecoder().decode(Inspected.self, from: Data(json.output.utf8))
    #expect(output.refusedBecause.count == 3)
    #expect(output.record?.name == "sgd")
    #expect(output.identity == nil)
  }

  @Test func aSignedPluginIsVerifiedAndListedAsSigned() throws {
    let key = folder.path("team")
    #expect(try host("plugins", "sign", "--new-key", key).status == 0)
    let unsigned = try host("plugins", "verify", file, "--key", key + ".pub")
    #expect(unsigned.status == 1)
    #expect(unsigned.errors.contains("is not signed"))
    #expect(try host("plugins", "sign", file, "--key", key + ".key").status == 0)
    #expect(try host("plugins", "verify", file, "--key", key + ".pub").status == 0)
    for _ in 0..<2 {
      let list = try host("plugins", "list", folder.path("plugins"))
      #expect(list.status == 0)
      #expect(list.output.contains("signed by ed25519:"))
    }
    let other = folder.path("other")
    #expect(try host("plugins", "sign", "--new-key", other).status == 0)
    #expect(try host("plugins", "verify", file, "--key", other + ".pub").status == 1)
  }

  @Test func listTellsWhatIsRefusedAndWhatIsShadowed() throws {
    _ = try folder.write("plugins/text.so", "no library")
    for _ in 0..<2 {
      let list = try host("plugins", "list", folder.path("plugins"))
      #expect(list.output.contains("shadowed by \(file)"))
      #expect(list.output.contains("refused: \(folder.path("plugins/text.so"))"))
      #expect(list.output.contains("is no shared library: it has 10 bytes"))
    }
  }

  /// Nothing is loaded but what the pipeline or the search path names.
  @Test(arguments: ["the current folder", "LD_LIBRARY_PATH", "a folder that is listed"])
  func aPluginThatNobodyNamedDoesNotRun(place: String) throws {
    let compiler = try #require(
      ["/usr/bin/cc", "/usr/bin/gcc", "/usr/bin/clang"].first {
        FileManager.default.isExecutableFile(atPath: $0)
      })
    let marker = folder.path("it-ran")
    let source = try folder.write(
      "sneaky.c",
      """
      #include <cpt_plugin.h>
      #include <stdio.h>
      CPT_PLUGIN_RECORD(CPT_KIND_OPTIMIZER, CPT_CONCURRENCY_SERIAL, "sneaky", "1.0.0", "entry", "")
      __attribute__((constructor)) static void run(void) { fclose(fopen("\(marker)", "w")); }
      cpt_status entry(const cpt_host *host, cpt_plugin *plugin, cpt_error **error) { return 8; }
      """)
    try FileManager.default.createDirectory(
      atPath: folder.path("sneaky"), withIntermediateDirectories: true)
    let library = folder.path("sneaky/libsneaky.so")
    let build = Process()
    build.executableURL = URL(filePath: compiler)
    build.arguments = [
      "-shared", "-fPIC", source, "-o", library, "-I",
      ProjectFolders.repository.appending(path: "Sources/CPluginABI/include")
        .path(percentEncoded: false),
    ]
    try build.run()
    build.waitUntilExit()
    try #require(build.terminationStatus == 0)

    try SmallCorpora.write(into: folder)
    let yaml = try String(
      contentsOf: ProjectFolders.repository.appending(path: "Documentation/Pipeline.md"),
      encoding: .utf8
    ).components(separatedBy: "```yaml\n")[1].components(separatedBy: "\n```")[0]
    let pipeline = try folder.write(
      "pipeline.yaml", yaml.replacingOccurrences(of: "adamw", with: "sneaky"))
    let validation: HostProcess
    switch place {
    case "the current folder":
      validation = try HostProcess.run(
        [
          "-c",
          "cd '\(folder.path("sneaky"))' && exec '\(Self.plugins)cpt-host' validate '\(pipeline)'",
        ],
        host: URL(filePath: "/bin/sh"))
    case "LD_LIBRARY_PATH":
      validation = try host(
        "validate", pipeline, environment: ["LD_LIBRARY_PATH": folder.path("sneaky")])
    default:
      #expect(try host("plugins", "list", folder.path("sneaky")).output.contains("sneaky"))
      #expect(try host("plugins", "inspect", library).status == 0)
      validation = try host("validate", pipeline)
    }
    #expect(validation.status == 2)
    #expect(validation.errors.contains("no plugin 'sneaky' of kind optimizer"))
    #expect(!FileManager.default.fileExists(atPath: marker))
    // Named, it would have run.
    _ = try host("plugins", "inspect", library, "--options")
    #expect(FileManager.default.fileExists(atPath: marker))
  }

  @Test func aPipelineThatPinsItsPluginsLoadsThoseAndNoOthers() throws {
    try SmallCorpora.write(into: folder)
    let yaml = try String(
      contentsOf: ProjectFolders.repository.appending(path: "Documentation/Pipeline.md"),
      encoding: .utf8
    ).components(separatedBy: "```yaml\n")[1].components(separatedBy: "\n```")[0]
    let pipeline = try folder.write(
      "pipeline.yaml", yaml.replacingOccurrences(of: "plugin: adamw", with: "plugin: sgd"))
    let json = try host("plugins", "inspect", file, "--json")
    let sha256 = try JSONDecoder().decode(Inspected.self, from: Data(json.output.utf8)).sha256
    let digest = try #require(sha256)
    func validate(_ pin: String) throws -> HostProcess {
      try host(
        "validate", pipeline, "--resolved", "--set",
        "plugins={ folders: [plugins], pin: { sgd: \"sha256:\(pin)\" } }")
    }
    let sound = try validate(digest)
    #expect(sound.status == 0, "\(sound.errors)")
    #expect(sound.output.contains("sha256:\(digest)"))
    let pinned = try folder.write(
      "pinned.yaml", "plugins: { folders: [plugins], pin: { sgd: \"sha256:\(digest)\" } }\n")
    let list = try host("plugins", "list", "--pipeline", pinned)
    #expect(list.status == 0, "\(list.errors)")
    #expect(list.output.contains("as the pipeline demands"))
    let wrong = String(repeating: "5a", count: 32)
    let refused = try validate(wrong)
    #expect(refused.status == 2)
    for part in [file, digest, wrong, "error: optimizer.plugin"] {
      #expect(refused.errors.contains(part))
    }
    _ = try folder.write(
      "pinned.yaml", "plugins: { folders: [plugins], pin: { sgd: \"sha256:\(wrong)\" } }\n")
    #expect(
      try host("plugins", "list", "--pipeline", pinned).output
        .contains("the pipeline would refuse it"))
  }

  /// What the tests read of `plugins inspect --json`.
  private struct Inspected: Decodable {
    struct Record: Decodable { var name: String? }
    struct Identity: Decodable { var name: String }
    var sha256: String?
    var record: Record?
    var identity: Identity?
    var refusedBecause: [String]
  }
}
