import CPUKernels
package import Graphs

/// Runs graphs on the cores of this machine.
///
/// Every sum has one order, whatever pieces the threads take, so results are the same bits on any
/// number of threads, and on any instruction set that has fused multiply-adds. Without them, they may
/// differ in the last bits.
package struct CPUEngine: Engine {
  let pool: ThreadPool
  let instructions: InstructionSet
  let kernels: Kernels

  /// Creates an engine.
  ///
  /// - Parameters:
  ///   - threads: The threads that take pieces, the caller's included; at least 1.
  ///   - instructions: The instructions to use; the best of the processor if nil.
  /// - Precondition: The processor has the instructions.
  package init(threads: Int, instructions: InstructionSet? = nil) {
    precondition(threads >= 1, "an engine needs at least one thread")
    let chosen = instructions ?? InstructionSet.available.last ?? .baseline
    guard let table = chosen.kernels else {
      preconditionFailure("this processor lacks \(chosen.rawValue)")
    }
    pool = ThreadPool(threads: threads)
    self.instructions = chosen
    kernels = Kernels(table: table)
  }

  /// Creates an engine with the instructions that an environment asks for.
  ///
  /// - Throws: ``EngineError`` if it asks for some that there are not.
  package init(threads: Int, environment: [String: String]) throws(EngineError) {
    self.init(threads: threads, instructions: try InstructionSet.forced(by: environment))
  }

  private init(threads: Int, share: ThreadShare, like other: CPUEngine) {
    pool = ThreadPool(threads: threads, share: share)
    instructions = other.instructions
    kernels = other.kernels
  }

  package var threads: Int { pool.threads }

  package func beside(_ share: ThreadShare) -> any Engine {
    CPUEngine(threads: threads, share: share, like: self)
  }

  package var description: String {
    let threads = pool.threads == 1 ? "1 thread" : "\(pool.threads) threads"
    return "CPU, \(kernels.name) kernels, \(threads)"
  }

  /// What of this engine the bits of a result depend on: the order of its sums, and whether a
  /// product and a sum are rounded once or twice.
  package var numerics: String {
    let rounding = instructions == .baseline ? "separate" : "fused"
    return "CPU, sums in order \(Self.sumOrder), \(rounding) multiply-adds"
  }

  /// Raised whenever a kernel sums in another order than before.
  private static let sumOrder = 2

  package func makeSession(_ variables: [Variable]) throws(EngineError) -> any EngineSession {
    try CPUSession(engine: self, variables: variables)
  }
}

/// The kernels of one instruction set.
///
/// `@unchecked Sendable`: the table is a constant of the C code.
struct Kernels: @unchecked Sendable {
  let table: UnsafePointer<cpu_table>

  var name: String { String(cString: table.pointee.name) }
}
