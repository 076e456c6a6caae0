import CPluginCalls
import Glibc
import PluginSDK

/// Who may be in a plugin at the same time, after its declared concurrency and each function's tag.
///
/// A function tagged [main] runs beside no other call into the plugin. Others run beside each other
/// as far as the declaration allows: [serial] ones one at a time in an instance.
///
/// A call that may run beside others takes no lock: its thread's note for the report of a crash is
/// what a [main] call looks for. Only where a [main] call runs, or wants to, does it wait.
@safe
final class CallGate: Sendable {
  /// The plugin's name, for errors.
  let plugin: String
  private let concurrency: PluginConcurrency
  private let subject: PluginCallSubject
  // Safe to share: the subject's own, one step nearer.
  private nonisolated(unsafe) let note: UnsafeMutablePointer<plugin_call_subject>
  private let lock = ReadWriteLock()

  init(_ identity: PluginIdentity, subject: PluginCallSubject) {
    plugin = identity.name
    concurrency = identity.concurrency
    self.subject = subject
    unsafe note = subject.pointer
  }

  /// Runs a call tagged [main].
  func main<Result>(
    _ call: () throws(PluginError) -> Result
  ) throws(PluginError) -> Result {
    precondition(unsafe plugin_call_is_inside(note) == 0, Self.calledFromWithin)
    lock.lockForWriting()
    unsafe plugin_call_close(note)
    let visit = unsafe plugin_call_begin(note, nil)
    defer {
      unsafe plugin_call_end(visit)
      unsafe plugin_call_open(note)
      lock.unlock()
    }
    return try named(call)
  }

  /// Runs a call tagged [serial] into the instance that owns a lock.
  func serial<Result>(
    _ instance: ReadWriteLock, _ call: () throws(PluginError) -> Result
  ) throws(PluginError) -> Result {
    let visit = unsafe plugin_call_begin(note, nil)
    if unsafe plugin_call_gate(note) != 0 { unsafe enter(visit, instance) }
    // Of other plugins entering has taken it.
    if concurrency == .concurrent { instance.lockForWriting() }
    defer {
      if concurrency == .concurrent { instance.unlock() }
      unsafe plugin_call_end(visit)
      if unsafe plugin_call_gate(note) != 0 { leave(instance) }
    }
    return try named(call)
  }

  /// Runs a call tagged [concurrent] into the instance that owns a lock.
  @inline(__always)
  func concurrent<Result>(
    _ instance: ReadWriteLock, _ call: () throws(PluginError) -> Result
  ) throws(PluginError) -> Result {
    let visit = unsafe plugin_call_begin(note, nil)
    if unsafe plugin_call_gate(note) != 0 { unsafe enter(visit, instance) }
    defer {
      unsafe plugin_call_end(visit)
      if unsafe plugin_call_gate(note) != 0 { leave(instance) }
    }
    return try named(call)
  }

  /// Runs something of ours and puts the plugin's name on its error.
  @inline(__always)
  func named<Result>(
    _ call: () throws(PluginError) -> Result
  ) throws(PluginError) -> Result {
    do throws(PluginError) {
      return try call()
    } catch {
      throw naming(error)
    }
  }

  @inline(never)
  private func naming(_ error: PluginError) -> PluginError {
    var error = error
    error.plugin = error.plugin ?? plugin
    return error
  }
}

extension CallGate {
  /// Whether calls take the locks; otherwise they only wait while one is tagged [main].
  private var asks: Bool { unsafe plugin_call_gate(note) == PLUGIN_CALLS_ASK }

  /// Goes on with a visit that the gate has stopped, when it may.
  @inline(never)
  private func enter(_ visit: UnsafeMutablePointer<plugin_call>, _ instance: ReadWriteLock) {
    guard !asks else { return take(instance) }
    precondition(unsafe plugin_call_is_alone(note) == 0, Self.calledFromWithin)
    // Whoever is to be alone waits for this thread to come out of the plugin.
    guard unsafe plugin_call_is_nested(note) == 0 else { return }
    repeat {
      unsafe plugin_call_end(visit)
      unsafe plugin_call_wake(note)
      lock.lockForReading()
      lock.unlock()
      // The thread is in as few calls as before, so this is the same visit.
      _ = unsafe plugin_call_begin(note, nil)
    } while unsafe plugin_call_gate(note) != 0
  }

  /// Does what is to be done after a visit that ended at the gate.
  @inline(never)
  private func leave(_ instance: ReadWriteLock) {
    if asks { giveBack(instance) } else { unsafe plugin_call_wake(note) }
  }

  private func take(_ instance: ReadWriteLock) {
    switch concurrency {
    case .main: lock.lockForWriting()
    case .serial:
      lock.lockForReading()
      instance.lockForWriting()
    case .concurrent: lock.lockForReading()
    }
  }

  private func giveBack(_ instance: ReadWriteLock) {
    if concurrency == .serial { instance.unlock() }
    lock.unlock()
  }

  private static let calledFromWithin = "a plugin was called from within its own call"
}

/// A lock that many readers or one writer hold.
@safe
final class ReadWriteLock: Sendable {
  // Safe to share: only the functions of pthread touch what it points to.
  private nonisolated(unsafe) let lock: UnsafeMutablePointer<pthread_rwlock_t>

  init() {
    unsafe lock = .allocate(capacity: 1)
    let status = unsafe pthread_rwlock_init(lock, nil)
    precondition(status == 0, "pthread_rwlock_init failed with \(status)")
  }

  deinit {
    unsafe pthread_rwlock_destroy(lock)
    unsafe lock.deallocate()
  }

  func lockForReading() {
    let status = unsafe pthread_rwlock_rdlock(lock)
    precondition(status == 0, "a plugin was called from within its own call")
  }

  func lockForWriting() {
    let status = unsafe pthread_rwlock_wrlock(lock)
    precondition(status == 0, "a plugin was called from within its own call")
  }

  func unlock() { unsafe pthread_rwlock_unlock(lock) }
}
