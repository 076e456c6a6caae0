/// Everything about a run that is not a tensor: with a checkpoint's tensors it says where to go on.
package struct RunState: Hashable, Sendable, Codable {
  /// The run's content identity.
  package var identity: String
  /// Updates done.
  package var step: Int
  /// Tokens trained on.
  package var tokens: Int
  /// Tokens trained on from each source, in the order of the mixer.
  package var sourceTokens: [Int]
  /// The training losses since the last point of the curve, added up.
  package var pendingLoss: Double
  /// How many they are.
  package var pendingSteps: Int
  package var curve: [CurvePoint]
  package var evaluations: [Evaluation]
  /// Wall-clock seconds spent on updates, the drawing of their batches included.
  package var trainingSeconds: Double
  /// Wall-clock seconds of the run until its last checkpoint.
  package var totalSeconds: Double
  /// What they were spent on; nil where an earlier version of cpt-host trained all of the run.
  package var timeUse: TimeUse?

  /// The state of a run that has not begun.
  package init(identity: String, sourceCount: Int) {
    self.identity = identity
    step = 0
    tokens = 0
    sourceTokens = Array(repeating: 0, count: sourceCount)
    pendingLoss = 0
    pendingSteps = 0
    curve = []
    evaluations = []
    trainingSeconds = 0
    totalSeconds = 0
    timeUse = TimeUse()
  }

  /// Tokens a second while updating; 0 before the first update.
  package var tokensPerSecond: Double {
    trainingSeconds > 0 ? Double(tokens) / trainingSeconds : 0
  }
}

/// The mean training loss over the updates since the point before.
package struct CurvePoint: Hashable, Sendable, Codable {
  /// Updates done.
  package var step: Int
  /// Nats a token.
  package var loss: Double
  /// Of the last of these updates.
  package var learningRate: Double
  /// Of the last of these updates, before clipping.
  package var gradientNorm: Double

  package init(step: Int, loss: Double, learningRate: Double, gradientNorm: Double) {
    self.step = step
    self.loss = loss
    self.learningRate = learningRate
    self.gradientNorm = gradientNorm
  }
}
