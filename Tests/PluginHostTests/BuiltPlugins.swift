import Foundation
import Logging
import PluginBridges
import PluginHost
import PluginSDK
import TestFolders

/// The plugins that were built with the tests, and copies of them to damage.
enum BuiltPlugins {
  static let folder = ProjectFolders.products.path()

  static func path(_ library: String) -> String { folder + "lib\(library).so" }

  /// The host, which serves as worker: the test program cannot.
  static let host = folder + "cpt-host"

  /// Whether the libraries lie there.
  static let areThere = FileManager.default.fileExists(atPath: path("SGD"))

  /// A registry over folders that logs to nowhere.
  static func registry(_ folders: String...) -> PluginRegistry {
    PluginRegistry(PluginSearchPath(folders), environment: .silent)
  }
}

extension HostEnvironment {
  /// An environment that logs to nowhere.
  static var silent: HostEnvironment {
    HostEnvironment(logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
  }
}

extension PluginRegistry {
  /// A registry that runs its plugins in workers.
  static func isolated(
    _ folder: String, environment: HostEnvironment? = nil, silence: Duration = .seconds(300),
    memoryLimit: UInt64 = WorkerSettings.memoryOfMachine
  ) -> PluginRegistry {
    PluginRegistry(
      PluginSearchPath([folder]), environment: environment ?? .silent,
      policy: PluginPolicy(isolation: .worker),
      workers: WorkerSettings(
        program: BuiltPlugins.host, silence: silence, memoryLimit: memoryLimit))
  }
}

/// The content of a file.
func contents(_ path: String) throws -> [UInt8] {
  [UInt8](try Data(contentsOf: URL(filePath: path)))
}

/// Runs a program and returns its exit status and what it wrote to standard output.
func run(_ program: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
  let process = Process()
  process.executableURL = URL(filePath: program)
  process.arguments = arguments
  let pipe = Pipe()
  process.standardOutput = pipe
  try process.run()
  let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
  process.waitUntilExit()
  return (process.terminationStatus, String(decoding: data, as: UTF8.self))
}
