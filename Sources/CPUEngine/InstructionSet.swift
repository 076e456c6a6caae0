import CPUKernels
package import Graphs

/// A set of vector instructions that the kernels are built for.
package enum InstructionSet: String, Hashable, Sendable, CaseIterable {
  case baseline
  case avx2
  case avx512

  /// The environment variable that forces a set, for tests and comparisons.
  package static let variable = "CPT_HOST_INSTRUCTIONS"

  /// The sets that this processor has, the best last.
  package static var available: [InstructionSet] { allCases.filter { $0.kernels != nil } }

  /// The set that an environment asks for; nil where it leaves the choice to the engine.
  ///
  /// - Throws: ``EngineError`` if it asks for instructions that there are not.
  package static func forced(
    by environment: [String: String]
  ) throws(EngineError) -> InstructionSet? {
    guard let word = environment[variable] else { return nil }
    let set = InstructionSet(rawValue: word)
    if let set, available.contains(set) { return set }
    let reason = set == nil ? "no instruction set" : "not of this processor"
    let allowed = available.map(\.rawValue).joined(separator: ", ")
    throw EngineError(
      "\(variable) is '\(word)', which is \(reason); it may be one of \(allowed), or unset for the "
        + "best of them")
  }

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
}
