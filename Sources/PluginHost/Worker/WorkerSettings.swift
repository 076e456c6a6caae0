import Glibc
package import PluginBridges
package import PluginSDK

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

  /// These settings, with what a policy says of one plugin.
  package func limited(by policy: PluginPolicy, for plugin: PluginIdentity) -> WorkerSettings {
    var settings = self
    if let silence = policy.workerDeadline.value(of: plugin.kind, named: plugin.name) {
      settings.silence = silence
    }
    if let bytes = policy.workerMemory.value(of: plugin.kind, named: plugin.name) {
      settings.memoryLimit = UInt64(clamping: bytes)
    }
    return settings
  }

  /// All memory of the machine: what asks for more has gone wrong.
  package static var memoryOfMachine: UInt64 {
    UInt64(max(1, sysconf(Int32(_SC_PHYS_PAGES)))) * UInt64(max(1, sysconf(Int32(_SC_PAGESIZE))))
  }
}
