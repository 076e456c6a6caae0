import CPUEngine
import Experiments
import Foundation
import Graphs
import Pipelines
import PluginBridges
import PluginSDK
import TestFolders
import TestModels

/// A study of two sizes, three stages and two laws, on two made-up languages.
struct MiniatureStudy {
  static let engine: any Engine = CPUEngine(threads: 2)

  var pipeline: Pipeline
  var workspace: Workspace
  /// How many runs train at once.
  var jobs = 1

  init(in folder: TemporaryFolder) throws {
    let first = try Self.corpus("first", words: ["ba", "be", "bi", "boba"], in: folder)
    let second = try Self.corpus("second", words: ["ku", "boba", "kiki", "ke"], in: folder)
    let optimizer = OptimizerDeclaration(
      use: PluginUse(
        plugin: "momentum", options: OptionValues(["momentum": .real(0.5)])),
      learningRate: 0.5,
      schedule: ScheduleDeclaration(
        shape: .cosine, warmup: 0.25, decay: 0, finalFraction: 0.1), clip: 1)
    func stage(
      _ name: String, _ strategy: StageStrategy, _ shares: [CorpusShare], _ budget: TokenBudget
    ) -> StageDeclaration {
      StageDeclaration(
        name: name, strategy: strategy, budget: budget,
        data: PluginUse(plugin: "fixed", options: OptionValues(["weights": .shares(shares)])),
        corpora: shares.map(\.corpus), optimizer: optimizer)
    }
    func law(_ stage: String, _ freeze: FrozenTerms?) -> LawDeclaration {
      LawDeclaration(
        name: stage, use: PluginUse(plugin: "data", options: OptionValues()), stage: stage,
        corpus: "second", points: .all, freeze: freeze)
    }
    pipeline = Pipeline(
      name: "miniature", seed: 5, pluginFolders: [], corpora: [first, second],
      tokenizer: TokenizerDeclaration(
        use: PluginUse(plugin: "bytes", options: OptionValues()), trainOn: [],
        trainingByteLimit: nil),
      model: ModelDeclaration(
        use: PluginUse(plugin: "tiny", options: OptionValues(["width": .integer(4)])), context: 8,
        ladder: [.near(9), .near(16)], counting: .nonEmbedding),
      optimizer: optimizer, batch: BatchDeclaration(tokens: 32),
      stages: [
        stage("source", .fromScratch, [CorpusShare(corpus: "first", share: 1)], .tokens(120)),
        stage("scratch", .fromScratch, [CorpusShare(corpus: "second", share: 1)], .tokens(120)),
        stage(
          "cpt", .continued(from: "source"),
          [CorpusShare(corpus: "second", share: 3), CorpusShare(corpus: "first", share: 1)],
          .perParameter(14)),
      ],
      evaluation: EvaluationDeclaration(corpora: ["first", "second"], points: 4, tokenLimit: 40),
      laws: [law("scratch", nil), law("cpt", FrozenTerms(law: "scratch", terms: ["E"]))])
    workspace = Workspace(root: "\(folder.path)/workspace")
  }

  /// Sixty documents of the words in an order that a seeded generator gives.
  private static func corpus(
    _ name: String, words: [String], in folder: TemporaryFolder
  ) throws -> CorpusDeclaration {
    var state: UInt64 = 1
    let lines = (0..<60).map { document in
      let text = (0..<6).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return words[Int(state >> 33) % words.count]
      }.joined(separator: " ")
      return "{\"text\": \"\(text)\", \"id\": \"\(name)-\(document)\"}"
    }
    let path = "\(folder.path)/\(name).jsonl"
    try Data(lines.joined(separator: "\n").utf8).write(to: URL(filePath: path))
    return CorpusDeclaration(
      name: name, files: [path], language: "x", licence: "CC0-1.0", heldOut: 0.3,
      textField: "text")
  }

  static var plugins: ExperimentPlugins {
    let identities = [
      PluginIdentity.direct("bytes", .tokenizer), .direct("tiny", .architecture),
      .direct("momentum", .optimizer), .direct("fixed", .dataMixer), .direct("data", .scalingLaw),
    ]
    return ExperimentPlugins(
      tokenizer: DirectTokenizerFactory(ByteTokenizer.self, name: "bytes"),
      architecture: DirectArchitectureFactory(TinyArchitecture.self, name: "tiny"),
      optimizers: [
        "momentum": DirectOptimizerFactory(MomentumOptimizer.self, name: "momentum")
      ],
      mixers: ["fixed": DirectDataMixerFactory(FixedMixer.self, name: "fixed")],
      laws: ["data": DirectScalingLawFactory(DataLaw.self, name: "data")],
      records: identities.map {
        PluginRecord(identity: $0, path: "plugins/\($0.name).so", sha256: "00\($0.name)")
      })
  }

  var experiment: Experiment { experiment(available: nil) }

  func experiment(available: AvailableMemory?) -> Experiment {
    Experiment(
      pipeline: pipeline, pipelineText: "name: miniature\n", plugins: Self.plugins,
      engine: Self.engine, engineNumerics: "cpu", workspace: workspace,
      environment: .current(hostVersion: "0.0.0", engine: Self.engine.description), threads: 2,
      jobs: jobs, available: available)
  }
}

extension StudyResults {
  /// The bytes of the last model of each run, by the run's name.
  func models(in workspace: Workspace) throws -> [String: Data] {
    var models: [String: Data] = [:]
    for run in runs {
      models[run.name] = try Data(
        contentsOf: URL(filePath: workspace.absolute("\(run.checkpoint)/model.safetensors")))
    }
    return models
  }
}

/// What a study reported, in order.
final class ProgressLog {
  private(set) var parts: [ExperimentProgress.Part] = []
  private(set) var last: ExperimentProgress?

  func add(_ progress: ExperimentProgress) {
    if progress.part != last?.part { parts.append(progress.part) }
    last = progress
  }

  /// The runs that were trained.
  var trained: [String] {
    parts.compactMap {
      if case .training(let run) = $0 { "\(run)" } else { nil }
    }
  }

  /// The runs that were found finished.
  var reused: [String] {
    parts.compactMap {
      if case .reusing(let run) = $0 { "\(run)" } else { nil }
    }
  }
}
