import Foundation
import Pipelines
import PluginSDK
import Testing

struct PipelineDecoderTests {
  private let fixture: PipelineFixture

  init() throws { fixture = try PipelineFixture() }

  @Test(arguments: [
    (
      "{ tokens: 8192, micro_batch: 2048 }",
      BatchDeclaration(tokens: 8192, microBatch: 2048)
    ),
    ("{ tokens: 8192, micro_batch: 1k }", nil),
    (
      "{ tokens: 8192, micro_batch: 512 }",
      BatchDeclaration(tokens: 8192, microBatch: 512)
    ),
    // One micro-batch is the batch at once.
    ("{ tokens: 8192, micro_batch: 8192 }", BatchDeclaration(tokens: 8192)),
  ])
  func microBatchesAreWholeSequences(text: String, batch: BatchDeclaration?) throws {
    let pipeline = try? fixture.decode(exampleText, overrides: [.init("batch", text)])
    #expect(pipeline?.batch == batch)
  }

  @Test func theExampleOfTheDesignDecodes() throws {
    let pipeline = try fixture.decode(exampleText)
    #expect(pipeline.name == "english-to-chinese")
    #expect(pipeline.seed == 20_240_702)
    #expect(pipeline.pluginFolders == ["\(fixture.folder)/plugins"])
    #expect(
      pipeline.corpora == [
        CorpusDeclaration(
          name: "english",
          files: ["a", "b"].map { "\(fixture.folder)/corpora/en/\($0).jsonl" },
          language: "en", licence: nil, heldOut: 0.02, textField: "text"),
        CorpusDeclaration(
          name: "chinese",
          files: ["[odd]*", "one"].map { "\(fixture.folder)/corpora/zh/\($0).jsonl" },
          language: "zh", licence: nil, heldOut: 0.02, textField: "text"),
      ])
    let english = CorpusShare(corpus: "english", share: 1)
    let chinese = CorpusShare(corpus: "chinese", share: 1)
    #expect(
      pipeline.tokenizer
        == TokenizerDeclaration(
          use: PluginUse(
            plugin: "byte-pair", options: OptionValues(["vocabulary": .integer(8192)])),
          trainOn: [english, chinese], trainingByteLimit: nil))
    let modelOptions = OptionValues([
      "tie": .boolean(true), "feed_forward": .text("exact"), "context": .integer(3),
    ])
    #expect(
      pipeline.model
        == ModelDeclaration(
          use: PluginUse(plugin: "llama", options: modelOptions), context: 256,
          ladder: [60_000, 120_000, 250_000, 500_000, 1_000_000].map(ModelSize.near),
          counting: .nonEmbedding))
    let optimizerOptions = OptionValues([
      "beta1": .real(0.9), "beta2": .real(0.95), "limit": .real(.infinity),
    ])
    let optimizer = OptimizerDeclaration(
      use: PluginUse(plugin: "adamw", options: optimizerOptions), learningRate: 2e-3,
      schedule: ScheduleDeclaration(shape: .cosine, warmup: 0.05, decay: 0, finalFraction: 0.1),
      clip: 1)
    #expect(pipeline.optimizer == optimizer)
    #expect(pipeline.batch == BatchDeclaration(tokens: 8192))
    let replay = OptionValues([
      "target": .text("chinese"), "decay": .real(0),
      "replay": .shares([CorpusShare(corpus: "english", share: 0.05)]),
    ])
    #expect(
      pipeline.stages == [
        StageDeclaration(
          name: "source", strategy: .fromScratch, budget: .perParameter(20),
          data: PluginUse(
            plugin: "weighted", options: OptionValues(["weights": .shares([english])])),
          corpora: ["english"], optimizer: optimizer),
        StageDeclaration(
          name: "scratch", strategy: .fromScratch, budget: .perParameter(20),
          data: PluginUse(
            plugin: "weighted", options: OptionValues(["weights": .shares([chinese])])),
          corpora: ["chinese"], optimizer: optimizer),
        StageDeclaration(
          name: "cpt", strategy: .continued(from: "source"), budget: .perParameter(20),
          data: PluginUse(plugin: "replay", options: replay), corpora: ["english", "chinese"],
          optimizer: optimizer),
      ])
    #expect(
      pipeline.evaluation
        == EvaluationDeclaration(corpora: ["english", "chinese"], points: 12, tokenLimit: nil))
    #expect(
      pipeline.laws == [
        LawDeclaration(
          name: "scratch", use: PluginUse(plugin: "chinchilla", options: OptionValues()),
          stage: "scratch", corpus: "chinese", points: .final, freeze: nil),
        LawDeclaration(
          name: "cpt", use: PluginUse(plugin: "cpt-extended", options: OptionValues()),
          stage: "cpt", corpus: "chinese", points: .final,
          freeze: FrozenTerms(law: "scratch", terms: ["E", "A", "alpha"])),
      ])
  }

  @Test(arguments: [
    ("20N", TokenBudget.perParameter(20)), ("0.5N", .perParameter(0.5)), ("5M", .tokens(5_000_000)),
    ("1.5B", .tokens(1_500_000_000)), ("100000", .tokens(100_000)), ("1_000", .tokens(1000)),
    ("2e3", .tokens(2000)), ("0.3k", .tokens(300)), ("2T", .tokens(2_000_000_000_000)),
  ])
  func tokensAreCountedOrPerParameter(_ written: String, _ budget: TokenBudget) throws {
    let pipeline = try fixture.decode(exampleText, overrides: [.init("stages.cpt.tokens", written)])
    #expect(pipeline.stages.last?.budget == budget)
  }

  @Test(arguments: [
    ("8MB", 8_000_000), ("512KiB", 524_288), ("1.5kB", 1500), ("4096", 4096), ("1GiB", 1 << 30),
    ("12B", 12),
  ])
  func sizesAreInBytes(_ written: String, _ count: Int) throws {
    let override = PipelineOverride("tokenizer.train_bytes", written)
    let pipeline = try fixture.decode(exampleText, overrides: [override])
    #expect(pipeline.tokenizer.trainingByteLimit == count)
  }

  @Test(arguments: [
    ("cosine", ScheduleDeclaration(shape: .cosine, warmup: 0.05, decay: 0, finalFraction: 0.1)),
    ("linear", ScheduleDeclaration(shape: .linear, warmup: 0.05, decay: 0, finalFraction: 0)),
    ("constant", ScheduleDeclaration(shape: .constant, warmup: 0.05, decay: 0, finalFraction: 1)),
    (
      "{ function: half-cosine }",
      ScheduleDeclaration(
        shape: .function, warmup: 0.05, decay: 0, finalFraction: 1, function: "half-cosine")
    ),
    (
      "{ shape: wsd, decay: 25%, final: 1% }",
      ScheduleDeclaration(
        shape: .warmupStableDecay, warmup: 0.05, decay: 0.25, finalFraction: 0.01)
    ),
  ])
  func schedulesAreWordsOrMappings(_ written: String, _ schedule: ScheduleDeclaration) throws {
    let pipeline = try fixture.decode(
      exampleText, overrides: [.init("optimizer.schedule", written)])
    #expect(pipeline.optimizer.schedule == schedule)
  }

  @Test func aStageSaysWhatItsOptimizerDoesOtherwise() throws {
    let wsd = PipelineOverride("optimizer.schedule", "{ shape: wsd, decay: 30%, final: 2% }")
    let pipeline = try fixture.decode(
      exampleText,
      overrides: [
        wsd, .init("stages.scratch.optimizer", "{ learning_rate: 1e-3, beta2: 0.99, clip: none }"),
        .init("stages.cpt.optimizer.schedule", "linear"),
      ])
    var scratch = pipeline.optimizer
    scratch.learningRate = 1e-3
    scratch.clip = nil
    scratch.use.options["beta2"] = .real(0.99)
    #expect(pipeline.stages[1].optimizer == scratch)
    // Decay and final rate belong to the shape that the stage leaves.
    #expect(
      pipeline.stages[2].optimizer.schedule
        == ScheduleDeclaration(shape: .linear, warmup: 0.05, decay: 0, finalFraction: 0))
  }

  @Test func branchesStayWithTheShapeThatHasThem() throws {
    let pipeline = try fixture.decode(
      exampleText,
      overrides: [
        .init("optimizer.schedule", "{ shape: wsd, branches: true }"),
        .init("stages.scratch.optimizer", "{ schedule: { shape: wsd, decay: 5% } }"),
        .init("stages.cpt.optimizer.schedule", "linear"),
      ])
    #expect(pipeline.optimizer.branches)
    #expect(pipeline.stages.map(\.optimizer.branches) == [true, true, false])
  }

  @Test func aStageThatContinuesMixesByReplayUnlessItGivesPlainWeights() throws {
    let replay = try fixture.decode(
      exampleText,
      overrides: [.init("stages.cpt.data", "{ target: chinese, replay: { english: 1% } }")])
    #expect(replay.stages[2].data.plugin == "replay")
    let weighted = try fixture.decode(
      exampleText, overrides: [.init("stages.cpt.data", "{ chinese: 9, english: 1 }")])
    #expect(weighted.stages[2].data.plugin == "weighted")
    #expect(weighted.stages[2].corpora == ["english", "chinese"])
    let shares = weighted.stages[2].data.options.shares("weights")
    #expect(shares?.map(\.corpus) == ["chinese", "english"])
  }

  @Test func whatIsLeftOutIsFilledIn() throws {
    let text = """
      schema: 1
      name: least
      corpora: { en: { files: [corpora/en], language: en } }
      tokenizer: { plugin: bytes }
      model: { plugin: llama, context: 64, width: 32 }
      optimizer: { plugin: adamw, learning_rate: 1e-3 }
      batch: { tokens: 768 }
      stages: { only: { strategy: from-scratch, data: { en: 100% }, tokens: 1k } }
      evaluate: { on: [en] }
      """
    let pipeline = try fixture.decode(text)
    #expect(pipeline.corpora.first?.files.count == 3)
    #expect(pipeline.tokenizer.trainOn.isEmpty)
    #expect(pipeline.model.ladder == [.asWritten])
    #expect(pipeline.laws.isEmpty)
    #expect(pipeline.evaluation.points > 0)
    #expect(pipeline.corpora.allSatisfy { $0.heldOut > 0 })
    #expect(try fixture.decode(pipeline.resolvedYAML) == pipeline)
  }

  @Test func anchorsAndMergesAreFollowed() throws {
    let text =
      try exampleText
      .replacingFirst("source:  { strategy", with: "source: &s { strategy")
      .replacingFirst(
        "scratch: { strategy: from-scratch, data: { chinese: 1 }, tokens: 20N }",
        with: "scratch: { <<: *s, data: { chinese: 1 } }")
    #expect(try fixture.decode(text) == fixture.decode(exampleText))
  }

  @Test func lineEndsAndByteOrderMarksMakeNoDifference() throws {
    let windows =
      "\u{FEFF}"
      + exampleText.split(separator: "\n", omittingEmptySubsequences: false)
      .joined(separator: "\r\n")
    #expect(try fixture.decode(windows) == fixture.decode(exampleText))
    let wrong = windows.replacing("seed: 20240702", with: "seed: x")
    let diagnostic = try #require(fixture.diagnostics(wrong).first)
    #expect((diagnostic.line, diagnostic.column) == (3, 7))
  }

  @Test func filesOfAllPatternsAreTakenOnceInOrder() throws {
    let pipeline = try fixture.decode(
      exampleText,
      overrides: [
        .init("corpora.english.files", "[corpora/en/b*, corpora/./en/*.jsonl, corpora/en/../en]")
      ])
    let names = pipeline.corpora.first?.files.map { $0.dropFirst(fixture.folder.count + 12) }
    #expect(names == ["b.jsonl", "a.jsonl", "notes.txt"])
  }

  @Test func relativePathsStartAtTheFolderOfTheFile() throws {
    let path = "\(fixture.folder)/corpora/inner.yaml"
    let text = exampleText.replacing("corpora/", with: "").replacing("plugins/", with: "../plugins")
    try Data(text.utf8).write(to: URL(filePath: path))
    let pipeline = try PipelineDecoder.decode(contentsOf: path) { _, _ in ExampleCatalog() }
    #expect(try pipeline == fixture.decode(exampleText))
  }

  @Test(arguments: [UInt64.max, 0, 1 << 63])
  func seedsHaveAll64Bits(_ seed: UInt64) throws {
    let pipeline = try fixture.decode(exampleText, overrides: [.init("seed", "\(seed)")])
    #expect(pipeline.seed == seed)
    #expect(try fixture.decode(pipeline.resolvedYAML).seed == seed)
  }
}

extension PipelineOverride {
  init(_ path: String, _ value: String) {
    self.init(path: path, value: value)
  }
}
