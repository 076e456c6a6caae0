import Graphs

/// Wall-clock seconds of a run by what they were spent on; together all of its time.
package struct TimeUse: Hashable, Sendable, Codable {
  /// Drawing batches to train on.
  package var data = 0.0
  /// In the engine, for the loss.
  package var forward = 0.0
  /// In the engine, for the gradients.
  package var backward = 0.0
  /// In the engine, for clipping and the optimizer.
  package var update = 0.0
  package var evaluation = 0.0
  /// Writing checkpoints, but for the last: that is written before its own time is known.
  package var saving = 0.0
  /// Preparing the run, moving batches into the engine, telling of progress.
  package var other = 0.0

  package init() {}

  package var total: Double { data + forward + backward + update + evaluation + saving + other }
}

/// Divides the time of a run among what it is spent on.
struct RunTimer {
  private let programs: TrainingPrograms
  private let now: () -> ContinuousClock.Instant
  /// With the engine's work on updates in `other`.
  private var laps: TimeUse
  private var mark: ContinuousClock.Instant

  /// Starts to measure.
  ///
  /// - Parameters:
  ///   - state: What the run has used in earlier processes. The time of a version of cpt-host that
  ///     did not divide it counts as `other`.
  ///   - programs: Those of the run, which have not run yet.
  ///   - start: When this process began with the run.
  ///   - now: Reads the clock.
  init(
    _ state: RunState, _ programs: TrainingPrograms, since start: ContinuousClock.Instant,
    now: @escaping () -> ContinuousClock.Instant
  ) {
    self.programs = programs
    self.now = now
    laps = state.timeUse ?? TimeUse()
    if state.timeUse == nil { laps.other = state.totalSeconds }
    mark = start
  }

  /// Counts the time since the lap before to a part.
  mutating func lap(_ part: WritableKeyPath<TimeUse, Double>) {
    let instant = now()
    laps[keyPath: part] += (instant - mark).seconds
    mark = instant
  }

  /// Until the last lap.
  var timeUse: TimeUse {
    var use = laps
    let sections: KeyValuePairs<Graph.Section, WritableKeyPath<TimeUse, Double>> = [
      .forward: \.forward, .backward: \.backward, .update: \.update,
    ]
    for (section, part) in sections {
      let seconds = programs.updateDuration(of: section).seconds
      use[keyPath: part] += seconds
      use.other -= seconds
    }
    return use
  }
}
