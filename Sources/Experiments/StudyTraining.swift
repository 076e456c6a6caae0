import Dispatch
import Foundation
import Graphs
import Synchronization

/// Trains the runs of a study, as many side by side as their queue allows.
///
/// Each trains on a thread of its own. All else is done on the caller's, so that plugins and the
/// database are asked by one thread only.
struct StudyTraining {
  private let runner: StageRunner
  private let runs: [RunName: StudyRun]
  private let work: RemainingWork
  private var queue: RunQueue
  private var training: [RunName: (run: PreparedRun, share: ThreadShare)] = [:]
  private var finished: [RunName: FinishedRun] = [:]
  /// Why the study cannot go on: the first failure of a run, or else its interruption.
  private var failure: (any Error)?

  /// Joins runs with what trains them.
  ///
  /// - Parameters:
  ///   - runs: The runs, none before those that it starts from.
  ///   - plan: What they take.
  ///   - jobs: How many may train at once.
  ///   - available: The memory that they share; nil if not known.
  ///   - runner: Prepares them and stores what came out.
  init(
    _ runs: [StudyRun], _ plan: ExperimentPlan, jobs: Int, available: AvailableMemory?,
    runner: StageRunner
  ) {
    self.runner = runner
    self.runs = Dictionary(uniqueKeysWithValues: runs.map { ($0.name, $0) })
    work = RemainingWork(plan)
    queue = RunQueue(
      runs, plan, threads: runner.engine.threads, jobs: jobs, available: available)
  }

  /// Trains them all.
  ///
  /// Where one fails or is interrupted the others save what they have and stop.
  ///
  /// - Throws: ``ExperimentError``, the errors of data and plugins.
  mutating func run() throws {
    let ends = Ends()
    while !queue.isEmpty {
      while failure == nil, let name = queue.next() { begin(name, ends) }
      guard !training.isEmpty else { break }
      let (name, outcome) = ends.next()
      end(name, outcome)
    }
    if let failure { throw failure }
  }

  /// Starts a run, unless it is there already.
  private mutating func begin(_ name: RunName, _ ends: Ends) {
    guard let run = runs[name] else { preconditionFailure("the run '\(name)' is not queued") }
    do {
      let preparation = try runner.prepare(
        run, continuing: run.source.flatMap { finished[$0] },
        branchingOff: run.trunk.flatMap { finished[$0.name] })
      switch preparation {
      case .finished(let run): conclude(name, run)
      case .open(let prepared):
        let share = ThreadShare(1)
        training[name] = (prepared, share)
        shareOutThreads()
        start(prepared, share, ends)
      }
    } catch {
      fail(name, error)
    }
  }

  private func start(_ run: PreparedRun, _ share: ThreadShare, _ ends: Ends) {
    let (engine, work, watch) = (runner.engine, work, runner.watch)
    let thread = Thread {
      ends.add(run.run.name, Result { try run.train(on: engine, share, work, watch) })
    }
    // That of the main thread, where the same graphs are compiled for a plan.
    thread.stackSize = 8 << 20
    thread.start()
  }

  private mutating func end(_ name: RunName, _ outcome: Result<TrainedRun, any Error>) {
    guard let prepared = training.removeValue(forKey: name)?.run else {
      preconditionFailure("the run '\(name)' ended twice")
    }
    do {
      conclude(name, try runner.conclude(prepared, outcome))
    } catch {
      fail(name, error)
    }
    shareOutThreads()
  }

  private mutating func conclude(_ name: RunName, _ run: FinishedRun) {
    finished[name] = run
    work.finish(name)
    queue.finish(name)
    runner.watch.end(name, isFinished: true)
  }

  private mutating func fail(_ name: RunName, _ error: any Error) {
    queue.finish(name)
    runner.watch.end(name, isFinished: false)
    runner.watch.fail()
    let known = failure as? ExperimentError
    if failure == nil || known?.code == .interrupted { failure = error }
  }

  private func shareOutThreads() {
    for (name, threads) in queue.shares { training[name]?.share.threads = threads }
  }
}

/// The runs that have ended and were not looked at yet.
private final class Ends: Sendable {
  private typealias End = (run: RunName, outcome: Result<TrainedRun, any Error>)

  private let waiting = Mutex<[End]>([])
  private let count = DispatchSemaphore(value: 0)

  func add(_ run: RunName, _ outcome: Result<TrainedRun, any Error>) {
    waiting.withLock { $0.append((run, outcome)) }
    count.signal()
  }

  /// The run that ended first; waits for one.
  func next() -> (run: RunName, outcome: Result<TrainedRun, any Error>) {
    count.wait()
    return waiting.withLock { $0.removeFirst() }
  }
}
