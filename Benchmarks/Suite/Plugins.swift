import Foundation
import Logging
import PluginHost

/// The plugins that lie beside this program, as `cpt-host` would load them.
enum Plugins {
  static func registry() -> PluginRegistry {
    let folder = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent().path(percentEncoded: false)
    return PluginRegistry(
      PluginSearchPath([folder]), environment: HostEnvironment(logger: Logger(label: "cpt-bench")))
  }
}

/// Why something could not be measured.
struct BenchmarkError: Error, Hashable, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
