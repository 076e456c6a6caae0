import Pipelines
import PluginSDK
import Testing

/// What the section `sweep` makes of a file.
struct SweepTests {
  private let fixture: PipelineFixture

  init() throws { fixture = try PipelineFixture() }

  /// The example with a sweep at its end: from line 25.
  private static func text(_ sweep: String) -> String { exampleText + sweep }

  private func decode(_ sweep: String) throws -> Pipeline {
    try fixture.decode(Self.text(sweep))
  }

  private static let grid = """
    sweep:
      seed: [1, 2, 3]
      stages.cpt.data.replay.english: [0%, 5%, 20%]

    """

  @Test func listsAreCombinedTheLastChangingFastest() throws {
    let pipeline = try decode(Self.grid)
    #expect(
      pipeline.variants.map(\.name) == [
        "seed=1,replay=0%", "seed=1,replay=5%", "seed=1,replay=20%", "seed=2,replay=0%",
        "seed=2,replay=5%", "seed=2,replay=20%", "seed=3,replay=0%", "seed=3,replay=5%",
        "seed=3,replay=20%",
      ])
    let sixth = pipeline.variants[5].pipeline
    #expect(sixth.seed == 2)
    #expect(
      sixth.stages[2].data.options["replay"]
        == .shares([CorpusShare(corpus: "english", share: 0.2)]))
  }

  @Test func aVariantIsThePipelineThatSetMakes() throws {
    let pipeline = try decode(Self.grid)
    let set = try fixture.decode(
      exampleText,
      overrides: [.init("seed", "3"), .init("stages.cpt.data.replay.english", "5%")])
    #expect(pipeline.variants[7].pipeline == set)
    var first = pipeline
    first.variants = []
    #expect(first == pipeline.variants[0].pipeline)
  }

  @Test func pairedListsGoTogether() throws {
    let pipeline = try decode(
      """
      sweep:
        paired: { optimizer.learning_rate: [1e-3, 2e-3], batch.tokens: [4096, 8192] }
        seed: [1, 2]

      """)
    #expect(
      pipeline.variants.map(\.name) == [
        "learning_rate=1e-3,tokens=4096,seed=1", "learning_rate=1e-3,tokens=4096,seed=2",
        "learning_rate=2e-3,tokens=8192,seed=1", "learning_rate=2e-3,tokens=8192,seed=2",
      ])
    #expect(pipeline.variants.map(\.pipeline.batch.tokens) == [4096, 4096, 8192, 8192])
  }

  @Test func severalGroupsOfPairedListsAreCombined() throws {
    let pipeline = try decode(
      """
      sweep:
        paired:
          - { seed: [1, 2], optimizer.learning_rate: [1e-3, 2e-3] }
          - { stages.cpt.tokens: [5N, 9N], stages.scratch.tokens: [5N, 9N] }

      """)
    #expect(
      pipeline.variants.map(\.name) == [
        "seed=1,learning_rate=1e-3,cpt.tokens=5N,scratch.tokens=5N",
        "seed=1,learning_rate=1e-3,cpt.tokens=9N,scratch.tokens=9N",
        "seed=2,learning_rate=2e-3,cpt.tokens=5N,scratch.tokens=5N",
        "seed=2,learning_rate=2e-3,cpt.tokens=9N,scratch.tokens=9N",
      ])
  }

  @Test func aSweepMaySayWhatTheFileLeavesOut() throws {
    let text = try Self.text("sweep: { stages.scratch.tokens: [10N, 20N] }\n")
      .replacingFirst("data: { chinese: 1 }, tokens: 20N", with: "data: { chinese: 1 }")
    let pipeline = try fixture.decode(text)
    #expect(pipeline.variants.map(\.name) == ["tokens=10N", "tokens=20N"])
    #expect(pipeline.stages[1].budget == .perParameter(10))
  }

  @Test func wholeSizesCanBeSwept() throws {
    let pipeline = try decode("sweep: { model.ladder: [[60k], [1M, 2M]] }\n")
    #expect(pipeline.variants.map(\.name) == ["ladder=[60k]", "ladder=[1M,2M]"])
    #expect(pipeline.runCount == 9)
  }

  @Test func whatASweepDoesNotReachCountsOnce() throws {
    // Five sizes: source and scratch for three seeds, cpt for nine combinations.
    #expect(try decode(Self.grid).runCount == 5 * (3 + 3 + 9))
    #expect(try fixture.decode(exampleText).runCount == 15)
    // The source reaches what continues from it.
    #expect(try decode("sweep: { stages.source.tokens: [1N, 2N] }\n").runCount == 5 * (2 + 1 + 2))
  }

  @Test func labelsSayWhatVariantsShareAndOthersDoNot() throws {
    let pipeline = try decode(Self.grid)
    let labels = VariantLabels(pipeline.variants)
    let names = pipeline.variants.map(\.name)
    #expect(labels.label(of: Set(names)) == nil)
    #expect(labels.label(of: Set(names[3...5])) == "seed=2")
    #expect(labels.label(of: [names[1], names[4], names[7]]) == "replay=5%")
    #expect(labels.label(of: [names[8]]) == "seed=3,replay=20%")
    #expect(labels.label(of: []) == nil)
  }

  @Test func seedsAndBudgetsOfAStageArePointsOfOneLaw() throws {
    let pipeline = try decode(
      "sweep: { seed: [1, 2], stages.cpt.tokens: [5N, 9N], stages.source.tokens: [5N, 9N] }\n")
    func groups(_ stage: Int) -> Int {
      Set(
        pipeline.variants.map { variant in
          variant.pipeline.dependencies(of: variant.pipeline.stages[stage]).forLaws
        }
      ).count
    }
    #expect(groups(0) == 1)
    #expect(groups(1) == 1)
    // Another amount of source training is another law of what continues from it.
    #expect(groups(2) == 2)
  }

  @Test func setReachesASweep() throws {
    let pipeline = try fixture.decode(
      Self.text(Self.grid), overrides: [.init("sweep", "{ seed: [8, 9] }")])
    #expect(pipeline.variants.map(\.name) == ["seed=8", "seed=9"])
    let nested = try fixture.decode(
      exampleText, overrides: [.init("sweep.stages.cpt.tokens", "[5N, 9N]")])
    #expect(nested.variants.map(\.name) == ["tokens=5N", "tokens=9N"])
    #expect(
      try fixture.decode(Self.text(Self.grid), overrides: [.init("sweep", "~")]).variants.isEmpty)
  }

  @Test(arguments: [
    grid,
    "sweep: { optimizer.schedule: [cosine, { shape: wsd, decay: 10% }, { function: half-cosine }] }\n",
    "sweep: { stages.source.data.english: [1, 2], optimizer.learning_rate: [1e-3, 2e-3] }\n",
    "sweep: { stages.cpt.optimizer: [{}, { warmup: 1% }], optimizer.warmup: [2%, 3%] }\n",
    "sweep: { model.ladder: [[60k], { from: 60k, to: 4M, steps: 3 }], batch.tokens: [4096, 8192] }\n",
    "sweep: { stages.cpt.data: [{ chinese: 1 }, { target: chinese, replay: { english: 5% } }] }\n",
    "sweep: { seed: [7] }\n",
  ])
  func decodesToTheSamePipelineFromItsResolvedForm(_ sweep: String) throws {
    let pipeline = try decode(sweep)
    let resolved = pipeline.resolvedYAML
    let again = try fixture.decode(resolved)
    #expect(again == pipeline)
    #expect(again.resolvedYAML == resolved)
  }

  @Test func combinationsCanBeSaidOneByOne() throws {
    let pipeline = try decode(
      """
      sweep:
        variants:
          - { set: { seed: 1, stages.cpt.tokens: 5N } }
          - { label: { kind: long run }, set: { seed: 2, stages.cpt.tokens: 90N } }

      """)
    #expect(pipeline.variants.map(\.name) == ["seed=1,tokens=5N", "kind=long run"])
    #expect(pipeline.variants[1].pipeline.stages[2].budget == .perParameter(90))
  }
}

/// Mistakes in a sweep are told at the sweep's own lines.
struct SweepMistakeTests {
  private let fixture: PipelineFixture

  init() throws { fixture = try PipelineFixture() }

  @Test(arguments: [
    ("sweep: 5", "25:8", "sweep", "found '5', expected a mapping of paths of the file and lists"),
    ("sweep: {}", "25:8", "sweep", "found no combination"),
    ("sweep: { seed: 1 }", "25:16", "sweep.seed", "write [1]"),
    ("sweep: { seed: [] }", "25:16", "sweep.seed", "found an empty list"),
    ("sweep: { seed: [1, 2, 1] }", "25:23", "sweep.seed.2", "stands in the list twice"),
    (
      "sweep: { optimizer.learning_rate: [1e-3, 0.001] }", "25:8", "sweep",
      "learning_rate=1e-3 and learning_rate=0.001 say the same"
    ),
    (
      "sweep: { tokenizer.vocabulary: [300, 400] }", "25:10", "sweep.tokenizer.vocabulary",
      "'tokenizer.vocabulary' cannot be swept; allowed are paths in seed, model, optimizer, batch"
    ),
    ("sweep: { sed: [1, 2] }", "25:10", "sweep.sed", "did you mean 'seed'?"),
    (
      "sweep: { stages.ctp.tokens: [5N] }", "25:10", "sweep.stages.ctp.tokens",
      "names no stage of the file; did you mean 'cpt'? its stages are source, scratch and cpt"
    ),
    (
      "sweep: { seed: [1, x] }", "25:20", "seed",
      "found 'x', expected a whole number of at least 0, as 8192 or 8k (in the combination seed=x)"
    ),
    (
      "sweep: { seed: [1, 2], stages.cpt.tokens: [5N, 5%] }", "25:48", "stages.cpt.tokens",
      "(in the combination seed=1,tokens=5% and 1 more)"
    ),
    (
      "sweep: { optimizer.lerning_rate: [1] }", "25:35", "optimizer.lerning_rate",
      "did you mean 'learning_rate'?"
    ),
    (
      "sweep: { model.context.x: [1] }", "25:28", "model.context.x",
      "leads into '256', which is no mapping"
    ),
    (
      "sweep: { paired: { seed: [1, 2], batch.tokens: [4096] } }", "25:18", "sweep.paired",
      "'seed' has 2 values and 'batch.tokens' has 1"
    ),
    (
      "sweep: { seed: [1, 2], paired: { seed: [3, 4] } }", "25:8", "sweep",
      "'seed' is swept twice; keep one"
    ),
    (
      "sweep: { seed: [1], variants: [{ set: { seed: 2 } }] }", "25:10", "sweep.seed",
      "'variants' says every combination itself; remove 'seed', or 'variants'"
    ),
    (
      "sweep: { variants: [{ sets: { seed: 2 } }] }", "25:23", "sweep.variants.0.sets",
      "did you mean 'set'?"
    ),
  ])
  func isToldOnceAtItsPlace(
    _ sweep: String, _ place: String, _ path: String, _ fragment: String
  ) throws {
    let diagnostics = fixture.diagnostics(exampleText + sweep + "\n")
    #expect(diagnostics.count == 1, "\(diagnostics)")
    let diagnostic = try #require(diagnostics.first)
    #expect("\(diagnostic.line):\(diagnostic.column)" == place)
    #expect(diagnostic.path == path)
    #expect(diagnostic.message.contains(fragment), "\(diagnostic.message)")
  }

  @Test func aMistakeOfTheFileIsToldOnceAndOfNoCombination() throws {
    let text = try (exampleText + "sweep: { seed: [1, 2] }\n").replacingFirst(
      "points: 12", with: "points: 0")
    let diagnostics = fixture.diagnostics(text)
    #expect(diagnostics.map(\.path) == ["evaluate.points"])
    #expect(diagnostics.first?.message.contains("combination") == false)
  }

  @Test func mistakesOfFileAndSweepAreToldTogether() throws {
    let text = try (exampleText + "sweep: { sed: [1, 2] }\n").replacingFirst(
      "points: 12", with: "points: 0")
    #expect(fixture.diagnostics(text).map(\.path) == ["evaluate.points", "sweep.sed"])
  }

  @Test func tooManyCombinationsAreRefused() {
    let list = "[\((1...40).map(String.init).joined(separator: ", "))]"
    let diagnostics = fixture.diagnostics(
      exampleText + "sweep: { seed: \(list), batch.tokens: \(list) }\n")
    #expect(diagnostics.map(\.path) == ["sweep"])
    #expect(diagnostics.first?.message.contains("more than 1000 combinations") == true)
  }
}
