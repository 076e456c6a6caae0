import Glibc

/// Who may be in a plugin at the same time, after its declared concurrency and each function's tag.
///
/// A function tagged [main] runs beside no other call into the plugin. Others run beside each other
/// as far as the declaration allows: [serial] ones one at a time in an instance.
final class CallGate: Sendable {
  /// The plugin's name, for errors.
  let plugin: String
  private let concurrency: PluginConcurrency
  private let subject: PluginCallSubject
  private let lock = ReadWriteLock()

  init(_ identity: PluginIdentity, subject: PluginCallSubject) {
    plugin = identity.name
    concurrency = identity.concurrency
    self.subject = subject
  }

  /// Runs a call tagged [main].
  func main<Result>(
    _ call: () throws(PluginError) -> Result
  ) throws(PluginError) -> Result {
    lock.lockForWriting()
    defer { lock.unlock() }
    return try running(call)
  }

  /// Runs a call tagged [serial] into the instance that owns a lock.
  func serial<Result>(
    _ instance: ReadWriteLock, _ call: () throws(PluginError) -> Result
  ) throws(PluginError) -> Result {
    if concurrency == .main { return try main(call) }
    lock.lockForReading()
    defer { lock.unlock() }
    instance.lockForWriting()
    defer { instance.unlock() }
    return try running(call)
  }

  /// Runs a call tagged [concurrent] into the instance that owns a lock.
  func concurrent<Result>(
    _ instance: ReadWriteLock, _ call: () throws(PluginError) -> Result
  ) throws(PluginError) -> Result {
    guard concurrency == .concurrent else { return try serial(instance, call) }
    lock.lockForReading()
    defer { lock.unlock() }
    return try running(call)
  }

  /// Runs a call, on record for the report of a crash, and puts the plugin's name on its error.
  private func running<Result>(
    _ call: () throws(PluginError) -> Result
  ) throws(PluginError) -> Result {
    try subject.running { () throws(PluginError) in try named(call) }
  }

  /// Runs something of ours and puts the plugin's name on its error.
  func named<Result>(
    _ call: () throws(PluginError) -> Result
  ) throws(PluginError) -> Result {
    do throws(PluginError) {
      return try call()
    } catch {
      var error = error
      error.plugin = error.plugin ?? plugin
      throw error
    }
  }
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
