import Synchronization
import Training

/// The FLOPs that a study still has to do, and how fast it does them, however many runs train at once.
final class RemainingWork: Sendable {
  private struct State {
    var left: [RunName: Double]
    /// The runs of which this process did some work.
    var begun: Set<RunName> = []
    var began: ContinuousClock.Instant?
    var done = 0.0
  }

  /// Training and evaluations of each run, but for what its trunk does.
  private let total: [RunName: Double]
  private let state: Mutex<State>

  init(_ plan: ExperimentPlan) {
    total = Dictionary(
      uniqueKeysWithValues: plan.runs.map { run in
        (run.name, (run.exactFLOPs + (run.evaluationFLOPs ?? 0)) * run.ownPart)
      })
    state = Mutex(State(left: total))
  }

  /// Notes that nothing of a run is left.
  func finish(_ run: RunName) { state.withLock { $0.left[run] = 0 } }

  /// Notes how much of a run that trains is done, in 0...1.
  ///
  /// - Returns: The seconds for all that is left at the speed so far; nil before any was measured.
  func advance(_ run: RunName, to fraction: Double, at now: ContinuousClock.Instant) -> Double? {
    state.withLock { state in
      let after = (total[run] ?? 0) * (1 - fraction)
      // What lies before the first report may have been done by an earlier process.
      if !state.begun.insert(run).inserted { state.done += (state.left[run] ?? 0) - after }
      state.left[run] = after
      guard let began = state.began else {
        state.began = now
        return nil
      }
      guard state.done > 0 else { return nil }
      return state.left.values.reduce(0, +) * (now - began).seconds / state.done
    }
  }
}
