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
  /// The runs that train at the moment, side by side, the oldest first.
  package var training: [RunName]
  /// Of the run that is training.
  package var tokensPerSecond: Double?
  /// Of that run: its FLOPs a second over those that its part of the engine could do at most.
  package var shareOfPeak: Double?
  /// Of its last update, nats a token.
  package var loss: Double?
  /// For all runs of the study, from the speed so far; nil before anything is measured.
  package var secondsLeft: Double?

  init(_ part: Part, finishedRuns: Int, runs: Int, training: [RunName]) {
    self.part = part
    self.finishedRuns = finishedRuns
    self.runs = runs
    self.training = training
  }
}
