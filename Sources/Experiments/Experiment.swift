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
  private let jobs: Int
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
  ///   - jobs: How many runs may train at once; no result depends on it. As many as the engine has
  ///     threads if nil.
  ///   - available: How much memory there is; runs that need more are refused. Nil if not known.
  ///   - checkpointInterval: How long a run may go on without a checkpoint.
  package init(
    pipeline: Pipeline, pipelineText: String, plugins: ExperimentPlugins, engine: any Engine,
    engineNumerics: String, workspace: Workspace, environment: EnvironmentRecord, threads: Int,
    jobs: Int? = nil, available: AvailableMemory? = nil, checkpointInterval: Duration = .seconds(60)
  ) {
    self.pipeline = pipeline
    self.pipelineText = pipelineText
    self.plugins = plugins
    self.engine = engine
    self.engineNumerics = engineNumerics
    self.workspace = workspace
    self.environment = environment
    self.threads = threads
    self.jobs = jobs ?? engine.threads
    self.available = available
    self.checkpointInterval = checkpointInterval
  }

  /// Runs the study, or what is left of it.
  ///
  /// - Parameters:
  ///   - only: The stages to run, with those they continue from; nil for all.
  ///   - isCancelled: Asked between steps; on any thread, one call at a time.
  ///   - progress: Told what happens; on any thread, one call at a time.
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
    let chosen = try chosenStages(only)
    let study = try StudyRuns(
      pipeline, factory: plugins.architecture, vocabulary: data.vocabulary)
    let runs = study.of(chosen)
    let evaluationSets = EvaluationSets(data)
    let plan = try ExperimentPlan(
      runs, plugins: plugins, vocabulary: data.vocabulary, evaluation: evaluationSets.size,
      engine: engine, available: available, calibrates: false)
    let runner = StageRunner(
      plugins: plugins, engine: engine, engineNumerics: engineNumerics,
      peak: EnginePeak(of: engine), workspace: workspace, environment: environment,
      checkpointInterval: checkpointInterval, data: data, evaluationSets: evaluationSets,
      database: database, watch: watch)
    try checkMemory(plan, study, runs, runner)
    try database.begin(
      RunDatabase.Study(
        name: pipeline.name, pipelineText: pipelineText, resolvedPipeline: pipeline.resolvedYAML,
        seed: pipeline.seed, environment: environment, plugins: plugins.records,
        corpora: data.corpora, tokenizer: data.tokenizer, plannedRuns: study.runs.map(\.name),
        parts: parts(plan)))
    watch.expect(runs: runs.count)
    var training = StudyTraining(
      runs, plan, jobs: jobs, available: available, runner: runner)
    try training.run()
    try fit(in: database, watch)
  }

  /// Refuses runs that are still to be trained and do not fit in memory.
  private func checkMemory(
    _ plan: ExperimentPlan, _ study: StudyRuns, _ runs: [StudyRun], _ runner: StageRunner
  ) throws {
    guard let available else { return }
    let advice = MemoryAdvice(plugins: plugins, study: study, engine: engine, available: available)
    if plan.runs.allSatisfy(advice.fits) { return }
    var ids: [RunName: String] = [:]
    var finished: Set<RunName> = []
    for run in runs {
      let found = try runner.find(run, continuing: run.source.flatMap { ids[$0] })
      ids[run.name] = found.id
      if found.isFinished { finished.insert(run.name) }
    }
    let open = plan.runs.filter { !finished.contains($0.name) }
    if let refusal = try advice.refusal(of: open) { throw ExperimentError(.pipeline, refusal) }
  }

  /// Fits the laws and compares the stages, from what the database holds of the study.
  private func fit(in database: RunDatabase, _ watch: StudyWatch) throws {
    let runs = try database.results().runs
    let fitting = LawFitting(
      plugins: plugins, runs: runs, seed: pipeline.seed, threads: threads)
    var laws: [FittedLaw] = []
    for target in FitTarget.all(of: pipeline) {
      try watch.begin(.fitting(law: target.name))
      laws.append(
        try watch.timed(TimingRecord.part(fitting: target.name)) {
          (fitting.fit(target, earlier: laws), isNew: true)
        })
    }
    try database.replace(
      fits: laws.map(\.record),
      savings: Savings(
        stages: pipeline.stages, runs: runs, laws: laws,
        labels: VariantLabels(pipeline.variants), threads: threads
      ).records())
  }

  /// The names of the stages to run, with those they continue from in any variant.
  private func chosenStages(_ only: Set<String>?) throws(ExperimentError) -> Set<String> {
    let names = pipeline.stages.map(\.name)
    guard let only else { return Set(names) }
    if let unknown = only.sorted().first(where: { !names.contains($0) }) {
      throw ExperimentError(
        .pipeline,
        "there is no stage '\(unknown)'; the pipeline has \(names.joined(separator: ", "))")
    }
    var chosen = only
    for place in pipeline.stages.indices.reversed() where chosen.contains(names[place]) {
      chosen.formUnion(
        pipeline.combinations.compactMap { $0.pipeline.stages[place].continuedFrom })
    }
    return chosen
  }

  /// The names under which the parts of the study are timed, in the order in which they run.
  private func parts(_ plan: ExperimentPlan) -> [String] {
    [TimingRecord.tokenizerPart] + pipeline.corpora.map { TimingRecord.part(tokenizing: $0.name) }
      + plan.runs.map { TimingRecord.part(training: $0.name) }
      + FitTarget.all(of: pipeline).map { TimingRecord.part(fitting: $0.name) }
  }
}

extension TimingRecord {
  static let tokenizerPart = "train tokenizer"
  static func part(tokenizing corpus: String) -> String { "tokenise \(corpus)" }
  static func part(training run: RunName) -> String { "train \(run)" }
  static func part(fitting law: String) -> String { "fit \(law)" }
}
