import Foundation
import Pipelines
import PluginSDK

/// A folder with the corpora that the example names; removed when the last test lets go of it.
final class PipelineFixture: Sendable {
  let folder: String

  init() throws {
    let parent = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
    folder = parent.appendingPathComponent("pipelines-\(UUID().uuidString)").path
    for name in ["plugins", "corpora/en", "corpora/zh", "corpora/empty"] {
      try FileManager.default.createDirectory(
        atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
    }
    for name in ["en/b.jsonl", "en/a.jsonl", "en/notes.txt", "zh/one.jsonl", "zh/[odd]*.jsonl"] {
      try Data("{\"text\": \"x\"}\n".utf8).write(to: URL(filePath: "\(folder)/corpora/\(name)"))
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  func decode(
    _ text: String, overrides: [PipelineOverride] = []
  ) throws(PipelineError) -> Pipeline {
    try PipelineDecoder.decode(
      text: text, file: "\(folder)/pipeline.yaml", overrides: overrides
    ) { _, _ in ExampleCatalog() }
  }

  /// The mistakes of a text, with the folder's name taken out of places.
  func diagnostics(_ text: String, overrides: [PipelineOverride] = []) -> [Diagnostic] {
    do {
      _ = try decode(text, overrides: overrides)
      return []
    } catch {
      return error.diagnostics
    }
  }
}

/// The catalog that the tests' pipelines are checked against.
struct ExampleCatalog: PluginCatalog {
  struct Missing: Error, CustomStringConvertible {
    let description: String
  }

  var pluginNames: [String]? {
    [
      "byte-pair", "bytes", "chinchilla", "greedy", "llama", "adamw", "weighted", "replay",
      "cpt-extended",
    ]
  }

  func options(of kind: PluginKind, named name: String) throws -> [OptionDeclaration] {
    switch (kind, name) {
    case (.tokenizer, "byte-pair"):
      [OptionDeclaration("vocabulary", .integer(257...65_536), .required, help: "number of ids")]
    case (.tokenizer, "bytes"), (.scalingLaw, "chinchilla"), (.schedule, "half-cosine"):
      []
    case (.tokenizer, "greedy"):
      [OptionDeclaration("train_on", .text, .required, help: "hides a key")]
    case (.architecture, "llama"):
      [
        OptionDeclaration("width", .integer(8...8192), .optional, help: "width of the stream"),
        OptionDeclaration(
          "tie", .boolean, .defaulted(.boolean(true)), help: "one token table for both ends"),
        OptionDeclaration(
          "feed_forward", .choice(["exact", "rounded"]), .defaulted(.text("exact")),
          help: "how the width of the feed-forward layer is read"),
        OptionDeclaration(
          "context", .integer(0...9), .defaulted(.integer(3)), help: "hidden by a key"),
      ]
    case (.optimizer, "adamw"):
      [
        OptionDeclaration("beta1", .real(0...1), .defaulted(.real(0.9)), help: "first moment"),
        OptionDeclaration("beta2", .real(0...1), .defaulted(.real(0.95)), help: "second moment"),
        OptionDeclaration(
          "limit", .real(0 ... .infinity), .defaulted(.real(.infinity)), help: "greatest update"),
      ]
    case (.dataMixer, "weighted"):
      [OptionDeclaration("weights", .shares(0 ... .infinity), .required, help: "weights")]
    case (.dataMixer, "replay"):
      [
        OptionDeclaration("target", .corpus, .required, help: "the corpus to learn"),
        OptionDeclaration("replay", .shares(0...1), .required, help: "fractions of others"),
        OptionDeclaration("decay", .real(0...1), .defaulted(.real(0)), help: "decay over a stage"),
      ]
    case (.scalingLaw, "cpt-extended"):
      [OptionDeclaration("label", .text, .optional, help: "a title")]
    default:
      throw Missing(description: "there is no \(kind.name) plugin '\(name)'; did you mean another?")
    }
  }

  func check(dataMixer name: String, options: OptionValues) throws {
    guard case .shares(let shares) = options["replay"], let target = options.text("target") else {
      return
    }
    if shares.contains(where: { $0.corpus == target }) {
      throw Missing(description: "'\(target)' is the target and replayed as well")
    }
  }

  func terms(ofLaw name: String, options: OptionValues) throws -> [String]? {
    name == "chinchilla"
      ? ["E", "A", "B", "alpha", "beta"] : ["E", "A", "B", "alpha", "beta", "gamma"]
  }
}

/// The pipeline of the design, line by line.
let exampleText = """
  schema: 1
  name: english-to-chinese
  seed: 20240702
  plugins: [plugins/]                  # where .so files are looked for

  corpora:
    english: { files: ["corpora/en/*.jsonl"], language: en, held_out: 2% }
    chinese: { files: ["corpora/zh/*.jsonl"], language: zh, held_out: 2% }

  tokenizer: { plugin: byte-pair, vocabulary: 8192, train_on: { english: 1, chinese: 1 } }
  model:     { plugin: llama, context: 256, ladder: [60k, 120k, 250k, 500k, 1M] }
  optimizer: { plugin: adamw, learning_rate: 2e-3, schedule: cosine, warmup: 5%, clip: 1.0 }
  batch:     { tokens: 8192 }

  stages:
    source:  { strategy: from-scratch, data: { english: 1 }, tokens: 20N }
    scratch: { strategy: from-scratch, data: { chinese: 1 }, tokens: 20N }
    cpt:     { strategy: continue, from: source, tokens: 20N,
               data: { plugin: replay, target: chinese, replay: { english: 5% } } }

  evaluate:  { on: [english, chinese], points: 12 }
  laws:
    scratch: { plugin: chinchilla, stage: scratch, corpus: chinese }
    cpt:     { plugin: cpt-extended, stage: cpt, corpus: chinese, freeze: { from: scratch, terms: [E, A, alpha] } }

  """
