package import Corpora
package import Graphs

/// Trains one model: draws batches, updates, evaluates, saves.
///
/// A loop takes a run up where its last checkpoint left it, and gives the bits that it would have
/// given uninterrupted.
package struct TrainingLoop {
  private let graphs: TrainingGraphs
  private let configuration: TrainingConfiguration
  private let batches: BatchSource
  private let evaluationSets: [EvaluationSet]
  private let engine: any Engine
  private let now: () -> ContinuousClock.Instant

  /// Joins everything a run needs.
  ///
  /// - Parameters:
  ///   - graphs: The model's step and evaluation.
  ///   - configuration: What to do when.
  ///   - batches: What to train on; its steps are the run's.
  ///   - evaluationSets: What to evaluate on.
  ///   - engine: What runs the graphs.
  ///   - now: Reads the clock.
  /// - Precondition: The schedule has as many updates as there are batches, and batches have the
  ///   graphs' shapes.
  package init(
    graphs: TrainingGraphs, configuration: TrainingConfiguration, batches: BatchSource,
    evaluationSets: [EvaluationSet], engine: any Engine,
    now: @escaping () -> ContinuousClock.Instant = { ContinuousClock().now }
  ) {
    precondition(
      configuration.schedule.updates == batches.stepCount,
      "a schedule of \(configuration.schedule.updates) updates for \(batches.stepCount) batches")
    precondition(
      graphs.batch == BatchShape(sequences: batches.rows, context: batches.order.context),
      "batches of another shape than the training step")
    precondition(
      evaluationSets.allSatisfy {
        graphs.evaluationBatch
          == BatchShape(sequences: $0.batches.rows, context: $0.batches.context)
      }, "evaluation batches of another shape than the evaluation")
    self.graphs = graphs
    self.configuration = configuration
    self.batches = batches
    self.evaluationSets = evaluationSets
    self.engine = engine
    self.now = now
  }

  /// Runs to the end, or to the next step after a request to stop.
  ///
  /// - Parameters:
  ///   - beginning: Where a run that has no checkpoint yet starts.
  ///   - isCancelled: Asked between updates and between evaluation batches.
  ///   - progress: Told after every update and evaluation.
  /// - Returns: The final checkpoint.
  /// - Throws: ``TrainingError``: `interrupted` after writing a checkpoint, `diverged` where the loss
  ///   or the gradient is not finite, and those of checkpoints, storage and the engine.
  package func run(
    from beginning: RunStart, isCancelled: () -> Bool = { false },
    progress: (TrainingProgress) -> Void = { _ in }
  ) throws(TrainingError) -> CheckpointStore.Checkpoint {
    let store = CheckpointStore(folder: configuration.checkpointFolder)
    let checkpoint = try store.latest(identity: configuration.identity)
    if let checkpoint, isFinished(checkpoint.state) { return checkpoint }

    let opened = now()
    let programs = try makePrograms()
    var state = try start(programs.session, from: beginning, checkpoint)
    let startTokens = state.tokens
    let startSeconds = state.trainingSeconds
    var timer = RunTimer(state, programs, since: opened, now: now)
    var saved = now()

    func report(_ loss: Double?, _ evaluation: Evaluation?) {
      let seconds = state.trainingSeconds - startSeconds
      progress(
        TrainingProgress(
          step: state.step, steps: batches.stepCount, tokens: state.tokens,
          tokensPerSecond: seconds > 0 ? Double(state.tokens - startTokens) / seconds : 0,
          loss: loss, evaluation: evaluation))
    }
    func noteTime() {
      timer.lap(\.other)
      let timeUse = timer.timeUse
      state.timeUse = timeUse
      state.totalSeconds = timeUse.total
    }
    func save() throws(TrainingError) -> CheckpointStore.Checkpoint {
      noteTime()
      let checkpoint = try store.save(state, variables: graphs.variables, from: programs.session)
      timer.lap(\.saving)
      return checkpoint
    }
    func keep() throws(TrainingError) {
      noteTime()
      try CheckpointStore(folder: configuration.keptFolder)
        .keep(state, variables: graphs.variables, from: programs.session)
      timer.lap(\.saving)
    }

    while true {
      if isEvaluationDue(state) {
        timer.lap(\.other)
        let measured = try evaluate(state, with: programs, isCancelled)
        timer.lap(\.evaluation)
        guard let evaluations = measured else { throw interruption(try save()) }
        state.evaluations += evaluations
        for evaluation in evaluations { report(nil, evaluation) }
      }
      if configuration.keptSteps.contains(state.step) { try keep() }
      if state.step == batches.stepCount { return try save() }
      if isCancelled() { throw interruption(try save()) }

      timer.lap(\.other)
      let began = now()
      let batch = batches.batch(at: state.step)
      timer.lap(\.data)
      let loss = try update(&state, on: batch, with: programs)
      state.trainingSeconds += (now() - began).seconds
      report(loss, nil)
      if now() - saved >= configuration.checkpointInterval, state.step < batches.stepCount {
        _ = try save()
        saved = now()
      }
    }
  }

  private func makePrograms() throws(TrainingError) -> TrainingPrograms {
    do {
      return try TrainingPrograms(graphs, configuration.compileOptions, on: engine)
    } catch {
      throw TrainingError(.model, error.description)
    }
  }

  private func isFinished(_ state: RunState) -> Bool {
    state.step == batches.stepCount && !isEvaluationDue(state)
  }

  private func isEvaluationDue(_ state: RunState) -> Bool {
    !evaluationSets.isEmpty && configuration.evaluationSteps.contains(state.step)
      && state.evaluations.last?.step != state.step
  }

  private func interruption(_ checkpoint: CheckpointStore.Checkpoint) -> TrainingError {
    TrainingError(
      .interrupted,
      "stopped after step \(checkpoint.state.step) of \(batches.stepCount); run the same command "
        + "again to go on from '\(checkpoint.folder)'")
  }

  /// Fills the session and gives the state that goes with it.
  private func start(
    _ session: any EngineSession, from beginning: RunStart,
    _ checkpoint: CheckpointStore.Checkpoint?
  ) throws(TrainingError) -> RunState {
    if let checkpoint {
      try checkpoint.restore(graphs.variables, into: session)
      return checkpoint.state
    }
    switch beginning {
    case .branch(let trunk):
      try trunk.restore(graphs.variables, into: session)
      var state = trunk.state
      state.identity = configuration.identity
      return state
    case .drawn:
      try fill(graphs.variables, of: session)
    case .parameters(let path):
      try fill(graphs.variables.filter { !$0.isParameter }, of: session)
      try ParameterFile.load(graphs.parameters, from: path, into: session)
    }
    return RunState(
      identity: configuration.identity, sourceCount: batches.order.sources.count)
  }

  private func fill(
    _ variables: [Variable], of session: any EngineSession
  ) throws(TrainingError) {
    do {
      try ParameterInitialization(seed: configuration.seed).fill(variables, of: session)
    } catch {
      throw TrainingError(.model, error.description)
    }
  }

  private func evaluate(
    _ state: RunState, with programs: TrainingPrograms, _ isCancelled: () -> Bool
  ) throws(TrainingError) -> [Evaluation]? {
    var evaluations: [Evaluation] = []
    for set in evaluationSets {
      guard let result = try set.measure(with: programs.evaluation, isCancelled: isCancelled) else {
        return nil
      }
      guard result.loss.isFinite, result.standardError.isFinite else {
        throw TrainingError(
          .diverged,
          "the loss on '\(set.corpus)' after step \(state.step) is \(result.loss); "
            + Self.remedy)
      }
      evaluations.append(
        Evaluation(
          corpus: set.corpus, step: state.step, tokens: state.tokens, result: result))
    }
    return evaluations
  }

  /// Makes one update and gives its loss.
  private func update(
    _ state: inout RunState, on batch: Batch, with programs: TrainingPrograms
  ) throws(TrainingError) -> Double {
    let rate = configuration.schedule.rate(at: state.step + 1)
    let inputs = UpdateBatch(
      tokens: batch.tokens, targets: batch.targets, scored: batch.scoredTokens,
      learningRate: rate, step: state.step + 1)
    let result: UpdateResult
    do {
      result = try programs.update(inputs)
    } catch {
      throw TrainingError(.model, error.description)
    }
    let (loss, norm) = (result.loss, result.gradientNorm)
    guard loss.isFinite, norm.isFinite else {
      // Where the search itself fails, say for want of memory, the rest is still worth telling.
      let origin = try? programs.firstNonFinite(inputs)
      throw TrainingError(
        .diverged,
        "step \(state.step + 1) of \(batches.stepCount) gave the loss \(loss) and the gradient norm "
          + "\(norm) at learning rate \(rate)"
          + (origin.map { "; the first result that is not finite is that of \($0)" } ?? "") + "; "
          + Self.remedy)
    }
    state.step += 1
    state.tokens += batch.scoredTokens
    state.sourceTokens = batches.sourceTokens(before: state.step)
    state.pendingLoss += loss
    state.pendingSteps += 1
    if state.step.isMultiple(of: configuration.curveInterval) || state.step == batches.stepCount {
      state.curve.append(
        CurvePoint(
          step: state.step, loss: state.pendingLoss / Double(state.pendingSteps),
          learningRate: rate, gradientNorm: norm))
      state.pendingLoss = 0
      state.pendingSteps = 0
    }
    return loss
  }

  private static let remedy =
    "the training has diverged. Try a lower learning_rate, a longer warmup or gradient clipping "
    + "(clip: 1.0); checkpoints made before it stay as they are"
}

extension Duration {
  /// The duration in seconds.
  package var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
