import PluginSDK
import Synchronization

/// Lends tables of functions of the host to plugins, each for the time of one call.
///
/// A plugin must not use such a table once the call has returned, nor from two threads at once. One
/// that does must not reach memory that is gone or that another thread writes: the memory of a table
/// is never freed, only lent again, and its functions find their owner under a lock, or none.
@safe
final class TableLender<Owner: AnyObject, Table: BitwiseCopyable>: Sendable {
  @safe
  private final class Loan: Sendable {
    // Safe to share: read and written only by whoever holds the lock.
    nonisolated(unsafe) var owner: Owner?
    // Safe to share: written only between two loans, and to what was there before.
    nonisolated(unsafe) let table = UnsafeMutablePointer<Table>.allocate(capacity: 1)
    let lock = ReadWriteLock()
  }

  private let returned = Mutex<[Loan]>([])

  /// Makes a call that borrows a table.
  ///
  /// - Parameters:
  ///   - owner: What the functions of the table work on.
  ///   - table: Makes the table, with the context that its functions are given.
  ///   - call: Makes the call.
  /// - Returns: What the call returns.
  /// - Throws: What the call throws.
  func lend<Result, Failure: Error>(
    of owner: Owner, _ table: (_ context: UnsafeMutableRawPointer) -> Table,
    to call: (UnsafePointer<Table>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let loan = returned.withLock { $0.popLast() } ?? Loan()
    unsafe loan.table.initialize(to: unsafe table(Unmanaged.passUnretained(loan).toOpaque()))
    Self.set(owner, of: loan)
    defer {
      Self.set(nil, of: loan)
      // So it is never freed: a plugin may have kept its address.
      returned.withLock { $0.append(loan) }
    }
    return try unsafe call(loan.table)
  }

  private static func set(_ owner: Owner?, of loan: Loan) {
    loan.lock.lockForWriting()
    defer { loan.lock.unlock() }
    unsafe loan.owner = owner
  }

  /// Serves a function of a lent table.
  ///
  /// - Parameters:
  ///   - context: What the plugin gave back as the table's context.
  ///   - serve: Does what the function is for; nobody else works on the owner meanwhile.
  /// - Returns: What that returns.
  /// - Throws: ``PluginError`` if the table is not lent any more, or as `serve` does.
  static func owner<Result>(
    at context: UnsafeMutableRawPointer?, _ serve: (Owner) throws(PluginError) -> Result
  ) throws(PluginError) -> Result {
    guard let context = unsafe context else {
      throw PluginError(.invalidArgument, "the context of the host's table is null")
    }
    let loan = unsafe Unmanaged<Loan>.fromOpaque(context).takeUnretainedValue()
    loan.lock.lockForWriting()
    defer { loan.lock.unlock() }
    guard let owner = unsafe loan.owner else {
      throw PluginError(
        .invalidArgument,
        "a table of the host was used after the call that it was given to had returned")
    }
    return try serve(owner)
  }
}
