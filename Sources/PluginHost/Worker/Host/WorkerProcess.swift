import CWorker
import Foundation
import Glibc
import PluginSDK
import Synchronization

/// How a worker process ended.
struct WorkerEnd: Hashable, Sendable {
  /// As `waitpid` gives it.
  var status: CInt
  /// The most memory that it held.
  var peakByteCount: UInt64
}

/// A worker process, from its start until it is reaped.
///
/// A thread of its own starts it, waits for its end and reaps it. The kernel ends a worker with the
/// thread that started it, so the thread has to last as long.
final class WorkerProcess: Sendable {
  private enum State: Sendable {
    case starting
    case running(pid_t)
    case notStarted(CInt)
    case ended(WorkerEnd)
  }

  private let state = Mutex<State>(.starting)
  private let changed = NSCondition()
  private let isOver = Atomic<Bool>(false)

  private init() {}

  /// Whether it has ended.
  var hasEnded: Bool { isOver.load(ordering: .acquiring) }

  /// What a worker is started with.
  struct Launch: Sendable {
    var program: String
    var arguments: [String]
    var environment: [String: String]
    /// The descriptors to hand on; they are closed once the worker has them.
    var memory: CInt
    var notes: CInt
    /// The plugin's file, another descriptor to hand on; whoever starts the worker keeps it open.
    var library: CInt
  }

  /// Starts a worker.
  ///
  /// - Parameters:
  ///   - launch: What to start.
  ///   - afterEnd: Called once after it has ended and was reaped, on the thread that waited for it.
  /// - Returns: The process, which runs or has ended already.
  /// - Throws: The errno of why it cannot be started.
  static func start(
    _ launch: Launch, afterEnd: @escaping @Sendable () -> Void
  ) throws(WorkerStartError) -> WorkerProcess {
    let process = WorkerProcess()
    Thread.detachNewThread { process.live(launch, afterEnd) }
    process.changed.lock()
    defer { process.changed.unlock() }
    while true {
      switch process.state.withLock({ $0 }) {
      case .starting: process.changed.wait()
      case .notStarted(let code): throw WorkerStartError(code: code)
      case .running, .ended: return process
      }
    }
  }

  private func live(_ launch: Launch, _ afterEnd: () -> Void) {
    var pid: pid_t = 0
    let failure = launch.spawn(&pid)
    close(launch.memory)
    close(launch.notes)
    change(to: failure == 0 ? .running(pid) : .notStarted(failure))
    guard failure == 0 else { return afterEnd() }
    _ = worker_await_end(pid)
    isOver.store(true, ordering: .releasing)
    state.withLock { state in
      // It is not reaped yet, so its number is still its own; what it had started ends with it.
      worker_end(pid)
      var end = WorkerEnd(status: 0, peakByteCount: 0)
      _ = unsafe worker_reap(pid, &end.status, &end.peakByteCount)
      state = .ended(end)
    }
    change(to: nil)
    afterEnd()
  }

  private func change(to new: State?) {
    changed.lock()
    if let new { state.withLock { $0 = new } }
    changed.broadcast()
    changed.unlock()
  }

  /// Ends it at once, if it runs.
  func end() {
    state.withLock { state in
      if case .running(let pid) = state { worker_end(pid) }
    }
  }

  /// Waits until it has ended.
  func waitForEnd() -> WorkerEnd {
    changed.lock()
    defer { changed.unlock() }
    while true {
      if case .ended(let end) = state.withLock({ $0 }) { return end }
      changed.wait()
    }
  }
}

/// Why a worker cannot be started.
struct WorkerStartError: Error, Hashable, Sendable {
  var code: CInt
}

extension WorkerProcess.Launch {
  /// Starts the program; returns an errno.
  fileprivate func spawn(_ pid: inout pid_t) -> CInt {
    var arguments = unsafe ([program] + arguments).map { unsafe strdup($0) } + [nil]
    var variables =
      unsafe environment.sorted { $0.key < $1.key }.map { unsafe strdup("\($0.key)=\($0.value)") }
      + [nil]
    defer {
      for index in unsafe arguments.indices { unsafe free(arguments[index]) }
      for index in unsafe variables.indices { unsafe free(variables[index]) }
    }
    return unsafe worker_spawn(
      program, &arguments, &variables,
      worker_descriptors(memory: memory, notes: notes, library: library), &pid)
  }
}
