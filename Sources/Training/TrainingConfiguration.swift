package import Graphs

/// What a run does, beside its graphs and its data.
package struct TrainingConfiguration: Hashable, Sendable {
  /// The run's content identity.
  package var identity: String
  /// The seed of the parameters' first values.
  package var seed: UInt64
  /// The learning rate of every update; its updates are those of the run.
  package var schedule: LearningRateSchedule
  /// After how many updates to evaluate, ascending; 0 is before the first.
  package var evaluationSteps: [Int]
  /// Updates from one point of the training curve to the next.
  package var curveInterval: Int
  /// How the engine runs the graphs.
  package var compileOptions: CompileOptions
  /// Where the checkpoints go.
  package var checkpointFolder: String
  /// How long a run may go on without a checkpoint; when they are made changes no result.
  package var checkpointInterval: Duration
  /// After how many updates to keep a checkpoint that another run can start from.
  package var keptSteps: Set<Int>
  /// Where those go.
  package var keptFolder: String

  package init(
    identity: String, seed: UInt64, schedule: LearningRateSchedule, evaluationSteps: [Int],
    curveInterval: Int, compileOptions: CompileOptions,
    checkpointFolder: String, checkpointInterval: Duration, keptSteps: Set<Int> = [],
    keptFolder: String = ""
  ) {
    precondition(curveInterval > 0, "a curve with a point every \(curveInterval) updates")
    self.identity = identity
    self.seed = seed
    self.schedule = schedule
    self.evaluationSteps = evaluationSteps
    self.curveInterval = curveInterval
    self.compileOptions = compileOptions
    self.checkpointFolder = checkpointFolder
    self.checkpointInterval = checkpointInterval
    self.keptSteps = keptSteps
    self.keptFolder = keptFolder
  }

  /// Evaluations spread evenly over a run: one at its start, `points` more, the last at its end.
  ///
  /// A run of fewer updates than points is evaluated after each of them.
  package static func evaluationSteps(points: Int, updates: Int) -> [Int] {
    guard points > 0 else { return [0, updates] }
    var steps: [Int] = []
    for point in 0...points {
      let step = Int((Double(updates) * Double(point) / Double(points)).rounded())
      if steps.last != step { steps.append(step) }
    }
    return steps
  }
}

/// Where a run that has no checkpoint yet starts.
package enum RunStart: Sendable {
  /// With parameters drawn from the seed.
  case drawn
  /// With the parameters in the `model.safetensors` of a model of the same shape.
  case parameters(file: String)
  /// Within another run whose first updates are its own too, at a checkpoint that was kept there.
  case branch(CheckpointStore.Checkpoint)
}

/// How far a run has come, after every update and every evaluation.
package struct TrainingProgress: Hashable, Sendable {
  /// Updates done.
  package var step: Int
  /// Updates of the whole run.
  package var steps: Int
  /// Tokens trained on.
  package var tokens: Int
  /// While updating, since the run was started or taken up again; 0 before the first update.
  package var tokensPerSecond: Double
  /// The loss of the last update, nats a token.
  package var loss: Double?
  /// The evaluation that has just been made.
  package var evaluation: Evaluation?
}
