package import PluginBridges
package import PluginSDK

/// A pipeline file, decoded and checked: everything after this is typed.
///
/// Encoded as JSON with sorted keys, any part of it but the policy is a stable text to hash.
package struct Pipeline: Hashable, Sendable, Codable {
  package var name: String
  package var seed: UInt64
  /// Folders with plugins, absolute, in the order in which they are searched.
  package var pluginFolders: [String]
  /// What is demanded of plugins, and where they run; no result depends on it.
  package var pluginPolicy: PluginPolicy
  /// In the order of the file.
  package var corpora: [CorpusDeclaration]
  package var tokenizer: TokenizerDeclaration
  package var model: ModelDeclaration
  package var optimizer: OptimizerDeclaration
  package var batch: BatchDeclaration
  /// No result depends on it.
  package var memory: ActivationMemory
  /// In the order of the file; a stage stands after the one it continues from.
  package var stages: [StageDeclaration]
  package var evaluation: EvaluationDeclaration
  /// In the order of the file; a law stands after the one it takes frozen terms from.
  package var laws: [LawDeclaration]
  /// Of a sweep every combination, in order; the pipeline itself is then the first of them.
  ///
  /// Empty without one.
  package var variants: [PipelineVariant]

  package init(
    name: String, seed: UInt64, pluginFolders: [String],
    pluginPolicy: PluginPolicy = PluginPolicy(), corpora: [CorpusDeclaration],
    tokenizer: TokenizerDeclaration, model: ModelDeclaration, optimizer: OptimizerDeclaration,
    batch: BatchDeclaration, memory: ActivationMemory = .store, stages: [StageDeclaration],
    evaluation: EvaluationDeclaration, laws: [LawDeclaration], variants: [PipelineVariant] = []
  ) {
    self.name = name
    self.seed = seed
    self.pluginFolders = pluginFolders
    self.pluginPolicy = pluginPolicy
    self.corpora = corpora
    self.tokenizer = tokenizer
    self.model = model
    self.optimizer = optimizer
    self.batch = batch
    self.memory = memory
    self.stages = stages
    self.evaluation = evaluation
    self.laws = laws
    self.variants = variants
  }
}

/// A plugin with its checked options, defaults filled in.
package struct PluginUse: Hashable, Sendable, Codable {
  package var plugin: String
  package var options: OptionValues

  package init(plugin: String, options: OptionValues) {
    self.plugin = plugin
    self.options = options
  }
}

/// A named set of documents in one language.
package struct CorpusDeclaration: Hashable, Sendable, Codable {
  package var name: String
  /// Absolute paths of files that exist, in a fixed order: plain text, JSON Lines, either
  /// zstd-compressed.
  package var files: [String]
  /// A BCP 47 language tag: `en`.
  package var language: String
  /// An SPDX expression or any words, for the report; nil if not stated.
  package var licence: String?
  /// The part of the documents that is held out for evaluation, in 0..<1.
  package var heldOut: Double
  /// The member of a JSON Lines object that holds the text.
  package var textField: String

  package init(
    name: String, files: [String], language: String, licence: String?, heldOut: Double,
    textField: String
  ) {
    self.name = name
    self.files = files
    self.language = language
    self.licence = licence
    self.heldOut = heldOut
    self.textField = textField
  }
}

/// How token ids are made.
package struct TokenizerDeclaration: Hashable, Sendable, Codable {
  package var use: PluginUse
  /// What to train it on: for each corpus a relative weight; empty if it needs no training.
  package var trainOn: [CorpusShare]
  /// The most text it is trained on, in bytes over all corpora; nil for all of it.
  package var trainingByteLimit: Int?

  package init(use: PluginUse, trainOn: [CorpusShare], trainingByteLimit: Int?) {
    self.use = use
    self.trainOn = trainOn
    self.trainingByteLimit = trainingByteLimit
  }
}

/// Which parameters count as N, in a ladder's sizes, in `20N`, and in laws.
package enum ParameterCounting: String, Hashable, Sendable, Codable, CaseIterable {
  /// All but the token tables: a size that does not change with the tokenizer.
  case nonEmbedding = "non-embedding"
  /// All, as the study counts.
  case total
}

/// One rung of a ladder: what the models of one size have in common.
package enum ModelSize: Hashable, Sendable, Codable {
  /// About so many non-embedding parameters; the architecture chooses the shape.
  case near(Int)
  /// The shape that these options of the architecture say, beside those of the pipeline.
  case shape(name: String, options: OptionValues)
  /// The shape written in the architecture's own options.
  case asWritten
}

extension ModelSize {
  /// What the size is called: as a pipeline writes it, or by its name.
  package var label: String {
    switch self {
    case .asWritten: return "as written"
    case .shape(let name, _): return name
    case .near(let count):
      for (unit, scale) in [("B", 1_000_000_000), ("M", 1_000_000), ("k", 1_000)]
      where count >= scale {
        let (whole, rest) = count.quotientAndRemainder(dividingBy: scale)
        return rest == 0 ? "\(whole)\(unit)" : "\(Double(count) / Double(scale))\(unit)"
      }
      return String(count)
    }
  }
}

/// The models to train.
package struct ModelDeclaration: Hashable, Sendable, Codable {
  package var use: PluginUse
  /// T, tokens in a sequence.
  package var context: Int
  /// The sizes, in the order of the file; one `asWritten` if the file names no ladder.
  package var ladder: [ModelSize]
  package var counting: ParameterCounting

  package init(use: PluginUse, context: Int, ladder: [ModelSize], counting: ParameterCounting) {
    self.use = use
    self.context = context
    self.ladder = ladder
    self.counting = counting
  }
}

/// A part of a learning-rate schedule.
package enum ScheduleShape: String, Hashable, Sendable, Codable, CaseIterable {
  /// Warm-up, then a half cosine to the final rate.
  case cosine
  /// Warm-up, then constant.
  case constant
  /// Warm-up, then a straight line to the final rate.
  case linear
  /// Warm-up, constant, then a straight line to the final rate over the last `decay` of the steps.
  case warmupStableDecay = "wsd"
  /// Warm-up, then a foreign function's factor of the peak, over the rest of the steps.
  case function
}

/// How the learning rate moves over a stage; fractions are of the stage's steps.
package struct ScheduleDeclaration: Hashable, Sendable, Codable {
  package var shape: ScheduleShape
  package var warmup: Double
  /// Only for `wsd`: the part of the steps that decay.
  package var decay: Double
  /// The last rate over the peak rate; a function gives its own.
  package var finalFraction: Double
  /// Only for `function`: its name.
  package var function: String?

  package init(
    shape: ScheduleShape, warmup: Double, decay: Double, finalFraction: Double,
    function: String? = nil
  ) {
    self.shape = shape
    self.warmup = warmup
    self.decay = decay
    self.finalFraction = finalFraction
    self.function = function
  }
}

/// How parameters are updated.
package struct OptimizerDeclaration: Hashable, Sendable, Codable {
  package var use: PluginUse
  /// The peak.
  package var learningRate: Double
  package var schedule: ScheduleDeclaration
  /// Only for `wsd`: of runs of a sweep that differ in nothing but the tokens of their stage, the
  /// shorter ones branch off the longest where their decays begin.
  package var branches: Bool
  /// The greatest global norm of the gradient; nil for no clipping.
  package var clip: Double?

  package init(
    use: PluginUse, learningRate: Double, schedule: ScheduleDeclaration, branches: Bool = false,
    clip: Double?
  ) {
    self.use = use
    self.learningRate = learningRate
    self.schedule = schedule
    self.branches = branches
    self.clip = clip
  }
}

/// What one step trains on.
package struct BatchDeclaration: Hashable, Sendable, Codable {
  /// Tokens in a batch, a multiple of the context.
  package var tokens: Int
  /// Tokens of one forward and backward pass, a multiple of the context and less than the batch,
  /// which is a whole number of them; nil for the whole batch at once.
  package var microBatch: Int?

  package init(tokens: Int, microBatch: Int? = nil) {
    self.tokens = tokens
    self.microBatch = microBatch
  }

  /// Tokens of one forward and backward pass.
  package var passTokens: Int { microBatch ?? tokens }
}

/// What becomes of the activations that the backward pass needs.
package enum ActivationMemory: String, Hashable, Sendable, Codable, CaseIterable {
  /// They are kept.
  case store
  /// Most are computed again, which takes less memory and more time.
  case recompute
}

/// How many tokens a stage trains on.
package enum TokenBudget: Hashable, Sendable, Codable {
  case tokens(Int)
  /// So many for each parameter, as `20N`.
  case perParameter(Double)

  /// The most tokens of one run, a thousand trillion: counts of bytes and sums over runs still fit.
  package static let mostTokens = 1_000_000_000_000_000
}

/// Where a stage's weights come from.
package enum StageStrategy: Hashable, Sendable, Codable {
  case fromScratch
  /// From the final weights of the same size in another stage, with fresh optimizer state and
  /// schedule.
  case continued(from: String)
}

/// A set of runs, one for each size of the ladder.
package struct StageDeclaration: Hashable, Sendable, Codable {
  package var name: String
  package var strategy: StageStrategy
  package var budget: TokenBudget
  /// The data mixer: `weighted` where the file gives plain weights.
  package var data: PluginUse
  /// Every corpus named in the mixer's options, in the order in which the file declares them.
  package var corpora: [String]
  /// The optimizer of this stage: that of the pipeline, with what the stage says otherwise.
  package var optimizer: OptimizerDeclaration

  package init(
    name: String, strategy: StageStrategy, budget: TokenBudget, data: PluginUse, corpora: [String],
    optimizer: OptimizerDeclaration
  ) {
    self.name = name
    self.strategy = strategy
    self.budget = budget
    self.data = data
    self.corpora = corpora
    self.optimizer = optimizer
  }
}

/// When and on what runs are evaluated.
package struct EvaluationDeclaration: Hashable, Sendable, Codable {
  package var corpora: [String]
  /// Evaluations in a run, spread evenly over its steps; the last is at the end.
  ///
  /// One more is made at the start.
  package var points: Int
  /// The most held-out tokens of one corpus that an evaluation reads; nil for all of them.
  package var tokenLimit: Int?

  package init(corpora: [String], points: Int, tokenLimit: Int?) {
    self.corpora = corpora
    self.points = points
    self.tokenLimit = tokenLimit
  }
}

/// Terms of a law that are taken from another law's fit and not fitted again.
package struct FrozenTerms: Hashable, Sendable, Codable {
  package var law: String
  package var terms: [String]

  package init(law: String, terms: [String]) {
    self.law = law
    self.terms = terms
  }
}

/// Which of a run's evaluations a law is fitted to.
package enum FitPoints: String, Hashable, Sendable, Codable, CaseIterable {
  /// The last evaluation of each run: its learning rate has come down.
  case final
  /// Every evaluation after the start; those inside a run are not annealed.
  case all
}

/// A law to fit.
package struct LawDeclaration: Hashable, Sendable, Codable {
  package var name: String
  package var use: PluginUse
  package var stage: String
  package var corpus: String
  package var points: FitPoints
  package var freeze: FrozenTerms?

  package init(
    name: String, use: PluginUse, stage: String, corpus: String, points: FitPoints,
    freeze: FrozenTerms?
  ) {
    self.name = name
    self.use = use
    self.stage = stage
    self.corpus = corpus
    self.points = points
    self.freeze = freeze
  }
}
