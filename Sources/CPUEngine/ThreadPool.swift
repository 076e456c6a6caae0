import CPUKernels
import Graphs

/// Threads that take the pieces of a phase, as many of them as a share allows.
///
/// `@unchecked Sendable`: the C pool lets callers take turns, and the handle never changes.
final class ThreadPool: @unchecked Sendable {
  /// The number of threads, the caller's included.
  let threads: Int
  private let handle: OpaquePointer
  private let share: ThreadShare

  /// Starts threads.
  ///
  /// - Parameters:
  ///   - threads: How many, the caller's included.
  ///   - share: How many of them may take pieces; all if nil.
  init(threads: Int, share: ThreadShare? = nil) {
    guard let handle = cpu_pool_create(Int32(threads)) else {
      preconditionFailure("the system refused to start \(threads) threads")
    }
    self.threads = threads
    self.handle = handle
    self.share = share ?? ThreadShare(threads)
  }

  deinit { cpu_pool_destroy(handle) }

  /// Has the phases that follow take as many threads as the share allows now.
  func followShare() { cpu_pool_allow(handle, Int32(min(max(1, share.threads), threads))) }

  /// Runs every piece of a phase once.
  func run(_ phase: Phase, _ frame: Frame) {
    var call = Call(body: phase.body, frame: frame)
    withUnsafeMutablePointer(to: &call) { pointer in
      cpu_pool_run(
        handle, Int64(phase.pieces),
        { context, piece, thread in
          let call = context.assumingMemoryBound(to: Call.self)
          call.pointee.body(call.pointee.frame, Int(piece), Int(thread))
        }, pointer)
    }
  }

  /// Runs a body once for each piece, given the piece's number.
  func run(pieces: Int, _ body: (Int) -> Void) {
    withoutActuallyEscaping(body) { body in
      var call = body
      withUnsafeMutablePointer(to: &call) { pointer in
        cpu_pool_run(
          handle, Int64(pieces),
          { context, piece, _ in
            context.assumingMemoryBound(to: ((Int) -> Void).self).pointee(Int(piece))
          }, pointer)
      }
    }
  }

  /// What the threads are handed.
  private struct Call {
    let body: (Frame, Int, Int) -> Void
    let frame: Frame
  }
}
