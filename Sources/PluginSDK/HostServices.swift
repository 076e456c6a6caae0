/// How much a log line matters; the raw values are those of the C ABI.
public enum PluginLogLevel: UInt32, Hashable, Sendable, CaseIterable {
  case debug = 1
  case info, warning, error
}

/// What the host offers to a plugin; every service may be absent, and is then silent.
public protocol HostServices: Sendable {
  /// Writes a line to the run's log, under the plugin's name.
  func log(_ level: PluginLogLevel, _ message: String)
  /// Whether the user asked to stop; long calls ask often and then throw `cancelled`.
  var isCancelled: Bool { get }
  /// Reports how much of the current long call is done, in 0...1.
  func progress(_ fraction: Double, _ message: String)
}
