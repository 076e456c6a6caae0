package import PluginSDK

/// Everything a report or a pack states about one study, as values read from the run database.
package struct StudyResults: Codable, Sendable {
  package var name: String
  /// The pipeline file as the user wrote it.
  package var pipelineText: String
  /// The pipeline with every default filled in, as YAML.
  package var resolvedPipeline: String
  package var seed: UInt64
  package var environment: EnvironmentRecord
  package var plugins: [PluginRecord]
  package var corpora: [CorpusRecord]
  package var tokenizer: TokenizerRecord
  /// In the order of stages in the pipeline, then by size.
  package var runs: [RunRecord]
  package var fits: [FitRecord]
  package var savings: [SavingsRecord]
  /// How long each part of the study took, in the order in which the parts ran.
  package var timings: [TimingRecord]
  /// The runs of the pipeline that are not finished, as `cpt 60k seed=1`; none where the study is whole.
  package var missingRuns: [String]

  package init(
    name: String, pipelineText: String, resolvedPipeline: String, seed: UInt64,
    environment: EnvironmentRecord, plugins: [PluginRecord], corpora: [CorpusRecord],
    tokenizer: TokenizerRecord, runs: [RunRecord], fits: [FitRecord], savings: [SavingsRecord],
    timings: [TimingRecord], missingRuns: [String] = []
  ) {
    self.name = name
    self.pipelineText = pipelineText
    self.resolvedPipeline = resolvedPipeline
    self.seed = seed
    self.environment = environment
    self.plugins = plugins
    self.corpora = corpora
    self.tokenizer = tokenizer
    self.runs = runs
    self.fits = fits
    self.savings = savings
    self.timings = timings
    self.missingRuns = missingRuns
  }
}

/// Where a study ran.
package struct EnvironmentRecord: Codable, Sendable, Hashable {
  /// The version of cpt-host.
  package var hostVersion: String
  package var operatingSystem: String
  package var processor: String
  /// The engine's own line: kind, threads, instruction set, BLAS.
  package var engine: String
  package var swiftVersion: String

  package init(
    hostVersion: String, operatingSystem: String, processor: String, engine: String,
    swiftVersion: String
  ) {
    self.hostVersion = hostVersion
    self.operatingSystem = operatingSystem
    self.processor = processor
    self.engine = engine
    self.swiftVersion = swiftVersion
  }
}

/// A plugin that a study used.
package struct PluginRecord: Codable, Sendable, Hashable {
  package var identity: PluginIdentity
  /// The file it was loaded from.
  package var path: String
  /// The SHA-256 of the file, in hexadecimal.
  package var sha256: String
  /// Of a foreign function the library behind its manifest.
  package var library: Library?

  /// A library that a foreign function comes from.
  package struct Library: Codable, Sendable, Hashable {
    package var path: String
    /// The SHA-256 of the file, in hexadecimal.
    package var sha256: String
    /// Whether it belongs to the system, and so to no pack.
    package var isSystem: Bool

    package init(path: String, sha256: String, isSystem: Bool) {
      self.path = path
      self.sha256 = sha256
      self.isSystem = isSystem
    }
  }

  package init(
    identity: PluginIdentity, path: String, sha256: String, library: Library? = nil
  ) {
    self.identity = identity
    self.path = path
    self.sha256 = sha256
    self.library = library
  }

  /// What stands for all bytes behind the plugin.
  var contentDigest: String { library.map { "\(sha256)+\($0.sha256)" } ?? sha256 }
}

/// What was read of a corpus.
package struct CorpusRecord: Codable, Sendable, Hashable {
  package struct File: Codable, Sendable, Hashable {
    package var path: String
    package var byteCount: Int
    package var sha256: String

    package init(path: String, byteCount: Int, sha256: String) {
      self.path = path
      self.byteCount = byteCount
      self.sha256 = sha256
    }
  }

  package var name: String
  package var language: String
  package var licence: String?
  package var files: [File]
  package var trainingDocuments: Int
  package var trainingTokens: Int
  package var trainingBytes: Int
  package var heldOutDocuments: Int
  package var heldOutTokens: Int
  package var heldOutBytes: Int
  /// What was left out of it and why, a sentence each.
  package var skipped: [String]

  package init(
    name: String, language: String, licence: String?, files: [File], trainingDocuments: Int,
    trainingTokens: Int, trainingBytes: Int, heldOutDocuments: Int, heldOutTokens: Int,
    heldOutBytes: Int, skipped: [String]
  ) {
    self.name = name
    self.language = language
    self.licence = licence
    self.files = files
    self.trainingDocuments = trainingDocuments
    self.trainingTokens = trainingTokens
    self.trainingBytes = trainingBytes
    self.heldOutDocuments = heldOutDocuments
    self.heldOutTokens = heldOutTokens
    self.heldOutBytes = heldOutBytes
    self.skipped = skipped
  }
}

/// The tokenizer of a study.
package struct TokenizerRecord: Codable, Sendable, Hashable {
  package var plugin: String
  /// The number of ids that models see, the end-of-document id included.
  package var vocabulary: Int
  /// The SHA-256 of the saved model, in hexadecimal.
  package var sha256: String
  /// The saved model's file.
  package var path: String

  package init(plugin: String, vocabulary: Int, sha256: String, path: String) {
    self.plugin = plugin
    self.vocabulary = vocabulary
    self.sha256 = sha256
    self.path = path
  }
}

/// One model of one stage.
package struct RunRecord: Codable, Sendable, Hashable {
  /// The content identity: a hash of everything the run depends on, in hexadecimal.
  package var id: String
  package var stage: String
  /// The stage it continues from, or nil for a run from scratch.
  package var continuedFrom: String?
  /// The id of the run whose weights it started from.
  package var sourceRun: String?
  /// What the pipeline calls the rung of the ladder: `60k`, a shape's name, or `as written`.
  package var size: String
  /// The shape that the architecture chose, as option names and values in order.
  package var shape: [String: OptionValue]
  package var parameters: ParameterCount
  /// N by the pipeline's counting.
  package var countedParameters: Int
  /// D, the tokens trained on.
  package var tokens: Int
  package var steps: Int
  /// Of the whole run, from the graph, multiply and add as two.
  package var exactFLOPs: Double
  /// 6 N D with the counted N.
  package var approximateFLOPs: Double
  package var sources: [SourceCount]
  package var evaluations: [EvaluationRecord]
  package var trainingCurve: [TrainingPoint]
  /// Wall-clock seconds of the run, evaluations and checkpoints included.
  package var seconds: Double
  /// While updating; batches are drawn in that time, evaluations and checkpoints are not.
  package var tokensPerSecond: Double
  /// Nil where an earlier version of cpt-host trained it.
  package var speed: SpeedRecord?
  /// The final checkpoint, relative to the workspace.
  package var checkpoint: String
  /// Of a sweep the values that tell it from the other runs of this stage and size; nil without
  /// one, and where no value makes a difference to the run.
  package var variant: String?
  /// The variants of the sweep that it belongs to, by their whole names; nil without one.
  package var variants: [String]?
  /// Of a run that branches off a longer one the updates, and with them evaluations, points of the
  /// curve and seconds, that it shares with it; nil for all others.
  package var sharedSteps: Int?

  package init(
    id: String, stage: String, continuedFrom: String?, sourceRun: String?, size: String,
    shape: [String: OptionValue], parameters: ParameterCount, countedParameters: Int, tokens: Int,
    steps: Int, exactFLOPs: Double, approximateFLOPs: Double, sources: [SourceCount],
    evaluations: [EvaluationRecord], trainingCurve: [TrainingPoint], seconds: Double,
    tokensPerSecond: Double, speed: SpeedRecord? = nil, checkpoint: String,
    variant: String? = nil, variants: [String]? = nil, sharedSteps: Int? = nil
  ) {
    self.id = id
    self.stage = stage
    self.continuedFrom = continuedFrom
    self.sourceRun = sourceRun
    self.size = size
    self.shape = shape
    self.parameters = parameters
    self.countedParameters = countedParameters
    self.tokens = tokens
    self.steps = steps
    self.exactFLOPs = exactFLOPs
    self.approximateFLOPs = approximateFLOPs
    self.sources = sources
    self.evaluations = evaluations
    self.trainingCurve = trainingCurve
    self.seconds = seconds
    self.tokensPerSecond = tokensPerSecond
    self.speed = speed
    self.checkpoint = checkpoint
    self.variant = variant
    self.variants = variants
    self.sharedSteps = sharedSteps
  }

  /// The corpus that it is there to learn: that which it trained on most, other than those that its
  /// weights had learnt before, which it may replay as much as it will; failing that the first it was
  /// evaluated on.
  package func mainCorpus(besides learnt: Set<String> = []) -> String? {
    func most(_ sources: [SourceCount]) -> String? {
      var main: SourceCount?
      for source in sources where source.plannedTokens > main?.plannedTokens ?? 0 { main = source }
      return main?.corpus
    }
    return most(sources.filter { !learnt.contains($0.corpus) }) ?? most(sources)
      ?? evaluations.first?.corpus
  }

  /// What the study calls it, as in `cpt 60k seed=1`.
  package var name: String {
    RunName(stage: stage, size: size, variant: variant).description
  }

  /// Whether it belongs to one of some variants; without a sweep every run does.
  func isPart(of names: Set<String>) -> Bool {
    guard let variants, !names.isEmpty else { return true }
    return variants.contains(where: names.contains)
  }
}

/// How much of one corpus a run trained on.
package struct SourceCount: Codable, Sendable, Hashable {
  package var corpus: String
  package var plannedTokens: Int
  package var realisedTokens: Int
  /// Realised tokens over those the corpus has: above 1 it was repeated.
  package var epochs: Double

  package init(corpus: String, plannedTokens: Int, realisedTokens: Int, epochs: Double) {
    self.corpus = corpus
    self.plannedTokens = plannedTokens
    self.realisedTokens = realisedTokens
    self.epochs = epochs
  }
}

/// A held-out loss at one moment of a run.
package struct EvaluationRecord: Codable, Sendable, Hashable {
  package var corpus: String
  /// Steps done; 0 is before the first.
  package var step: Int
  package var tokens: Int
  /// Spent on training so far, from the graph.
  package var exactFLOPs: Double
  /// Nats a token.
  package var loss: Double
  /// Of the mean loss, over held-out sequences as the unit of resampling; nats a token.
  package var standardError: Double
  package var bitsPerByte: Double
  /// The number of scored tokens.
  package var evaluatedTokens: Int

  package init(
    corpus: String, step: Int, tokens: Int, exactFLOPs: Double, loss: Double,
    standardError: Double, bitsPerByte: Double, evaluatedTokens: Int
  ) {
    self.corpus = corpus
    self.step = step
    self.tokens = tokens
    self.exactFLOPs = exactFLOPs
    self.loss = loss
    self.standardError = standardError
    self.bitsPerByte = bitsPerByte
    self.evaluatedTokens = evaluatedTokens
  }
}

/// The mean training loss over the steps since the point before.
package struct TrainingPoint: Codable, Sendable, Hashable {
  package var step: Int
  package var loss: Double
  package var learningRate: Double
  /// The global norm of the gradient before clipping.
  package var gradientNorm: Double

  package init(step: Int, loss: Double, learningRate: Double, gradientNorm: Double) {
    self.step = step
    self.loss = loss
    self.learningRate = learningRate
    self.gradientNorm = gradientNorm
  }
}

/// A law fitted to the runs of a stage.
package struct FitRecord: Codable, Sendable, Hashable {
  package struct Parameter: Codable, Sendable, Hashable {
    package var name: String
    package var value: Double
    package var isFrozen: Bool
    package var isAtBound: Bool
    /// Nil without draws, and where the value was frozen and counts as known.
    package var interval: IntervalRecord?

    package init(
      name: String, value: Double, isFrozen: Bool, isAtBound: Bool, interval: IntervalRecord? = nil
    ) {
      self.name = name
      self.value = value
      self.isFrozen = isFrozen
      self.isAtBound = isAtBound
      self.interval = interval
    }
  }

  package struct Point: Codable, Sendable, Hashable {
    package var run: String
    package var parameters: Double
    package var tokens: Double
    package var measured: Double
    package var predicted: Double

    package init(
      run: String, parameters: Double, tokens: Double, measured: Double, predicted: Double
    ) {
      self.run = run
      self.parameters = parameters
      self.tokens = tokens
      self.measured = measured
      self.predicted = predicted
    }
  }

  package struct Optimum: Codable, Sendable, Hashable {
    /// C = 6 N D.
    package var compute: Double
    package var parameters: Double
    package var tokens: Double
    package var loss: Double
    /// Each with the optimum of its own in each draw; nil without draws.
    package var parametersInterval: IntervalRecord?
    package var tokensInterval: IntervalRecord?
    package var lossInterval: IntervalRecord?

    package init(compute: Double, parameters: Double, tokens: Double, loss: Double) {
      self.compute = compute
      self.parameters = parameters
      self.tokens = tokens
      self.loss = loss
    }
  }

  /// How the intervals of a fit were made: it was repeated on runs drawn with replacement.
  package struct Resampling: Codable, Sendable, Hashable {
    /// How often it was repeated.
    package var draws: Int
    /// How many draws could not be fitted.
    package var failures: Int
    /// How many runs were drawn from.
    package var runs: Int
    /// The frozen terms that follow the draws of the fit that gave them.
    package var inherited: [String]

    package init(draws: Int, failures: Int, runs: Int, inherited: [String]) {
      self.draws = draws
      self.failures = failures
      self.runs = runs
      self.inherited = inherited
    }
  }

  /// The law's name; of a sweep, with the values that tell the fit from others of the law.
  package var name: String
  package var plugin: String
  package var stage: String
  package var corpus: String
  /// Why there is no fit; nil if there is one.
  package var failure: String?
  package var parameters: [Parameter]
  /// The sum of Huber losses of log prediction minus log loss.
  package var objective: Double
  package var evaluations: Int
  package var points: [Point]
  /// Compute-optimal sizes over the range of compute that was measured.
  package var optima: [Optimum]
  package var warnings: [String]
  /// The law as the pipeline calls it; nil where an earlier version of cpt-host fitted it.
  package var law: String?
  /// Of a sweep the values that tell the fit from others of the law; nil if there is no other.
  package var variant: String?
  /// Nil where there is no fit, or an earlier version of cpt-host made it.
  package var diagnosis: FitDiagnosis?
  /// Nil where there are no intervals; a warning then says why.
  package var resampling: Resampling?
  /// Whether its points are the ends of runs alone; nil where an earlier version of cpt-host fitted it.
  package var usesEndsOnly: Bool?

  package init(
    name: String, plugin: String, stage: String, corpus: String, failure: String?,
    parameters: [Parameter], objective: Double, evaluations: Int, points: [Point],
    optima: [Optimum], warnings: [String], law: String? = nil, variant: String? = nil,
    diagnosis: FitDiagnosis? = nil, resampling: Resampling? = nil, usesEndsOnly: Bool? = nil
  ) {
    self.name = name
    self.plugin = plugin
    self.stage = stage
    self.corpus = corpus
    self.failure = failure
    self.parameters = parameters
    self.objective = objective
    self.evaluations = evaluations
    self.points = points
    self.optima = optima
    self.warnings = warnings
    self.law = law
    self.variant = variant
    self.diagnosis = diagnosis
    self.resampling = resampling
    self.usesEndsOnly = usesEndsOnly
  }
}

/// What continuing from a source model saved against training from scratch, at one size.
package struct SavingsRecord: Codable, Sendable, Hashable {
  package var size: String
  package var corpus: String
  package var scratchStage: String
  package var continuedStage: String
  /// The loss at which the two are compared, nats a token.
  package var loss: Double
  /// (C scratch - C continued) / C scratch at equal loss, by interpolation of the measured curves;
  /// negative where continuing cost more; nil where the curves do not share a loss.
  package var measured: Double?
  /// The same by the two fitted laws; nil where there is none.
  package var predicted: Double?
  /// Of `measured`, from the standard errors of the held-out losses; another seed is not in it.
  package var measuredInterval: IntervalRecord?
  /// Of `predicted`, from draws of both laws side by side; nil without draws of both.
  package var predictedInterval: IntervalRecord?
  /// Why `measured` is nil, or what to know about it.
  package var remark: String?
  /// Of a sweep the values of the variants that both runs belong to; nil if there are none to tell.
  package var variant: String?
  /// The ids of the two runs; nil where an earlier version of cpt-host compared them.
  package var scratchRun: String?
  package var continuedRun: String?
  /// The comparison at each evaluation of the continued run after its start.
  package var curve: [TransferPoint]

  package init(
    size: String, corpus: String, scratchStage: String, continuedStage: String, loss: Double,
    measured: Double?, predicted: Double?, remark: String?, variant: String? = nil,
    scratchRun: String? = nil, continuedRun: String? = nil, curve: [TransferPoint] = [],
    measuredInterval: IntervalRecord? = nil, predictedInterval: IntervalRecord? = nil
  ) {
    self.size = size
    self.corpus = corpus
    self.scratchStage = scratchStage
    self.continuedStage = continuedStage
    self.loss = loss
    self.measured = measured
    self.predicted = predicted
    self.remark = remark
    self.variant = variant
    self.scratchRun = scratchRun
    self.continuedRun = continuedRun
    self.curve = curve
    self.measuredInterval = measuredInterval
    self.predictedInterval = predictedInterval
  }

  /// Whether measurement and laws contradict each other: both have an interval, and these hold no
  /// value in common.
  package var isContradicted: Bool {
    guard let measuredInterval, let predictedInterval else { return false }
    return !measuredInterval.overlaps(predictedInterval)
  }
}

/// How long a part of a study took.
package struct TimingRecord: Codable, Sendable, Hashable {
  package var part: String
  package var seconds: Double

  package init(part: String, seconds: Double) {
    self.part = part
    self.seconds = seconds
  }
}
