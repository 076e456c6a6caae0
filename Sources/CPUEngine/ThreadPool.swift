import CPUKernels

/// Threads that take the pieces of a phase.
///
/// `@unchecked Sendable`: the C pool lets callers take turns, and the handle never changes.
final class ThreadPool: @unchecked Sendable {
  /// The number of threads, the caller's included.
  let threads: Int
  private let handle: OpaquePointer

  init(threads: Int) {
    guard let handle = cpu_pool_create(Int32(threads)) else {
      preconditionFailure("the system refused to start \(threads) threads")
    }
    self.threads = threads
    self.handle = handle
  }

  deinit { cpu_pool_destroy(handle) }

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
