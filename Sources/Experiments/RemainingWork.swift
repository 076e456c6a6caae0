import Training

/// The FLOPs that a study still has to do, and how fast it does them.
struct RemainingWork {
  /// Training and evaluations of each run, but for what its trunk does.
  private let total: [RunName: Double]
  private var left: [RunName: Double]
  private var done = 0.0
  private var seconds = 0.0

  init(_ plan: ExperimentPlan) {
    total = Dictionary(
      uniqueKeysWithValues: plan.runs.map { run in
        (run.name, (run.exactFLOPs + (run.evaluationFLOPs ?? 0)) * run.ownPart)
      })
    left = total
  }

  /// Notes how much of a run is done, in 0...1; gives the FLOPs that this took off.
  @discardableResult
  mutating func setDone(_ run: RunName, fraction: Double) -> Double {
    let before = left[run] ?? 0
    let after = (total[run] ?? 0) * (1 - fraction)
    left[run] = after
    return before - after
  }

  /// Counts work that was done now, for the speed.
  mutating func count(_ flops: Double, in duration: Duration) {
    done += flops
    seconds += duration.seconds
  }

  /// The seconds for all that is left at the speed so far; nil before any work was counted.
  var secondsLeft: Double? {
    guard done > 0, seconds > 0 else { return nil }
    return left.values.reduce(0, +) * seconds / done
  }
}
