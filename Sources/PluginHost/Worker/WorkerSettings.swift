import Glibc

/// How worker processes are started, and what they may use.
///
/// No result depends on it.
package struct WorkerSettings: Hashable, Sendable {
  /// The program that serves as a worker: the host itself, unless tests run in another.
  package var program: String
  /// How long a call may run without asking the host for anything.
  package var silence: Duration
  /// The most bytes of memory of its own that a worker may ask for.
  package var memoryLimit: UInt64

  package init(
    program: String = "/proc/self/exe", silence: Duration = .seconds(300),
    memoryLimit: UInt64 = Self.memoryOfMachine
  ) {
    self.program = program
    self.silence = silence
    self.memoryLimit = memoryLimit
  }

  /// The variable that sets ``silence``, in seconds.
  package static let silenceVariable = "CPT_HOST_WORKER_SECONDS"
  /// The variable that sets ``memoryLimit``, in MiB.
  package static let memoryVariable = "CPT_HOST_WORKER_MEBIBYTES"

  /// Reads what the environment sets.
  ///
  /// - Throws: ``PluginHostError`` if a variable is no whole number from 1 on.
  package init(environment: [String: String]) throws(PluginHostError) {
    self.init()
    if let seconds = try Self.number(Self.silenceVariable, in: environment) {
      silence = .seconds(Int(seconds))
    }
    if let mebibytes = try Self.number(Self.memoryVariable, in: environment) {
      memoryLimit = UInt64(mebibytes) << 20
    }
  }

  private static func number(
    _ variable: String, in environment: [String: String]
  ) throws(PluginHostError) -> UInt32? {
    guard let text = environment[variable] else { return nil }
    guard let number = UInt32(text), number >= 1 else {
      throw PluginHostError(
        .refused,
        "\(variable) is '\(text)' in the environment; a whole number from 1 to \(UInt32.max) is "
          + "allowed")
    }
    return number
  }

  /// All memory of the machine: what asks for more has gone wrong.
  package static var memoryOfMachine: UInt64 {
    UInt64(max(1, sysconf(Int32(_SC_PHYS_PAGES)))) * UInt64(max(1, sysconf(Int32(_SC_PAGESIZE))))
  }
}
