import CPUKernels
package import Graphs

/// A set of vector instructions that the kernels are built for.
package enum InstructionSet: String, Hashable, Sendable, CaseIterable {
  case baseline
  case avx2
  case avx512

  /// The kernels, or nil where this processor lacks the instructions.
  var kernels: UnsafePointer<cpu_table>? { cpu_table_for(kind) }

  /// The set, as the kernels name it.
  var kind: cpu_instruction_set {
    switch self {
    case .baseline: CPU_BASELINE
    case .avx2: CPU_AVX2
    case .avx512: CPU_AVX512
    }
  }

  /// The sets that this processor has, the best last.
  package static var available: [InstructionSet] { allCases.filter { $0.kernels != nil } }
}

/// Runs graphs on the cores of this machine.
///
/// Work is cut into pieces that the graph and the compile options fix, and every sum has one order,
/// so results are the same bits on any number of threads, and on any instruction set that has fused
/// multiply-adds. Without them, they may differ in the last bits.
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
