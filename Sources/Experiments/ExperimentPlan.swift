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
    /// Of training, from the graph, multiply and add as two; the last batch counts as a whole one.
    package var exactFLOPs: Double
    /// 6 N D.
    package var approximateFLOPs: Double
    /// Of all evaluations; nil where the size of the held-out text is not known.
    package var evaluationFLOPs: Double?
    package var memory: MemoryNeed
    /// The final checkpoint; while it is replaced there are two.
    package var checkpointBytes: Int
    /// Training and evaluations; nil without a calibration, or where it does not fit in memory.
    package var seconds: Double?
  }

  /// In the order in which they run: stage after stage, smallest first.
  package var runs: [Run]
  /// V, the end-of-document id included.
  package var vocabulary: Int
  /// What to know about the numbers, a sentence each.
  package var notes: [String]

  package var exactFLOPs: Double { runs.reduce(0) { $0 + $1.exactFLOPs } }
  package var checkpointBytes: Int { runs.reduce(0) { $0 + $1.checkpointBytes } }
  /// Nil without a calibration.
  package var seconds: Double? {
    runs.reduce(0) { total, run in total.flatMap { total in run.seconds.map { total + $0 } } }
  }
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
  /// - Throws: ``ExperimentError``, ``TrainingError`` or a plugin's error.
  package init(
    _ pipeline: Pipeline, plugins: ExperimentPlugins, engine: any Engine,
    available: AvailableMemory?, calibrates: Bool
  ) throws {
    let (vocabulary, note) = try Self.expectedVocabulary(of: pipeline.tokenizer, plugins.tokenizer)
    var notes = [note].compactMap { $0 }
    var evaluation: EvaluationSize?
    if let limit = pipeline.evaluation.tokenLimit {
      let tokens = min(limit, TokenBudget.mostTokens)
      let batches = (tokens + pipeline.batch.passTokens - 1) / pipeline.batch.passTokens
      evaluation = EvaluationSize(batches: batches * pipeline.evaluation.corpora.count)
    } else {
      notes.append(
        "Evaluations are not in the seconds: how much text is held out is known once the corpora "
          + "have been read.")
    }
    let models = try LadderModel.ladder(
      of: pipeline.model, factory: plugins.architecture, vocabulary: vocabulary)
    try self.init(
      pipeline, plugins: plugins, models: models, vocabulary: vocabulary, evaluation: evaluation,
      engine: engine, available: available, calibrates: calibrates)
    if let available {
      let advice = MemoryAdvice(
        pipeline: pipeline, plugins: plugins, models: models, engine: engine, available: available)
      if let refusal = try advice.refusal(of: runs) { notes.append(refusal) }
    }
    self.notes = notes + self.notes
  }

  /// Plans a pipeline whose models are known.
  init(
    _ pipeline: Pipeline, plugins: ExperimentPlugins, models: [LadderModel], vocabulary: Int,
    evaluation: EvaluationSize?, engine: any Engine, available: AvailableMemory?,
    calibrates: Bool
  ) throws {
    self.vocabulary = vocabulary
    notes = []
    runs = []
    var measured: [ProgramKey: ProgramNeeds] = [:]
    for stage in pipeline.stages {
      for model in models {
        let key = ProgramKey(size: model.size, optimizer: stage.optimizer)
        let needs =
          try measured[key]
          ?? ProgramNeeds(
            try TrainingGraphs(pipeline, stage, model, plugins), CompileOptions(pipeline),
            vocabulary: vocabulary, seed: pipeline.seed, engine: engine,
            calibratesUpTo: calibrates ? available?.byteCount ?? .max : 0)
        measured[key] = needs
        runs.append(try Run(pipeline, stage, model, needs, evaluation))
      }
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

/// What decides a training program, besides the batch.
private struct ProgramKey: Hashable {
  var size: String
  var optimizer: OptimizerDeclaration
}

/// The cost of one model's programs.
private struct ProgramNeeds {
  var stepFLOPs: Double
  var evaluationFLOPs: Double
  var memory: MemoryNeed
  var checkpointBytes: Int
  var secondsPerStep: Double?

  init(
    _ graphs: TrainingGraphs, _ options: CompileOptions, vocabulary: Int, seed: UInt64,
    engine: any Engine,
    calibratesUpTo mostBytes: Int
  ) throws {
    stepFLOPs = Double(graphs.stepFLOPs)
    evaluationFLOPs = Double(graphs.evaluationFLOPs)
    checkpointBytes = graphs.step.variableByteCount
    memory = try MemoryNeed(graphs, options, engine: engine)
    if memory.total <= mostBytes {
      secondsPerStep = try Calibration(graphs, options, engine: engine)
        .secondsPerStep(seed: seed, vocabulary: vocabulary)
    }
  }
}

extension ExperimentPlan.Run {
  fileprivate init(
    _ pipeline: Pipeline, _ stage: StageDeclaration, _ model: LadderModel, _ needs: ProgramNeeds,
    _ evaluation: EvaluationSize?
  ) throws(ExperimentError) {
    let rows = pipeline.batch.tokens / pipeline.model.context
    self.stage = stage.name
    size = model.size
    if case .continued(let source) = stage.strategy { continuedFrom = source }
    shape = model.options
    parameters = model.parameters
    countedParameters = model.counted
    sequences = try stage.sequences(of: model, context: pipeline.model.context)
    tokens = sequences * pipeline.model.context
    steps = (sequences + rows - 1) / rows
    exactFLOPs = needs.stepFLOPs * Double(steps)
    approximateFLOPs = 6 * Double(model.counted) * Double(tokens)
    memory = needs.memory
    checkpointBytes = needs.checkpointBytes
    let times = TrainingConfiguration.evaluationSteps(
      points: pipeline.evaluation.points, updates: steps
    ).count
    evaluationFLOPs = evaluation.map {
      Double($0.batches) * Double(times) * needs.evaluationFLOPs
    }
    seconds = needs.secondsPerStep.map { perStep in
      perStep / needs.stepFLOPs * (exactFLOPs + (evaluationFLOPs ?? 0))
    }
  }
}

extension StageDeclaration {
  /// The whole sequences that come nearest to the budget of a model, at least one.
  ///
  /// - Throws: ``ExperimentError`` with `pipeline` if they are more than a run may have.
  func sequences(of model: LadderModel, context: Int) throws(ExperimentError) -> Int {
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
