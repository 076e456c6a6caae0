import Foundation
import PluginSDK
import TestFolders

/// A small study in which one plugin is of the zoo.
struct ZooStudy {
  let folder: TemporaryFolder
  let plugin: String
  private let pipeline: String

  init(_ kind: PluginKind, _ behaviour: String, isolated: Bool = false) throws {
    try self.init(kind, isolated: isolated) { path in
      var image = try Zoo.honest.get()
      image.behave(behaviour, as: kind)
      try Data(image.bytes).write(to: URL(filePath: path))
    }
  }

  /// Makes the study, and its plugin at a path.
  init(_ kind: PluginKind, isolated: Bool, make: (String) throws -> Void) throws {
    folder = try TemporaryFolder()
    plugin = folder.path("plugins/zoo.so")
    try FileManager.default.createDirectory(
      atPath: folder.path("plugins"), withIntermediateDirectories: true)
    try make(plugin)
    for corpus in ["english", "chinese"] {
      let lines = (0..<100).map {
        "{\"id\": \"\($0)\", \"text\": \"\(corpus) words, \($0) of them\"}\n"
      }
      _ = try folder.write("\(corpus).jsonl", lines.joined())
    }
    func name(_ other: PluginKind, _ plugin: String) -> String { kind == other ? "zoo" : plugin }
    pipeline = try folder.write(
      "pipeline.yaml",
      """
      schema: 1
      name: zoo
      seed: 1
      plugins: { folders: [plugins], isolation: { zoo: \(isolated ? "worker" : "none") } }
      corpora:
        english: { files: [english.jsonl], language: en, held_out: 10% }
        chinese: { files: [chinese.jsonl], language: zh, held_out: 10% }
      tokenizer: { plugin: \(name(.tokenizer, "bytes")), train_on: { english: 1 } }
      model: { plugin: \(name(.architecture, "llama")), context: 32, ladder: [4k] }
      optimizer: { plugin: \(name(.optimizer, "adamw")), learning_rate: 1e-3 }
      batch: { tokens: 256 }
      stages:
        only:
          strategy: from-scratch
          tokens: 4k
          data: \(kind == .dataMixer ? "{ plugin: zoo }" : "{ english: 1 }")
      evaluate: { on: [english], points: 3, tokens: 200 }
      laws:
        law: { plugin: \(name(.scalingLaw, "chinchilla")), stage: only, corpus: english }

      """)
  }

  func run(
    _ verb: String, setting: String? = nil, backtrace: Bool = false,
    abortingAfter words: String? = nil
  ) throws -> HostRun {
    let workspace = verb == "run" ? ["--workspace", self.workspace] : []
    let settings = setting.map { ["--set", $0] } ?? []
    return try HostRun(
      [verb, pipeline] + workspace + settings, backtrace: backtrace, abortingAfter: words)
  }

  /// Where its runs are kept.
  var workspace: String { folder.path("workspace") }

  /// Puts the honest plugin in the place of the other.
  func mend(_ kind: PluginKind) throws {
    var image = try Zoo.honest.get()
    image.behave("honest", as: kind)
    try FileManager.default.removeItem(atPath: plugin)
    try Data(image.bytes).write(to: URL(filePath: plugin))
  }
}
