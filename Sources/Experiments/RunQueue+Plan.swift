import Training

/// How long something takes, by the threads that it has.
package struct RunTime: Hashable, Sendable {
  /// How many there are.
  package var threads: Int
  /// Seconds on all of them.
  package var onAll: Double
  /// Seconds on one; nil where it never has so few.
  package var onOne: Double?

  package init(threads: Int, onAll: Double, onOne: Double?) {
    self.threads = threads
    self.onAll = onAll
    self.onOne = onOne
  }

  /// The seconds on some of the threads: a part that threads share, and one that stays.
  package func seconds(threads some: Int) -> Double {
    guard let onOne, threads > 1 else { return onAll }
    let shared = max(0, onOne - onAll) / (1 - 1 / Double(threads))
    return onOne - shared * (1 - 1 / Double(some))
  }

  /// The time of several.
  func times(_ count: Double) -> RunTime {
    RunTime(threads: threads, onAll: onAll * count, onOne: onOne.map { $0 * count })
  }
}

extension RunQueue {
  /// Lines up the runs of a plan.
  ///
  /// - Parameters:
  ///   - studied: The runs, none before those that it starts from.
  ///   - plan: What they take.
  ///   - threads: The threads that they share.
  ///   - jobs: How many may train at once.
  ///   - available: The memory that they share; nil if not known.
  init(
    _ studied: [StudyRun], _ plan: ExperimentPlan, threads: Int, jobs: Int,
    available: AvailableMemory?
  ) {
    let bytes = Dictionary(uniqueKeysWithValues: plan.runs.map { ($0.name, $0.memory.total) })
    self.init(
      studied.map { run in
        Entry(
          run.name, after: [run.source, run.trunk?.name].compactMap { $0 },
          byteCount: bytes[run.name] ?? 0)
      }, threads: threads, jobs: jobs, available: available?.byteCount)
  }

  /// The seconds until all runs are trained, each at the speed of the threads that it has meanwhile.
  ///
  /// - Parameter times: How long each run takes.
  /// - Returns: The seconds from the start of the first to the end of the last.
  package func seconds(_ times: [RunName: RunTime]) -> Double {
    var queue = self
    var passed = 0.0
    var left: [RunName: Double] = [:]
    while !queue.isEmpty {
      while let run = queue.next() { left[run] = 1 }
      let lengths = queue.shares.map { run, threads in
        (run: run, seconds: times[run]?.seconds(threads: threads) ?? 0)
      }
      let ends = lengths.map { (run: $0.run, seconds: (left[$0.run] ?? 0) * $0.seconds) }
      guard let first = ends.min(by: { $0.seconds < $1.seconds }) else { break }
      passed += first.seconds
      for (run, seconds) in lengths where seconds > 0 {
        left[run, default: 0] -= first.seconds / seconds
      }
      left[first.run] = nil
      queue.finish(first.run)
    }
    return passed
  }
}
