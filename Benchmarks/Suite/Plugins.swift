import Foundation
import Logging
import PluginBridges
import PluginHost
import PluginSDK

/// The plugins that lie beside this program, as `cpt-host` would load them.
enum Plugins {
  static func registry(_ isolation: PluginIsolation = .none) -> PluginRegistry {
    let folder = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent().path(percentEncoded: false)
    return PluginRegistry(
      PluginSearchPath([folder]), environment: HostEnvironment(logger: Logger(label: "cpt-bench")),
      policy: PluginPolicy(isolation: isolation),
      workers: WorkerSettings(program: folder + "/cpt-host"))
  }
}

/// Why something could not be measured.
struct BenchmarkError: Error, Hashable, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
