import CWorker
import PluginSDK

/// Why the host ended a worker.
enum WorkerVerdict: Hashable, Sendable {
  /// It asked for nothing for too long.
  case silent(Duration)
  /// What it wrote makes no sense.
  case garbled
}

extension WorkerEnd {
  /// What happened to a worker and what to do, for the person who runs the pipeline.
  ///
  /// - Parameters:
  ///   - phrase: When it happened.
  ///   - verdict: Why the host ended it; nil if it ended by itself.
  ///   - memoryLimit: The bytes that it might ask for.
  /// - Returns: Half a sentence that follows the plugin's name.
  func explanation(_ phrase: String, _ verdict: WorkerVerdict?, memoryLimit: UInt64) -> String {
    "its worker process \(event(verdict)) \(phrase); \(advice(verdict, memoryLimit))"
  }

  private func event(_ verdict: WorkerVerdict?) -> String {
    switch verdict {
    case .silent(let silence):
      return "asked the host for nothing for \(silence.components.seconds) seconds and was ended"
    case .garbled:
      return "was ended because it had overwritten memory that is not its own"
    case nil:
      let signal = worker_signal(status)
      guard signal != 0 else {
        return "ended itself with exit status \(worker_exit_status(status))"
      }
      let name = unsafe worker_signal_name(signal).map { unsafe "SIG" + String(cString: $0) }
      return "was ended by signal \(signal)" + (name.map { " (\($0))" } ?? "")
    }
  }

  private func advice(_ verdict: WorkerVerdict?, _ memoryLimit: UInt64) -> String {
    let again = "mend the plugin or use another, then give the same command again"
    if case .silent = verdict {
      return
        "a long call has to ask whether to stop: \(again), or allow it more time with "
        + "'worker_deadline' under 'plugins' in the pipeline"
    }
    if verdict == nil, hasFilled(memoryLimit) {
      return
        "it held \(peakByteCount >> 20) MiB of the \(memoryLimit >> 20) MiB that it may: allow it "
        + "more with 'worker_memory' under 'plugins' in the pipeline, or \(again)"
    }
    if verdict == nil, worker_signal(status) == 0 {
      return "a plugin answers with a status and never ends its process: \(again)"
    }
    return "nothing but this plugin has failed: \(again)"
  }

  /// Whether memory is the likely reason: most of what it may ask for was held.
  private func hasFilled(_ memoryLimit: UInt64) -> Bool {
    peakByteCount >= memoryLimit / 8 * 7
  }
}
