import Graphs
import Training

/// How fast a run was and where its time went: what differs from machine to machine and from one time
/// to the next while all other numbers of the run stay as they are.
package struct SpeedRecord: Codable, Sendable, Hashable {
  /// What a run spends time on, in the order of a step.
  package enum Part: String, Codable, CodingKeyRepresentable, Sendable, CaseIterable {
    /// Drawing batches to train on.
    case data
    /// The loss.
    case forward
    /// The gradients.
    case backward
    /// Clipping and the optimizer.
    case update
    case evaluation
    /// Writing checkpoints, but for the last.
    case saving
    case other
  }

  /// The engine's own line, of the process that ended the run.
  package var engine: String
  /// The threads of the engine that the run had on average in that process, beside other runs; nil
  /// where a version wrote it that trained one run at a time, on all of them.
  package var threads: Double?
  /// The float32 operations a second that these threads could do at most, by what all of the engine's
  /// reached in that process; nil where the engine does not compute in float32.
  package var peakFLOPsPerSecond: Double?
  /// The exact FLOPs over the seconds of updates, over the peak.
  package var shareOfPeak: Double?
  /// Wall-clock seconds of each part; together those of the run.
  package var secondsByPart: [Part: Double]

  package init(
    engine: String, threads: Double? = nil, peakFLOPsPerSecond: Double?, shareOfPeak: Double?,
    secondsByPart: [Part: Double]
  ) {
    self.engine = engine
    self.threads = threads
    self.peakFLOPsPerSecond = peakFLOPsPerSecond
    self.shareOfPeak = shareOfPeak
    self.secondsByPart = secondsByPart
  }
}

extension SpeedRecord {
  /// Says how fast a finished run was; nil where its checkpoint does not say what took how long.
  ///
  /// - Parameters:
  ///   - state: Where the run ended.
  ///   - exactFLOPs: Of its training.
  ///   - engine: What computed.
  ///   - threads: The threads that it had on average; nil where this process trained nothing of it.
  ///   - peakOfThread: What each thread of the engine could do at most; nil if not known.
  init?(
    _ state: RunState, exactFLOPs: Double, engine: any Engine, threads: Double?,
    peakOfThread: Double?
  ) {
    guard let use = state.timeUse else { return nil }
    let peak = peakOfThread.map { $0 * (threads ?? Double(engine.threads)) }
    self.init(
      engine: engine.description, threads: threads, peakFLOPsPerSecond: peak,
      shareOfPeak: peak.flatMap { peak in
        state.trainingSeconds > 0 ? exactFLOPs / state.trainingSeconds / peak : nil
      },
      secondsByPart: [
        .data: use.data, .forward: use.forward, .backward: use.backward, .update: use.update,
        .evaluation: use.evaluation, .saving: use.saving, .other: use.other,
      ])
  }
}
