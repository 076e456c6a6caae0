import Corpora
import Foundation
package import Graphs
package import Pipelines
import PluginSDK
import Training

/// Runs a pipeline from its corpora to its results.
///
/// What is there already is not made again: tokenizers and tokens are found by content, finished runs
/// by their identity, and a run that was stopped goes on from its last checkpoint.
package struct Experiment: Sendable {
  private let pipeline: Pipeline
  private let pipelineText: String
  private let plugins: ExperimentPlugins
  private let engine: any Engine
  private let engineNumerics: String
  private let workspace: Workspace
  private let environment: EnvironmentRecord
  private let threads: Int
  private let available: AvailableMemory?
  private let checkpointInterval: Duration

  /// Joins everything a study needs.
  ///
  /// - Parameters:
  ///   - pipeline: What to do.
  ///   - pipelineText: The file as the user wrote it.
  ///   - plugins: The pipeline's plugins.
  ///   - engine: What runs the graphs.
  ///   - engineNumerics: What of the engine its bits depend on: kind and instructions, not threads.
  ///   - workspace: Where everything goes.
  ///   - environment: What the study states about the machine.
  ///   - threads: How many documents are tokenised at once; no result depends on it.
  ///   - available: How much memory there is; runs that need more are refused. Nil if not known.
  ///   - checkpointInterval: How long a run may go on without a checkpoint.
  package init(
    pipeline: Pipeline, pipelineText: String, plugins: ExperimentPlugins, engine: any Engine,
    engineNumerics: String, workspace: Workspace, environment: EnvironmentRecord, threads: Int,
    available: AvailableMemory? = nil, checkpointInterval: Duration = .seconds(60)
  ) {
    self.pipeline = pipeline
    self.pipelineText = pipelineText
    self.plugins = plugins
    self.engine = engine
    self.engineNumerics = engineNumerics
    self.workspace = workspace
    self.environment = environment
    self.threads = threads
    self.available = available
    self.checkpointInterval = checkpointInterval
  }

  /// Runs the study, or what is left of it.
  ///
  /// - Parameters:
  ///   - only: The stages to run, with those they continue from; nil for all.
  ///   - isCancelled: Asked between steps.
  ///   - progress: Told what happens.
  /// - Returns: The results, read back from the run database.
  /// - Throws: ``ExperimentError`` (`interrupted` if it was asked to stop), ``TrainingError``, the
  ///   errors of corpora and plugins.
  package func run(
    only: Set<String>? = nil, isCancelled: @escaping () -> Bool = { false },
    progress: @escaping (ExperimentProgress) -> Void = { _ in }
  ) throws -> StudyResults {
    let lock = try WorkspaceLock(workspace)
    defer { withExtendedLifetime(lock) {} }
    let database = try RunDatabase(workspace)
    let watch = StudyWatch(database: database, isCancelled: isCancelled, progress: progress)
    do {
      try run(only: only, in: database, watch)
    } catch let error as PluginError where error.status == .cancelled && isCancelled() {
      throw ExperimentError(
        .interrupted, "stopped while a plugin worked; run the same command again to go on")
    }
    return try database.results()
  }

  private func run(
    only: Set<String>?, in database: RunDatabase, _ watch: StudyWatch
  ) throws {
    let data = try PreparedData(
      pipeline, plugins: plugins, workspace: workspace, threads: threads, watch: watch)
    let stages = try chosenStages(only)
    let models = try LadderModel.ladder(
      of: pipeline.model, factory: plugins.architecture, vocabulary: data.vocabulary)
    let evaluationSets = try evaluationSets(data)
    let plan = try ExperimentPlan(
      chosen(stages), plugins: plugins, models: models, vocabulary: data.vocabulary,
      evaluation: EvaluationSize(batches: evaluationSets.reduce(0) { $0 + $1.batches.count }),
      engine: engine, available: available, calibrates: false)
    let runner = StageRunner(
      pipeline: pipeline, plugins: plugins, engine: engine, engineNumerics: engineNumerics,
      peak: EnginePeak(of: engine), workspace: workspace, environment: environment,
      checkpointInterval: checkpointInterval, data: data, evaluationSets: evaluationSets,
      database: database, watch: watch)
    try checkMemory(plan, stages, models, runner)
    try database.begin(
      RunDatabase.Study(
        name: pipeline.name, pipelineText: pipelineText, resolvedPipeline: pipeline.resolvedYAML,
        seed: pipeline.seed, environment: environment, plugins: plugins.records,
        corpora: data.corpora, tokenizer: data.tokenizer,
        plannedRuns: pipeline.stages.flatMap { stage in
          models.map { RunDatabase.PlannedRun(stage: stage.name, size: $0.size) }
        }, parts: parts(plan)))
    watch.runs = plan.runs.count

    var work = RemainingWork(plan)
    var finished: [RunKey: FinishedRun] = [:]
    for stage in stages {
      for model in models {
        var source: FinishedRun?
        if case .continued(let name) = stage.strategy {
          source = finished[RunKey(stage: name, size: model.size)]
        }
        finished[RunKey(stage: stage.name, size: model.size)] = try runner.run(
          stage, model, continuing: source, &work)
        watch.finishedRuns += 1
      }
    }
    try fit(in: database, watch)
  }

  /// Refuses runs that are still to be trained and do not fit in memory.
  private func checkMemory(
    _ plan: ExperimentPlan, _ stages: [StageDeclaration], _ models: [LadderModel],
    _ runner: StageRunner
  ) throws {
    guard let available else { return }
    let advice = MemoryAdvice(
      pipeline: pipeline, plugins: plugins, models: models, engine: engine, available: available)
    if plan.runs.allSatisfy(advice.fits) { return }
    var ids: [RunKey: String] = [:]
    var finished: Set<RunKey> = []
    for stage in stages {
      for model in models {
        let key = RunKey(stage: stage.name, size: model.size)
        let source = stage.continuedFrom.flatMap { ids[RunKey(stage: $0, size: model.size)] }
        let run = try runner.find(stage, model, continuing: source)
        ids[key] = run.id
        if run.isFinished { finished.insert(key) }
      }
    }
    let open = plan.runs.filter { !finished.contains(RunKey(stage: $0.stage, size: $0.size)) }
    if let refusal = try advice.refusal(of: open) { throw ExperimentError(.pipeline, refusal) }
  }

  /// Fits the laws and compares the stages, from what the database holds of the study.
  private func fit(in database: RunDatabase, _ watch: StudyWatch) throws {
    let runs = try database.results().runs
    let fitting = LawFitting(plugins: plugins, runs: runs)
    var fitted: [String: FittedLaw] = [:]
    var laws: [FittedLaw] = []
    for declaration in pipeline.laws {
      try watch.begin(.fitting(law: declaration.name))
      let law = try watch.timed(TimingRecord.part(fitting: declaration.name)) {
        (fitting.fit(declaration, earlier: fitted), isNew: true)
      }
      fitted[declaration.name] = law
      laws.append(law)
    }
    try database.replace(
      fits: laws.map(\.record),
      savings: Savings(stages: pipeline.stages, runs: runs, laws: laws).records())
  }

  /// The stages to run, in the order of the pipeline, with those they continue from.
  private func chosenStages(_ only: Set<String>?) throws(ExperimentError) -> [StageDeclaration] {
    guard let only else { return pipeline.stages }
    let names = pipeline.stages.map(\.name)
    if let unknown = only.sorted().first(where: { !names.contains($0) }) {
      throw ExperimentError(
        .pipeline,
        "there is no stage '\(unknown)'; the pipeline has \(names.joined(separator: ", "))")
    }
    var chosen = only
    for stage in pipeline.stages.reversed() where chosen.contains(stage.name) {
      if case .continued(let source) = stage.strategy { chosen.insert(source) }
    }
    return pipeline.stages.filter { chosen.contains($0.name) }
  }

  /// The names under which the parts of the study are timed, in the order in which they run.
  private func parts(_ plan: ExperimentPlan) -> [String] {
    [TimingRecord.tokenizerPart] + pipeline.corpora.map { TimingRecord.part(tokenizing: $0.name) }
      + plan.runs.map { TimingRecord.part(training: $0.stage, $0.size) }
      + pipeline.laws.map { TimingRecord.part(fitting: $0.name) }
  }

  private func chosen(_ stages: [StageDeclaration]) -> Pipeline {
    var pipeline = pipeline
    pipeline.stages = stages
    return pipeline
  }

  private func evaluationSets(_ data: PreparedData) throws -> [EvaluationSet] {
    try pipeline.evaluation.corpora.map { name in
      try EvaluationSet(
        corpus: name,
        batches: try EvaluationBatches(
          store: try data.corpus(name).heldOut, corpus: name, context: pipeline.model.context,
          rows: pipeline.batch.passTokens / pipeline.model.context,
          tokenLimit: pipeline.evaluation.tokenLimit))
    }
  }
}

/// A run by the names of the pipeline.
private struct RunKey: Hashable {
  var stage: String
  var size: String
}

extension TimingRecord {
  static let tokenizerPart = "train tokenizer"
  static func part(tokenizing corpus: String) -> String { "tokenise \(corpus)" }
  static func part(training stage: String, _ size: String) -> String { "train \(stage) \(size)" }
  static func part(fitting law: String) -> String { "fit \(law)" }
}
