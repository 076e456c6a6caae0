import Foundation
import Pipelines
import PluginBridges
import PluginSDK
import Testing

/// What a pipeline demands of plugins reaches whoever loads them, before any is loaded.
struct PluginPolicyTests {
  private let fixture: PipelineFixture
  private static let digest = String(repeating: "0123456789abcdef", count: 4)
  private static let key = [UInt8](repeating: 0xA5, count: 32)
  private static let keyText = "ed25519:" + String(repeating: "a5", count: 32)

  init() throws { fixture = try PipelineFixture() }

  private func policy(_ plugins: String) throws -> PluginPolicy {
    try fixture.decode(exampleText, overrides: [.init("plugins", plugins)]).pluginPolicy
  }

  @Test func aListOfFoldersDemandsNothing() throws {
    #expect(try policy("[plugins]") == PluginPolicy())
    #expect(try policy("{ folders: [plugins] }") == PluginPolicy())
    #expect(
      try fixture.decode(exampleText, overrides: [.init("plugins", "{ isolation: none }")])
        .pluginFolders.isEmpty)
  }

  @Test func isolationIsOneWordOrByKindAndName() throws {
    #expect(try policy("{ isolation: worker }") == PluginPolicy(isolation: .worker))
    let policy = try policy(
      "{ isolation: { tokenizer: worker, data-mixer: worker, replay: none } }")
    #expect(policy.isolation(of: .tokenizer, named: "byte-pair") == .worker)
    #expect(policy.isolation(of: .dataMixer, named: "weighted") == .worker)
    #expect(policy.isolation(of: .dataMixer, named: "replay") == .none)
    #expect(policy.isolation(of: .optimizer, named: "adamw") == .none)
  }

  @Test func limitsOfWorkersAreOneValueOrByKindAndName() throws {
    #expect(
      try policy("{ isolation: worker, worker_deadline: 1.5min, worker_memory: 2GiB }")
        == PluginPolicy(
          isolation: .worker, workerDeadline: PluginChoice(all: .seconds(90)),
          workerMemory: PluginChoice(all: 2 << 30)))
    #expect(
      try policy(
        "{ worker_deadline: { tokenizer: 2h, replay: 30s }, worker_memory: { replay: 100MB } }")
        == PluginPolicy(
          workerDeadline: PluginChoice(
            ofKinds: [.tokenizer: .seconds(7200)], ofPlugins: ["replay": .seconds(30)]),
          workerMemory: PluginChoice(ofPlugins: ["replay": 100_000_000])))
  }

  @Test func pinsAndKeysAreRead() throws {
    try FileManager.default.createDirectory(
      atPath: "\(fixture.folder)/keys", withIntermediateDirectories: true)
    try Data("\(Self.keyText)\n".utf8).write(to: URL(filePath: "\(fixture.folder)/keys/team.pub"))
    let expected = PluginPolicy(pins: ["adamw": Self.digest], requiredSigner: Self.key)
    let pin = "pin: { adamw: \"sha256:\(Self.digest)\" }"
    #expect(try policy("{ \(pin), require_signature: keys/team.pub }") == expected)
    #expect(try policy("{ \(pin), require_signature: \"\(Self.keyText)\" }") == expected)
  }

  @Test(arguments: [
    "{ folders: [plugins], isolation: worker }",
    "{ isolation: { tokenizer: worker, replay: none } }",
    "{ folders: [plugins], pin: { adamw: \"sha256:\(digest)\", replay: \"sha256:\(digest)\" } }",
    "{ folders: [plugins, corpora], require_signature: \"\(keyText)\" }",
    "{ folders: [plugins], isolation: { adamw: worker }, require_signature: \"\(keyText)\" }",
    "{ isolation: none, worker_deadline: 10min, worker_memory: { tokenizer: 1GiB, replay: 64MiB } }",
  ])
  func theResolvedFileDemandsTheSame(plugins: String) throws {
    let pipeline = try fixture.decode(exampleText, overrides: [.init("plugins", plugins)])
    #expect(pipeline.pluginPolicy != PluginPolicy())
    #expect(try fixture.decode(pipeline.resolvedYAML) == pipeline)
  }

  /// A policy made in code can say more than one word for all and others besides.
  @Test func everyPolicyIsWrittenWithItsMeaning() throws {
    var pipeline = try fixture.decode(exampleText)
    pipeline.pluginPolicy = PluginPolicy(
      isolation: .worker, isolationOfKinds: [.optimizer: .none],
      isolationOfPlugins: ["replay": .none])
    let again = try fixture.decode(pipeline.resolvedYAML).pluginPolicy
    for kind in PluginKind.ofLibraries {
      for name in ["replay", "weighted"] {
        #expect(
          again.isolation(of: kind, named: name)
            == pipeline.pluginPolicy.isolation(of: kind, named: name))
      }
    }
  }

  /// Where it is in doubt what is demanded, no plugin is asked for anything, as that would run it.
  @Test(arguments: [
    "{ pin: { adamw: \"sha256:12\" } }", "{ pin: { adamv: \"sha256:\(digest)\" } }",
    "{ require_signature: missing.pub }", "{ isolation: often }",
    "{ worker_deadline: 0s }",
    "{ folders: [missing], pin: { adamw: \"sha256:\(digest)\" } }",
  ])
  func nothingIsLoadedUnderAPolicyInDoubt(plugins: String) throws {
    let asked = Asked()
    #expect(throws: PipelineError.self) {
      try PipelineDecoder.decode(
        text: exampleText, file: "\(fixture.folder)/pipeline.yaml",
        overrides: [.init("plugins", plugins)]
      ) { _, _ in AskedCatalog(asked: asked) }
    }
    #expect(asked.count == 0)
  }

  @Test func thePolicyIsHandedToTheCatalogBeforeItIsAsked() throws {
    var handed: PluginPolicy?
    _ = try PipelineDecoder.decode(
      text: exampleText, file: "\(fixture.folder)/pipeline.yaml",
      overrides: [.init("plugins", "{ isolation: worker }")]
    ) { _, policy in
      handed = policy
      return ExampleCatalog()
    }
    #expect(handed == PluginPolicy(isolation: .worker))
  }

  private final class Asked { var count = 0 }

  /// The example's catalog, which counts how often it was asked for a plugin's options.
  private struct AskedCatalog: PluginCatalog {
    let asked: Asked
    var pluginNames: [String]? { ExampleCatalog().pluginNames }

    func options(of kind: PluginKind, named name: String) throws -> [OptionDeclaration] {
      asked.count += 1
      return try ExampleCatalog().options(of: kind, named: name)
    }
  }
}
