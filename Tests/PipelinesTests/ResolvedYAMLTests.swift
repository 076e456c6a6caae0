import Foundation
import Pipelines
import Testing

struct ResolvedYAMLTests {
  private let fixture: PipelineFixture

  init() throws { fixture = try PipelineFixture() }

  /// Pipelines that use every way of writing something.
  static let variations: [[PipelineOverride]] = [
    [],
    [.init("optimizer.schedule", "{ shape: wsd, decay: 12.5%, final: 0.1% }")],
    [.init("optimizer.schedule", "{ shape: wsd, branches: true }")],
    [
      .init("optimizer.schedule", "{ shape: wsd, branches: true }"),
      .init("stages.cpt.optimizer.branches", "false"),
      .init("stages.scratch.optimizer.schedule", "cosine"),
    ],
    [.init("optimizer.schedule", "constant"), .init("optimizer.clip", "none")],
    [.init("stages.cpt.optimizer", "{ schedule: wsd, beta1: 0.1, clip: 0.333333333333333 }")],
    [.init("stages.cpt.tokens", "1234567"), .init("stages.source.tokens", "0.1N")],
    [.init("tokenizer.train_bytes", "8MiB"), .init("evaluate.tokens", "100k")],
    [.init("corpora.english.licence", "'GPL-2.0 OR \"odd\" \\ words: #1'")],
    [
      .init("corpora.english.text", "'null'"),
      .init("laws.cpt.label", "\"a\\n\\tb\\u2028\\u0007 \""),
    ],
    [.init("laws.cpt.label", "'yes'"), .init("laws.scratch.points", "all")],
    [.init("laws.cpt.label", "' 20N'"), .init("model.width", "64"), .init("model.tie", "false")],
    [.init("stages.cpt.data", "{ chinese: 1.1, english: 3e-7 }")],
    [.init("laws", "{}"), .init("plugins", "[plugins, corpora]")],
    [.init("memory", "recompute")],
    [.init("model.ladder", "{ from: 61k, to: 4M, steps: 8 }")],
    [.init("model.ladder", "[60k, { width: 64 }, { name: '0x1: y', width: 96, tie: false }]")],
    [.init("optimizer.schedule", "{ function: half-cosine }")],
    [.init("stages.cpt.optimizer", "{ schedule: { function: half-cosine } }")],
    [.init("batch", "{ tokens: 8192, micro_batch: 1024 }")],
    [.init("corpora.on", "{ files: [corpora/en/*], language: zh-Hant }")],
  ]

  @Test(arguments: variations)
  func decodesToTheSamePipeline(_ overrides: [PipelineOverride]) throws {
    let pipeline = try fixture.decode(exampleText, overrides: overrides)
    let resolved = pipeline.resolvedYAML
    let again = try fixture.decode(resolved)
    #expect(again == pipeline)
    #expect(again.resolvedYAML == resolved)
  }

  @Test func saysWhatTheFileLeavesOut() throws {
    let resolved = try fixture.decode(exampleText).resolvedYAML
    for line in [
      "count: non-embedding", "memory: store", "final: 0.1", "beta2: 0.95", "plugin: weighted",
    ] {
      #expect(resolved.contains(line))
    }
  }

  @Test func doesNotDependOnTheOrderOfOptions() throws {
    let text = try exampleText.replacingFirst(
      "{ plugin: replay, target: chinese, replay: { english: 5% } }",
      with: "{ replay: { english: 0.05 }, target: chinese, plugin: replay }")
    #expect(try fixture.decode(text).resolvedYAML == fixture.decode(exampleText).resolvedYAML)
  }

  @Test func sortedJSONOfAStageIsStableAndTellsStagesApart() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let stages = try fixture.decode(
      exampleText, overrides: [.init("optimizer.limit", "1")]
    ).stages
    let texts = try stages.map { try encoder.encode($0) }
    #expect(Set(texts).count == stages.count)
    for (stage, text) in zip(stages, texts) {
      let decoded = try JSONDecoder().decode(StageDeclaration.self, from: text)
      #expect(decoded == stage)
      #expect(try encoder.encode(decoded) == text)
    }
  }
}
