import Corpora
import Graphs
import Training

/// A run with all that trains it: no plugin is asked any more, so that it can train on any thread.
struct PreparedRun: Sendable {
  let run: StudyRun
  let length: RunLength
  let id: String
  /// The id of the run whose final weights it starts from.
  let source: String?
  let graphs: TrainingGraphs
  let batches: BatchSource
  let evaluationSets: [EvaluationSet]
  let configuration: TrainingConfiguration
  let beginning: RunStart
  let folder: RunFolder
  /// What each thread of the engine could do at most; nil if not known.
  let peakOfThread: Double?

  /// Trains the run to its end.
  ///
  /// - Parameters:
  ///   - engine: What runs its graphs.
  ///   - share: How many of the engine's threads it has.
  ///   - work: What is left of the study.
  ///   - watch: Told how far it is; asked whether to stop.
  /// - Returns: Its last checkpoint, and what it trained on.
  /// - Throws: ``TrainingError``, `interrupted` where it was asked to stop.
  func train(
    on engine: any Engine, _ share: ThreadShare, _ work: RemainingWork, _ watch: StudyWatch
  ) throws(TrainingError) -> TrainedRun {
    let loop = TrainingLoop(
      graphs: graphs, configuration: configuration, batches: batches,
      evaluationSets: evaluationSets, engine: engine.beside(share))
    let clock = ContinuousClock()
    var threads = MeanThreads(since: clock.now)
    let checkpoint = try loop.run(from: beginning, isCancelled: { watch.isStopped }) { progress in
      if let evaluation = progress.evaluation { folder.log(evaluation) }
      threads.note(share.threads, at: clock.now)
      watch.report(
        progress, of: run.name,
        shareOfPeak: shareOfPeak(progress, threads.mean),
        secondsLeft: work.advance(
          run.name, to: length.ownFraction(ofStep: progress.step), at: clock.now))
    }
    return TrainedRun(checkpoint: checkpoint, threads: threads.mean)
  }

  /// How near updates come to what its threads could do; nil before the first, and without a peak.
  private func shareOfPeak(_ progress: TrainingProgress, _ threads: Double?) -> Double? {
    guard let peakOfThread, let threads, progress.tokens > 0 else { return nil }
    let flopsPerToken =
      Double(graphs.stepFLOPs) * Double(progress.step) / Double(progress.tokens)
    return progress.tokensPerSecond * flopsPerToken / (peakOfThread * threads)
  }
}

/// What training a run gave.
struct TrainedRun: Sendable {
  var checkpoint: CheckpointStore.Checkpoint
  /// The threads that it had on average; nil where there was nothing to train.
  var threads: Double?
}

/// The mean over time of a number of threads that changes.
private struct MeanThreads {
  private var seen: ContinuousClock.Instant
  private var seconds = 0.0
  private var threadSeconds = 0.0

  init(since start: ContinuousClock.Instant) { seen = start }

  /// Nil before any time has passed.
  var mean: Double? { seconds > 0 ? threadSeconds / seconds : nil }

  /// Notes that the time up to now had a number of threads.
  mutating func note(_ threads: Int, at now: ContinuousClock.Instant) {
    let passed = (now - seen).seconds
    seconds += passed
    threadSeconds += passed * Double(threads)
    seen = now
  }
}
