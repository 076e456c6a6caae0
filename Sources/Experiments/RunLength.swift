import Pipelines
import Training

/// How long a run is, and how much of it is also the beginning of a longer one.
///
/// A branch takes its data and its warm-up from the run that it branches off, its trunk, as if it were
/// that run, and then decays on its own. So all before its decay is the same in both, to the bit.
struct RunLength: Hashable {
  /// Sequences trained on.
  let sequences: Int
  /// Updates.
  let steps: Int
  /// Of a branch the sequences of its trunk.
  let trunkSequences: Int?
  /// The updates of the run whose warm-up it has: the trunk of a branch, else the run itself.
  let trunkSteps: Int
  /// Of a branch the updates before its decay, which its trunk makes too; else 0.
  let sharedSteps: Int

  /// The length of a run.
  ///
  /// - Throws: ``ExperimentError`` with `pipeline` if it is too long, or too short for a branch.
  init(of run: StudyRun) throws(ExperimentError) {
    try self.init(run, run.stage.budget, trunk: run.trunk?.budget)
  }

  /// The lengths of the runs that branch off a run.
  ///
  /// - Throws: ``ExperimentError`` with `pipeline` as the initializer does.
  static func branches(of trunk: StudyRun) throws(ExperimentError) -> [RunLength] {
    var lengths: [RunLength] = []
    for budget in trunk.branches {
      lengths.append(try RunLength(trunk, budget, trunk: trunk.stage.budget))
    }
    return lengths
  }

  private init(
    _ run: StudyRun, _ budget: TokenBudget, trunk: TokenBudget?
  ) throws(ExperimentError) {
    let context = run.pipeline.model.context
    let rows = run.pipeline.batch.tokens / context
    func steps(_ sequences: Int) -> Int { (sequences + rows - 1) / rows }

    sequences = try run.stage.sequences(of: run.model, budget: budget, context: context)
    self.steps = steps(sequences)
    guard let trunk else {
      (trunkSequences, trunkSteps, sharedSteps) = (nil, self.steps, 0)
      return
    }
    let whole = try run.stage.sequences(of: run.model, budget: trunk, context: context)
    (trunkSequences, trunkSteps) = (whole, steps(whole))
    let schedule = run.stage.optimizer.schedule
    let warmup = schedule.warmupUpdates(of: trunkSteps)
    let decay = schedule.decayUpdates(of: self.steps)
    let place =
      "stages.\(run.stage.name).tokens: \(self.steps) updates of the model of size \(run.model.size)"
    guard decay > 0 else {
      throw ExperimentError(
        .pipeline,
        "\(place) leave a branch none to decay in, which is all that it trains; give it more tokens, "
          + "raise decay, or write branches: false")
    }
    guard warmup + decay <= self.steps else {
      throw ExperimentError(
        .pipeline,
        "\(place) are too few for a branch: the run that it branches off warms up for \(warmup), and "
          + "its own decay takes \(decay); give it more tokens, or lower warmup or decay")
    }
    sharedSteps = self.steps - decay
  }

  /// After how many updates to evaluate: a branch has its trunk's evaluations as far as it shares the
  /// updates, and one at its end.
  func evaluationSteps(points: Int) -> [Int] {
    let steps = TrainingConfiguration.evaluationSteps(points: points, updates: trunkSteps)
    return trunkSequences == nil ? steps : steps.filter { $0 <= sharedSteps } + [self.steps]
  }

  /// How much of what only this run does is done after an update.
  func ownFraction(ofStep step: Int) -> Double {
    Double(max(0, step - sharedSteps)) / Double(steps - sharedSteps)
  }
}
