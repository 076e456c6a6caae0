import Foundation
import Training

/// What a running study tells and is told: progress, the wish to stop, and how long parts took.
///
/// `@unchecked Sendable`: runs that train side by side tell of themselves at any time; a lock has them
/// take turns, so that who listens hears one after the other.
final class StudyWatch: @unchecked Sendable {
  private let isCancelled: () -> Bool
  private let progress: (ExperimentProgress) -> Void
  private let database: RunDatabase
  private let clock = ContinuousClock()
  private let lock = NSLock()
  private var runs = 0
  private var finishedRuns = 0
  /// The oldest first.
  private var training: [RunName] = []
  private var hasFailed = false

  init(
    database: RunDatabase, isCancelled: @escaping () -> Bool,
    progress: @escaping (ExperimentProgress) -> Void
  ) {
    self.database = database
    self.isCancelled = isCancelled
    self.progress = progress
  }

  /// Whether runs that train should save what they have and stop.
  var isStopped: Bool { lock.withLock { hasFailed || isCancelled() } }

  /// Notes how many runs the study has.
  func expect(runs: Int) { lock.withLock { self.runs = runs } }

  /// Notes that a run is done, or has stopped.
  func end(_ run: RunName, isFinished: Bool) {
    lock.withLock {
      training.removeAll { $0 == run }
      if isFinished { finishedRuns += 1 }
    }
  }

  /// Has the runs that train stop, because one of them failed.
  func fail() { lock.withLock { hasFailed = true } }

  /// Tells that a part begins.
  ///
  /// - Throws: ``ExperimentError`` with `interrupted`.
  func begin(_ part: ExperimentProgress.Part) throws(ExperimentError) {
    if case .training(let run) = part { lock.withLock { training.append(run) } }
    try update(part, fraction: nil)
  }

  /// Tells how far a part is.
  ///
  /// - Throws: ``ExperimentError`` with `interrupted`.
  func update(_ part: ExperimentProgress.Part, fraction: Double?) throws(ExperimentError) {
    let isInterrupted = lock.withLock {
      if isCancelled() { return true }
      tell(part) { $0.fraction = fraction }
      return false
    }
    if isInterrupted {
      throw ExperimentError(
        .interrupted, "stopped while \(part); run the same command again to go on")
    }
  }

  /// Passes on a run's progress.
  func report(
    _ state: TrainingProgress, of run: RunName, shareOfPeak: Double?, secondsLeft: Double?
  ) {
    lock.withLock {
      tell(.training(run)) { progress in
        progress.fraction = Double(state.step) / Double(max(1, state.steps))
        progress.tokensPerSecond = state.tokensPerSecond
        progress.shareOfPeak = shareOfPeak
        progress.loss = state.loss
        progress.secondsLeft = secondsLeft
      }
    }
  }

  /// Tells of a part; the lock must be held.
  private func tell(
    _ part: ExperimentProgress.Part, _ complete: (inout ExperimentProgress) -> Void
  ) {
    var state = ExperimentProgress(
      part, finishedRuns: finishedRuns, runs: runs, training: training)
    complete(&state)
    progress(state)
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
