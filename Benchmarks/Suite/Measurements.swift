import Timing

/// Everything that a run of the suite measured; `Benchmarks/README.md` describes the JSON.
struct Measurements: Codable {
  static let format = 1
  var format = Measurements.format
  var machine: MachineMeasurement
  var training: [TrainingMeasurement] = []
  var operations: [OperationMeasurement] = []
  var data: [DataMeasurement] = []
}

/// What the machine can do at most.
struct MachineMeasurement: Codable {
  var engine: String
  var threads: Int
  /// float32 operations a second, on so many threads.
  var peakFLOPs: Double
  /// On one thread.
  var peakFLOPsOfOneThread: Double
  /// Bytes a second, read and written added up.
  var copiedBytesPerSecond: Double
  /// Bytes a second.
  var readBytesPerSecond: Double

  /// float32 operations a second on a number of threads.
  func peak(threads: Int) -> Double { threads == 1 ? peakFLOPsOfOneThread : peakFLOPs }
}

/// Something a second, over repetitions.
struct Rate: Codable {
  var median: Double
  var best: Double

  /// The rates of repetitions that each did a given amount.
  ///
  /// - Precondition: There is a repetition.
  init(of amount: Int, seconds: [Double]) {
    precondition(!seconds.isEmpty, "a rate of nothing")
    median = Double(amount) / seconds.median
    best = Double(amount) / (seconds.min() ?? .infinity)
  }
}

/// What one training step costs in a process of its own.
struct TrainingMeasurement: Codable {
  /// Seconds from the start of the process.
  struct Start: Codable {
    /// Until the program's first line.
    var process: Double
    /// Finding, reading and opening the plugins.
    var plugins: Double
    /// Describing the model, its derivative and its update, and the evaluation.
    var description: Double
    var compilation: Double
    var evaluationCompilation: Double
    /// Drawing the parameters.
    var initialization: Double
    /// Until the first step began.
    var total: Double
    /// The first step itself.
    var firstStep: Double
  }

  /// The steps of the plan that compute the same operations with results of one shape.
  struct Part: Codable {
    var operations: [String]
    var shape: [Int]
    var section: String
    /// How many there are.
    var count: Int
    /// Of all of them in one training step.
    var seconds: Double
    var matrixFLOPs: Int
    var bytes: Int
  }

  var model: ModelCase
  var threads: Int
  /// How many were timed.
  var steps: Int
  var tokensPerSecond: Rate
  /// By the convention of ``ModelCase/matrixFLOPsPerToken``, at the median.
  var matrixFLOPsPerSecond: Double
  /// Of the peak of as many threads; nil where that was not measured.
  var shareOfPeak: Double?
  /// float32 operations a second that the threads reached between the steps, the median.
  var peakMeanwhile: Double
  /// Of what they reached before and after each step, the median.
  var shareOfPeakMeanwhile: Double
  /// Of the process, in bytes.
  var peakMemory: Int
  /// Of the compiled step and evaluation, beside the variables.
  var workingMemory: Int
  /// Parameters and optimizer states.
  var variableMemory: Int
  var start: Start
  /// The seconds of a step by section, and `other` for what is between the plan's steps.
  var sections: [String: Double]
  /// By the time they took, longest first.
  var parts: [Part]
  var firstLoss: Double
  var lastLoss: Double
  /// The part of the machine that other processes took.
  var othersShare: Double
}

/// What bounds the speed of an operation.
enum Bound: String, Codable {
  case arithmetic
  case memory
}

/// One operation of a model, alone.
struct OperationMeasurement: Codable {
  var name: String
  /// The model that has it.
  var model: String
  var shape: [Int]
  var bound: Bound
  var repetitions: Int
  var medianSeconds: Double
  var bestSeconds: Double
  /// Of matrix products.
  var matrixFLOPs: Int
  /// What must be read and written at least.
  var bytes: Int
  /// Of the peak or of the bandwidth of copying, as the bound says, at the median.
  var share: Double
  var othersShare: Double
}

/// A task beside the engine.
struct DataMeasurement: Codable {
  var name: String
  var threads: Int
  var repetitions: Int
  var medianSeconds: Double
  var bestSeconds: Double
  /// By unit, at the median: `MB/s`, `tokens/s`.
  var rates: [String: Double]
  /// Counts that tell whether the task was the same: tokens, evaluations.
  var counts: [String: Int]
  var othersShare: Double
}
