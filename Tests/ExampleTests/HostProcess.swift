import Foundation
import TestFolders

/// One run of the built `cpt-host`.
struct HostProcess {
  let status: Int32
  let output: String
  let errors: String

  /// Runs a host to its end: the built one, or another.
  static func run(
    _ arguments: [String], host: URL? = nil, environment: [String: String] = [:]
  ) throws -> HostProcess {
    let process = try start(arguments, host: host, environment: environment)
    return try process.end()
  }

  /// Starts a host, with some variables beside those of this process; its output goes to files, so
  /// that nothing waits for a full pipe.
  static func start(
    _ arguments: [String], host: URL? = nil, environment: [String: String] = [:]
  ) throws -> Running {
    let folder = try TemporaryFolder()
    let process = Process()
    process.executableURL = host ?? ProjectFolders.products.appending(path: "cpt-host")
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: URL(filePath: folder.write("output", "")))
    process.standardError = try FileHandle(forWritingTo: URL(filePath: folder.write("errors", "")))
    try process.run()
    return Running(process: process, folder: folder)
  }

  /// A host that has not been waited for.
  struct Running {
    let process: Process
    let folder: TemporaryFolder

    /// Waits for the end.
    func end() throws -> HostProcess {
      process.waitUntilExit()
      return HostProcess(
        status: process.terminationStatus,
        output: try String(contentsOf: folder.url.appending(path: "output"), encoding: .utf8),
        errors: try String(contentsOf: folder.url.appending(path: "errors"), encoding: .utf8))
    }
  }
}
