import PluginSDK

/// A host without a single service: every one is optional.
struct SilentHost: HostServices {
  func log(_ level: PluginLogLevel, _ message: String) {}
  var isCancelled: Bool { false }
  func progress(_ fraction: Double, _ message: String) {}
}
