package import PluginSDK

/// Where the code of a plugin runs.
package enum PluginIsolation: String, Hashable, Sendable, Codable, CaseIterable {
  /// In the host's own process.
  case none
  /// In a process of its own, whose end is an error with the plugin's name and not the host's end.
  case worker
}

/// What a user demands of plugins before any of their code runs, and where it then runs.
///
/// No result depends on it.
package struct PluginPolicy: Hashable, Sendable, Codable {
  package var isolation: PluginChoice<PluginIsolation>
  /// How long a call in a worker may run without asking the host for anything.
  package var workerDeadline: PluginChoice<Duration>
  /// The bytes of memory of its own that a worker may ask for.
  package var workerMemory: PluginChoice<Int>
  /// By a plugin's name the SHA-256 that its file must have, 64 lower-case hexadecimal digits.
  package var pins: [String: String]
  /// The Ed25519 public key, 32 bytes, that every plugin must be signed with; nil if none need be.
  package var requiredSigner: [UInt8]?

  /// Demands nothing, and runs plugins in the host's process, unless said otherwise.
  package init(
    isolation: PluginIsolation? = nil, isolationOfKinds: [PluginKind: PluginIsolation] = [:],
    isolationOfPlugins: [String: PluginIsolation] = [:],
    workerDeadline: PluginChoice<Duration> = PluginChoice(),
    workerMemory: PluginChoice<Int> = PluginChoice(), pins: [String: String] = [:],
    requiredSigner: [UInt8]? = nil
  ) {
    self.isolation = PluginChoice(
      all: isolation, ofKinds: isolationOfKinds, ofPlugins: isolationOfPlugins)
    self.workerDeadline = workerDeadline
    self.workerMemory = workerMemory
    self.pins = pins
    self.requiredSigner = requiredSigner
  }

  /// Where a plugin runs.
  package func isolation(of kind: PluginKind, named name: String) -> PluginIsolation {
    isolation.value(of: kind, named: name) ?? .none
  }
}
