/// Which runs of a study may train now, and how many threads each takes.
///
/// A run waits for those that it starts from or branches off, and for memory beside those that train.
/// Two runs on one thread each get more done than one on two, because nothing waits for anything; so
/// as many train as there are threads, and those that are left at the end share the threads.
package struct RunQueue {
  /// A run that is still to be trained.
  package struct Entry {
    package var name: RunName
    /// The runs that have to be finished before.
    package var requirements: [RunName]
    /// The memory that it takes.
    package var byteCount: Int

    package init(_ name: RunName, after requirements: [RunName] = [], byteCount: Int) {
      self.name = name
      self.requirements = requirements
      self.byteCount = byteCount
    }
  }

  /// In the order of the study.
  private var waiting: [Entry]
  /// The oldest first.
  private var training: [Entry] = []
  private let threads: Int
  private let jobs: Int
  private let available: Int?

  /// Lines up runs.
  ///
  /// - Parameters:
  ///   - runs: The runs, none before those that it requires.
  ///   - threads: The threads that they share.
  ///   - jobs: How many may train at once.
  ///   - available: The memory that they share, in bytes; nil if not known.
  package init(_ runs: [Entry], threads: Int, jobs: Int, available: Int?) {
    waiting = runs
    self.threads = threads
    self.jobs = max(1, min(jobs, threads))
    self.available = available
  }

  /// Whether nothing waits and nothing trains.
  package var isEmpty: Bool { waiting.isEmpty && training.isEmpty }

  /// Takes the next run that may train now; nil where the others have to wait.
  ///
  /// A run alone has all the memory there is, whether that is enough or not.
  package mutating func next() -> RunName? {
    guard training.count < jobs else { return nil }
    let unfinished = Set((waiting + training).map(\.name))
    let taken = training.reduce(0) { $0 + $1.byteCount }
    let place = waiting.firstIndex { run in
      let fits = available.map { taken + run.byteCount <= $0 } ?? true
      return unfinished.isDisjoint(with: run.requirements) && (fits || training.isEmpty)
    }
    guard let place else { return nil }
    let run = waiting.remove(at: place)
    training.append(run)
    return run.name
  }

  /// Notes that a run is done.
  package mutating func finish(_ run: RunName) { training.removeAll { $0.name == run } }

  /// The threads of each run that trains; what does not divide goes to the oldest.
  package var shares: [(run: RunName, threads: Int)] {
    training.enumerated().map { place, run in
      (run.name, threads / training.count + (place < threads % training.count ? 1 : 0))
    }
  }
}
