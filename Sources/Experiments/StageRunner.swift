import Corpora
import Foundation
import Graphs
import Pipelines
import PluginSDK
import Training

/// A run that is done, as one that continues from it needs it.
struct FinishedRun {
  var id: String
  var checkpoint: CheckpointStore.Checkpoint
}

/// Makes the runs of a study ready to train, and stores what came out.
struct StageRunner {
  let plugins: ExperimentPlugins
  let engine: any Engine
  let engineNumerics: String
  let peak: EnginePeak
  let workspace: Workspace
  let environment: EnvironmentRecord
  let checkpointInterval: Duration
  let data: PreparedData
  let evaluationSets: EvaluationSets
  let database: RunDatabase
  let watch: StudyWatch

  /// How a run stands.
  enum Preparation {
    case finished(FinishedRun)
    case open(PreparedRun)
  }

  /// Finds a run finished and adds it to the study, or makes it ready to train.
  ///
  /// - Parameters:
  ///   - run: The run.
  ///   - source: The run whose final weights it starts from.
  ///   - trunk: The run that it branches off.
  /// - Returns: The run, finished or ready to train.
  /// - Throws: ``ExperimentError`` with `interrupted`, errors of data and plugins.
  func prepare(
    _ run: StudyRun, continuing source: FinishedRun?, branchingOff trunk: FinishedRun?
  ) throws -> Preparation {
    let length = try RunLength(of: run)
    let batches = try batches(of: run, length)
    let identity = try identity(of: run, batches, source: source?.id)
    let id = try identity.id()
    if let checkpoint = try finished(id, run) {
      try watch.begin(.reusing(run.name))
      try database.addToStudy(id, as: run)
      return .finished(FinishedRun(id: id, checkpoint: checkpoint))
    }
    // Before a run's own clock starts, and while nothing else computes.
    let peakOfThread = peak.flopsPerSecondOfThread
    try watch.begin(.training(run.name))
    let folder = try RunFolder(
      workspace, id: id, identity: try identity.document(), pipeline: run.pipeline.resolvedYAML)
    let graphs = try TrainingGraphs(run, plugins)
    try database.setStatus(.running, of: id, stage: run.name.stage, size: run.name.size)
    folder.log("training \(run.name): \(batches.stepCount) steps, \(engine.description)")
    do {
      return .open(
        PreparedRun(
          run: run, length: length, id: id, source: source?.id, graphs: graphs, batches: batches,
          evaluationSets: try evaluationSets.sets(for: run.pipeline),
          configuration: try configuration(of: run, length, id: id, folder),
          beginning: try start(length, continuing: source, branchingOff: trunk), folder: folder,
          peakOfThread: peakOfThread))
    } catch {
      throw stopped(error, id: id, run, folder)
    }
  }

  /// Stores a run that was trained and adds it to the study, or notes why it stopped.
  ///
  /// - Throws: ``ExperimentError`` with `interrupted` or `training`, those of the database.
  func conclude(
    _ prepared: PreparedRun, _ outcome: Result<TrainedRun, any Error>
  ) throws -> FinishedRun {
    let (run, id) = (prepared.run, prepared.id)
    let trained: TrainedRun
    do {
      trained = try outcome.get()
    } catch {
      throw stopped(error, id: id, run, prepared.folder)
    }
    let record = record(prepared, trained)
    try database.finish(record)
    try database.setTiming(
      TimingRecord(
        part: TimingRecord.part(training: run.name),
        seconds: record.seconds - prepared.beginning.secondsOfTrunk))
    try prepared.folder.end(.finished, message: nil, environment: environment)
    try database.addToStudy(id, as: run)
    return FinishedRun(id: id, checkpoint: trained.checkpoint)
  }

  /// The id of a run, and whether it is finished and need not be trained.
  func find(_ run: StudyRun, continuing source: String?) throws -> (id: String, isFinished: Bool) {
    let batches = try batches(of: run, try RunLength(of: run))
    let id = try identity(of: run, batches, source: source).id()
    return (id, try finished(id, run) != nil)
  }

  /// Where a run starts that has no checkpoint yet.
  ///
  /// A branch whose trunk kept nothing for it, say because it had been trained before, starts where
  /// the trunk did.
  private func start(
    _ length: RunLength, continuing source: FinishedRun?, branchingOff trunk: FinishedRun?
  ) throws(TrainingError) -> RunStart {
    if let trunk {
      let kept = CheckpointStore(folder: workspace.branches(of: trunk.id))
      if let checkpoint = try kept.kept(atStep: length.sharedSteps, identity: trunk.id) {
        return .branch(checkpoint)
      }
    }
    guard let source else { return .drawn }
    try source.checkpoint.verify()
    return .parameters(file: source.checkpoint.model)
  }

  private func batches(of run: StudyRun, _ length: RunLength) throws -> BatchSource {
    let (pipeline, stage) = (run.pipeline, run.stage)
    let context = pipeline.model.context
    let mixer = try plugins.mixer(stage.data)
    let stores = try mixer.sources.map { try data.corpus($0).train }
    let order = try SequenceOrder(
      sources: zip(mixer.sources, stores).map {
        SequenceSource(name: $0, sequenceCount: $1.sequenceCount(context: context))
      },
      mixer: mixer, mixerName: stage.data.plugin,
      count: length.trunkSequences ?? length.sequences, context: context, seed: pipeline.seed)
    return BatchSource(
      order: order, stores: stores, rows: pipeline.batch.tokens / context, count: length.sequences)
  }

  private func identity(
    of run: StudyRun, _ batches: BatchSource, source: String?
  ) throws -> RunIdentity {
    let (pipeline, stage) = (run.pipeline, run.stage)
    let order = batches.order
    return RunIdentity(
      engine: engineNumerics, seed: pipeline.seed,
      dimensions: ModelDimensions(vocabulary: data.vocabulary, context: pipeline.model.context),
      architecture: try plugins.identity(
        .architecture, PluginUse(plugin: pipeline.model.use.plugin, options: run.model.options)),
      optimizer: try plugins.identity(.optimizer, stage.optimizer.use),
      learningRate: stage.optimizer.learningRate, schedule: stage.optimizer.schedule,
      clip: stage.optimizer.clip, batch: pipeline.batch, sequences: batches.count,
      trunkSequences: run.trunk == nil ? nil : order.count,
      mixer: try plugins.identity(.dataMixer, stage.data),
      data: try order.sources.map {
        RunIdentity.Data(corpus: $0.name, tokens: try data.corpus($0.name).train.key.hexadecimal)
      },
      tokenizer: try plugins.identity(.tokenizer, pipeline.tokenizer.use),
      tokenizerModel: data.tokenizer.sha256, evaluation: pipeline.evaluation,
      heldOut: try pipeline.evaluation.corpora.map {
        RunIdentity.Data(corpus: $0, tokens: try data.corpus($0).heldOut.key.hexadecimal)
      },
      source: source,
      scheduleFunction: try stage.optimizer.schedule.function.map {
        try plugins.identity(.schedule, PluginUse(plugin: $0, options: OptionValues()))
      })
  }

  /// The checkpoint of a finished run, or nil where there is none any more.
  ///
  /// - Throws: ``ExperimentError`` with `workspace` if files of it are damaged.
  private func finished(
    _ id: String, _ run: StudyRun
  ) throws(ExperimentError) -> CheckpointStore.Checkpoint? {
    guard let checkpoint = try database.finishedCheckpoint(of: id) else { return nil }
    let folder = workspace.absolute(checkpoint)
    guard FileManager.default.fileExists(atPath: folder) else { return nil }
    do {
      return try CheckpointStore.Checkpoint(folder: folder, identity: id)
    } catch {
      throw ExperimentError(.workspace, "\(run.name): \(error.message)")
    }
  }

  /// What a run does when.
  private func configuration(
    of run: StudyRun, _ length: RunLength, id: String, _ folder: RunFolder
  ) throws -> TrainingConfiguration {
    let (pipeline, optimizer) = (run.pipeline, run.stage.optimizer)
    return TrainingConfiguration(
      identity: id, seed: pipeline.seed,
      schedule: try LearningRateSchedule(
        optimizer.schedule, peak: optimizer.learningRate, updates: length.steps,
        trunkUpdates: length.trunkSteps, function: plugins.schedule(optimizer.schedule)),
      evaluationSteps: length.evaluationSteps(points: pipeline.evaluation.points),
      curveInterval: max(1, length.trunkSteps / 200), compileOptions: CompileOptions(pipeline),
      checkpointFolder: folder.checkpoints, checkpointInterval: checkpointInterval,
      keptSteps: Set(try RunLength.branches(of: run).map(\.sharedSteps)),
      keptFolder: workspace.branches(of: id))
  }

  /// Notes in database and folder how a run that did not finish ended.
  ///
  /// The disk that ended the run may refuse these notes too; the first refusal is the one to tell.
  private func stopped(
    _ error: any Error, id: String, _ run: StudyRun, _ folder: RunFolder
  ) -> any Error {
    let training = error as? TrainingError
    let status: RunDatabase.Status = training?.code == .interrupted ? .interrupted : .failed
    try? database.setStatus(status, of: id, stage: run.name.stage, size: run.name.size)
    try? folder.end(status, message: "\(error)", environment: environment)
    guard let training else { return error }
    return ExperimentError(
      training.code == .interrupted ? .interrupted : .training,
      "\(run.name): \(training.message)")
  }

  private func record(_ prepared: PreparedRun, _ trained: TrainedRun) -> RunRecord {
    let (run, batches) = (prepared.run, prepared.batches)
    let (stage, model) = (run.stage, run.model)
    let state = trained.checkpoint.state
    let stepFLOPs = Double(prepared.graphs.stepFLOPs)
    let exactFLOPs = stepFLOPs * Double(state.step)
    let order = batches.order
    let planned = batches.plannedTokens
    let realised = zip(order.sources, state.sourceTokens).enumerated().map { place, pair in
      SourceCount(
        corpus: pair.0.name, plannedTokens: planned[place], realisedTokens: pair.1,
        epochs: pair.0.sequenceCount == 0
          ? 0 : Double(pair.1 / order.context) / Double(pair.0.sequenceCount))
    }
    return RunRecord(
      id: prepared.id, stage: stage.name, continuedFrom: stage.continuedFrom,
      sourceRun: prepared.source,
      size: model.size, shape: model.options.values, parameters: model.parameters,
      countedParameters: model.counted, tokens: state.tokens, steps: state.step,
      exactFLOPs: exactFLOPs,
      approximateFLOPs: 6 * Double(model.counted) * Double(state.tokens), sources: realised,
      evaluations: state.evaluations.map { evaluation in
        EvaluationRecord(
          corpus: evaluation.corpus, step: evaluation.step, tokens: evaluation.tokens,
          exactFLOPs: stepFLOPs * Double(evaluation.step), loss: evaluation.result.loss,
          standardError: evaluation.result.standardError,
          bitsPerByte: evaluation.result.bitsPerByte, evaluatedTokens: evaluation.result.tokens)
      },
      trainingCurve: state.curve.map {
        TrainingPoint(
          step: $0.step, loss: $0.loss, learningRate: $0.learningRate,
          gradientNorm: $0.gradientNorm)
      },
      seconds: state.totalSeconds, tokensPerSecond: state.tokensPerSecond,
      speed: SpeedRecord(
        state, exactFLOPs: exactFLOPs, engine: engine, threads: trained.threads,
        peakOfThread: prepared.peakOfThread),
      checkpoint: workspace.relative(trained.checkpoint.folder),
      sharedSteps: run.trunk == nil ? nil : prepared.length.sharedSteps)
  }
}

extension RunStart {
  /// The wall-clock seconds of a branch that are its trunk's.
  fileprivate var secondsOfTrunk: Double {
    if case .branch(let checkpoint) = self { checkpoint.state.totalSeconds } else { 0 }
  }
}

extension RunDatabase {
  fileprivate func addToStudy(_ id: String, as run: StudyRun) throws(ExperimentError) {
    try addToStudy(
      id, as: run.name, continuedFrom: run.stage.continuedFrom,
      variants: run.variants.isEmpty ? nil : run.variants)
  }
}

extension StageDeclaration {
  /// The stage whose weights it starts from, or nil.
  var continuedFrom: String? {
    if case .continued(let source) = strategy { source } else { nil }
  }
}
