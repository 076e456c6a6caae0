/// What a study is doing, told often while it runs.
package struct ExperimentProgress: Hashable, Sendable {
  /// A part of a study.
  package enum Part: Hashable, Sendable, CustomStringConvertible {
    case hashing(corpus: String)
    case trainingTokenizer
    case tokenizing(corpus: String)
    case training(RunName)
    /// Found finished; nothing is trained.
    case reusing(RunName)
    case fitting(law: String)

    /// The part in a few words.
    package var description: String {
      switch self {
      case .hashing(let corpus): "reading \(corpus)"
      case .trainingTokenizer: "training the tokenizer"
      case .tokenizing(let corpus): "tokenising \(corpus)"
      case .training(let run): "training \(run)"
      case .reusing(let run): "found \(run)"
      case .fitting(let law): "fitting \(law)"
      }
    }
  }

  package var part: Part
  /// How much of the part is done, in 0...1; nil where that is not known.
  package var fraction: Double?
  /// Runs that are finished, and how many the study has.
  package var finishedRuns: Int
  package var runs: Int
  /// Of the run that is training.
  package var tokensPerSecond: Double?
  /// Of that run: its FLOPs a second over those that the engine could do at most.
  package var shareOfPeak: Double?
  /// Of the last update, nats a token.
  package var loss: Double?
  /// For all runs of the study, from the speed so far; nil before anything is measured.
  package var secondsLeft: Double?

  init(
    _ part: Part, fraction: Double? = nil, finishedRuns: Int = 0, runs: Int,
    tokensPerSecond: Double? = nil, shareOfPeak: Double? = nil, loss: Double? = nil,
    secondsLeft: Double? = nil
  ) {
    self.part = part
    self.fraction = fraction
    self.finishedRuns = finishedRuns
    self.runs = runs
    self.tokensPerSecond = tokensPerSecond
    self.shareOfPeak = shareOfPeak
    self.loss = loss
    self.secondsLeft = secondsLeft
  }
}
