// N parameters by the pipeline's counting, D tokens, C FLOPs.

import GraphLanguage
package import Graphs
package import Pipelines
package import PluginSDK
package import Training

/// What a pipeline comes to: every run with its size, its cost and what it needs.
package struct ExperimentPlan: Sendable {
  /// One model of one stage.
  package struct Run: Hashable, Sendable {
    package var stage: String
    package var size: String
    /// Of a sweep the values that make a difference to the run; nil where there are none.
    package var variant: String?
    /// The stage whose final weights it starts from.
    package var continuedFrom: String?
    /// The architecture's options, complete.
    package var shape: OptionValues
    package var parameters: ParameterCount
    /// N.
    package var countedParameters: Int
    package var sequences: Int
    /// D.
    package var tokens: Int
    package var steps: Int
    /// Of a run that branches off a longer one the updates that it shares with it; else 0.
    package var sharedSteps: Int
    /// Of training, from the graph, multiply and add as two; the last batch counts as a whole one.
    package var exactFLOPs: Double
    /// 6 N D.
    package var approximateFLOPs: Double
    /// Of all evaluations; nil where the size of the held-out text is not known.
    package var evaluationFLOPs: Double?
    package var memory: MemoryNeed
    /// The final checkpoint, and those that branches start from; while one is replaced there are two.
    package var checkpointBytes: Int
    /// Of training and evaluations, but for shared updates; nil without a calibration, or where it does
    /// not fit in memory.
    package var time: RunTime?

    /// How much of it is not shared.
    var ownPart: Double { Double(steps - sharedSteps) / Double(steps) }

    package var name: RunName { RunName(stage: stage, size: size, variant: variant) }
  }

  /// In the order in which they run: stage after stage, smallest first.
  package var runs: [Run]
  /// V, the end-of-document id included.
  package var vocabulary: Int
  /// What to know about the numbers, a sentence each.
  package var notes: [String]

  package var exactFLOPs: Double { runs.reduce(0) { $0 + $1.exactFLOPs } }
  package var checkpointBytes: Int { runs.reduce(0) { $0 + $1.checkpointBytes } }
  /// Until all runs are trained, as many side by side as may be; nil without a calibration, or where a
  /// run does not fit in memory.
  package private(set) var seconds: Double?
}

/// How many tokens an evaluation of each corpus of a pipeline reads, all corpora together.
package struct EvaluationSize: Hashable, Sendable {
  package var batches: Int

  package init(batches: Int) { self.batches = batches }
}

extension ExperimentPlan {
  /// Plans a pipeline before its corpora are read and its tokenizer is trained.
  ///
  /// - Parameters:
  ///   - pipeline: The pipeline.
  ///   - plugins: Its plugins.
  ///   - engine: Says how much memory its programs need.
  ///   - available: How much memory there is; a note says what would not fit. Nil if not known.
  ///   - calibrates: Whether to time a few steps of each size for the estimate of seconds.
  ///   - jobs: How many runs will train at once; as many as the engine has threads if nil.
  /// - Throws: ``ExperimentError``, ``TrainingError`` or a plugin's error.
  package init(
    _ pipeline: Pipeline, plugins: ExperimentPlugins, engine: any Engine,
    available: AvailableMemory?, calibrates: Bool, jobs: Int? = nil
  ) throws {
    let (vocabulary, note) = try Self.expectedVocabulary(of: pipeline.tokenizer, plugins.tokenizer)
    var notes = [note].compactMap { $0 }
    let limit = pipeline.evaluation.tokenLimit
    if limit == nil {
      notes.append(
        "Evaluations are not in the seconds: how much text is held out is known once the corpora "
          + "have been read.")
    }
    notes += PaperLadder.notes(
      on: pipeline.combinations.flatMap(\.pipeline.model.ladder))
    let study = try StudyRuns(pipeline, factory: plugins.architecture, vocabulary: vocabulary)
    if !pipeline.variants.isEmpty {
      let shared = study.runs.count { $0.variants.count > 1 }
      notes.append(
        "The sweep has \(pipeline.variants.count) combinations. A run that is the same in several "
          + "of them is trained once; \(shared) of \(study.runs.count) are.")
    }
    let branches = study.runs.count { $0.trunk != nil }
    if branches > 0 {
      notes.append(
        "\(branches) runs branch off a longer one of their size and train nothing but their decay.")
    }
    try self.init(
      study.runs, plugins: plugins, vocabulary: vocabulary,
      evaluation: { pipeline in
        limit.map { limit in
          let tokens = min(limit, TokenBudget.mostTokens)
          let batches = (tokens + pipeline.batch.passTokens - 1) / pipeline.batch.passTokens
          return EvaluationSize(batches: batches * pipeline.evaluation.corpora.count)
        }
      }, engine: engine, available: available, calibrates: calibrates,
      jobs: jobs)
    if let available {
      let advice = MemoryAdvice(
        plugins: plugins, study: study, engine: engine, available: available)
      if let refusal = try advice.refusal(of: runs) { notes.append(refusal) }
    }
    self.notes = notes + self.notes
  }

  /// Plans runs whose models are known.
  init(
    _ studied: [StudyRun], plugins: ExperimentPlugins, vocabulary: Int,
    evaluation: (Pipeline) throws -> EvaluationSize?, engine: any Engine,
    available: AvailableMemory?, calibrates: Bool, jobs: Int? = nil
  ) throws {
    let jobs = jobs ?? engine.threads
    self.vocabulary = vocabulary
    notes = []
    runs = []
    var measured: [ProgramKey: ProgramNeeds] = [:]
    for run in studied {
      let key = ProgramKey(run)
      let needs =
        try measured[key]
        ?? ProgramNeeds(
          try TrainingGraphs(run, plugins), CompileOptions(run.pipeline), vocabulary: vocabulary,
          seed: run.pipeline.seed, engine: engine,
          calibratesUpTo: calibrates ? available?.byteCount ?? .max : 0,
          onOneThreadToo: jobs > 1 && engine.threads > 1)
      measured[key] = needs
      runs.append(try Run(run, needs, try evaluation(run.pipeline)))
    }
    let times = runs.compactMap { run in run.time.map { (run.name, $0) } }
    if times.count == runs.count {
      seconds = RunQueue(studied, self, threads: engine.threads, jobs: jobs, available: available)
        .seconds(Dictionary(uniqueKeysWithValues: times))
    }
  }

  /// The vocabulary that models will see, with a sentence where it is only expected.
  private static func expectedVocabulary(
    of declaration: TokenizerDeclaration, _ factory: any TokenizerFactory
  ) throws -> (Int, String?) {
    if declaration.trainOn.isEmpty {
      let tokenizer = try factory.train(on: NoDocuments(), options: declaration.use.options)
      return (tokenizer.vocabularySize + 1, nil)
    }
    guard let expected = declaration.use.options.integer("vocabulary") else {
      throw ExperimentError(
        .pipeline,
        "the size of the models depends on the vocabulary, and the tokenizer "
          + "'\(declaration.use.plugin)' has no option 'vocabulary' that says it before training; "
          + "run the pipeline, whose first step trains the tokenizer")
    }
    return (
      expected + 1,
      "The tokenizer is not trained yet: sizes are for the \(expected) ids it is asked for and one "
        + "that ends documents."
    )
  }
}

/// No documents, for a tokenizer that needs no training.
final class NoDocuments: DocumentSource {
  var byteCount: Int { 0 }
  func next() throws(PluginError) -> [UInt8]? { nil }
}

/// What decides a training program.
private struct ProgramKey: Hashable {
  var model: OptionValues
  var context: Int
  var optimizer: PluginUse
  var clip: Double?
  var batch: BatchDeclaration
  var memory: ActivationMemory

  init(_ run: StudyRun) {
    model = run.model.options
    context = run.pipeline.model.context
    optimizer = run.stage.optimizer.use
    clip = run.stage.optimizer.clip
    batch = run.pipeline.batch
    memory = run.pipeline.memory
  }
}

/// The cost of one model's programs.
private struct ProgramNeeds {
  var stepFLOPs: Double
  var evaluationFLOPs: Double
  var memory: MemoryNeed
  var checkpointBytes: Int
  /// Of a step.
  var time: RunTime?

  init(
    _ graphs: TrainingGraphs, _ options: CompileOptions, vocabulary: Int, seed: UInt64,
    engine: any Engine, calibratesUpTo mostBytes: Int, onOneThreadToo: Bool
  ) throws {
    stepFLOPs = Double(graphs.stepFLOPs)
    evaluationFLOPs = Double(graphs.evaluationFLOPs)
    checkpointBytes = graphs.step.variableByteCount
    memory = try MemoryNeed(graphs, options, engine: engine)
    guard memory.total <= mostBytes else { return }
    func secondsPerStep(on engine: any Engine) throws -> Double {
      try Calibration(graphs, options, engine: engine)
        .secondsPerStep(seed: seed, vocabulary: vocabulary)
    }
    time = RunTime(
      threads: engine.threads, onAll: try secondsPerStep(on: engine),
      onOne: onOneThreadToo ? try secondsPerStep(on: engine.beside(ThreadShare(1))) : nil)
  }
}

extension ExperimentPlan.Run {
  fileprivate init(
    _ run: StudyRun, _ needs: ProgramNeeds, _ evaluation: EvaluationSize?
  ) throws(ExperimentError) {
    let (pipeline, stage, model) = (run.pipeline, run.stage, run.model)
    let length = try RunLength(of: run)
    self.stage = stage.name
    size = model.size
    variant = run.name.variant
    if case .continued(let source) = stage.strategy { continuedFrom = source }
    shape = model.options
    parameters = model.parameters
    countedParameters = model.counted
    sequences = length.sequences
    tokens = sequences * pipeline.model.context
    steps = length.steps
    sharedSteps = length.sharedSteps
    exactFLOPs = needs.stepFLOPs * Double(steps)
    approximateFLOPs = 6 * Double(model.counted) * Double(tokens)
    memory = needs.memory
    checkpointBytes =
      needs.checkpointBytes * (1 + Set(try RunLength.branches(of: run).map(\.sharedSteps)).count)
    let times = length.evaluationSteps(points: pipeline.evaluation.points).count
    evaluationFLOPs = evaluation.map {
      Double($0.batches) * Double(times) * needs.evaluationFLOPs
    }
    time = needs.time.map {
      $0.times((exactFLOPs + (evaluationFLOPs ?? 0)) * ownPart / needs.stepFLOPs)
    }
  }
}

extension StageDeclaration {
  /// The whole sequences that come nearest to a budget of the stage for a model, at least one.
  ///
  /// - Throws: ``ExperimentError`` with `pipeline` if they are more than a run may have.
  func sequences(
    of model: LadderModel, budget: TokenBudget, context: Int
  ) throws(ExperimentError) -> Int {
    let tokens =
      switch budget {
      case .tokens(let count): Double(count)
      case .perParameter(let ratio): ratio * Double(model.counted)
      }
    guard tokens <= Double(TokenBudget.mostTokens) else {
      throw ExperimentError(
        .pipeline,
        "stages.\(name).tokens comes to more than \(TokenBudget.mostTokens) tokens for the model of "
          + "size \(model.size), the most that a run may have; lower it")
    }
    return max(1, Int((tokens / Double(context)).rounded()))
  }
}

extension CompileOptions {
  /// How the engine runs the programs of a pipeline.
  init(_ pipeline: Pipeline) {
    self.init(recomputes: pipeline.memory == .recompute)
  }
}

extension TrainingGraphs {
  /// The programs of one run.
  init(_ run: StudyRun, _ plugins: ExperimentPlugins) throws {
    try self.init(run.pipeline, run.stage, run.model, plugins)
  }

  /// The programs of a model in a stage of a pipeline.
  init(
    _ pipeline: Pipeline, _ stage: StageDeclaration, _ model: LadderModel,
    _ plugins: ExperimentPlugins
  ) throws {
    let context = pipeline.model.context
    let pass = BatchShape(sequences: pipeline.batch.passTokens / context, context: context)
    try self.init(
      architecture: model.architecture, optimizer: try plugins.optimizer(stage.optimizer.use),
      batch: BatchShape(sequences: pipeline.batch.tokens / context, context: context),
      microBatch: pipeline.batch.microBatch.map { $0 / context }, evaluationBatch: pass,
      clip: stage.optimizer.clip)
    let declared = parameters.reduce(0) { $0 + $1.shape.elementCount }
    guard declared == model.parameters.total else {
      throw ExperimentError(
        .pipeline,
        "the architecture '\(pipeline.model.use.plugin)' says that its model of size \(model.size) "
          + "has \(model.parameters.total) parameters and declares \(declared); this is a mistake in "
          + "the plugin")
    }
  }
}
