import Training

/// What a running study tells and is told: progress, the wish to stop, and how long parts took.
final class StudyWatch {
  private let isCancelled: () -> Bool
  private let progress: (ExperimentProgress) -> Void
  private let database: RunDatabase
  private let clock = ContinuousClock()
  var runs = 0
  var finishedRuns = 0

  init(
    database: RunDatabase, isCancelled: @escaping () -> Bool,
    progress: @escaping (ExperimentProgress) -> Void
  ) {
    self.database = database
    self.isCancelled = isCancelled
    self.progress = progress
  }

  var isStopped: Bool { isCancelled() }

  /// Tells that a part begins.
  ///
  /// - Throws: ``ExperimentError`` with `interrupted`.
  func begin(_ part: ExperimentProgress.Part) throws(ExperimentError) {
    try update(part, fraction: nil)
  }

  /// Tells how far a part is.
  ///
  /// - Throws: ``ExperimentError`` with `interrupted`.
  func update(_ part: ExperimentProgress.Part, fraction: Double?) throws(ExperimentError) {
    guard !isCancelled() else {
      throw ExperimentError(
        .interrupted, "stopped while \(part); run the same command again to go on")
    }
    progress(
      ExperimentProgress(part, fraction: fraction, finishedRuns: finishedRuns, runs: runs))
  }

  /// Passes on a run's progress.
  func report(
    _ training: TrainingProgress, _ part: ExperimentProgress.Part, shareOfPeak: Double?,
    secondsLeft: Double?
  ) {
    progress(
      ExperimentProgress(
        part, fraction: Double(training.step) / Double(max(1, training.steps)),
        finishedRuns: finishedRuns, runs: runs, tokensPerSecond: training.tokensPerSecond,
        shareOfPeak: shareOfPeak, loss: training.loss, secondsLeft: secondsLeft))
  }

  /// Does a part and stores how long it took, unless its result was ready.
  func timed<Result>(_ part: String, _ body: () throws -> (Result, isNew: Bool)) throws -> Result {
    let began = clock.now
    let (result, isNew) = try body()
    if isNew {
      try database.setTiming(TimingRecord(part: part, seconds: (clock.now - began).seconds))
    }
    return result
  }
}
