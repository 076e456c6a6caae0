import Foundation

/// One run of the built `cpt-host`.
struct HostProcess {
  let status: Int32
  let output: String
  let errors: String

  /// The folder that the build's products lie in.
  static let products = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent()

  static let repository = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// Runs a host to its end: the built one, or another.
  static func run(_ arguments: [String], host: URL? = nil) throws -> HostProcess {
    let process = try start(arguments, host: host)
    return try process.end()
  }

  /// Starts a host; its output goes to files, so that nothing waits for a full pipe.
  static func start(_ arguments: [String], host: URL? = nil) throws -> Running {
    let folder = try TemporaryFolder()
    let process = Process()
    process.executableURL = host ?? products.appending(path: "cpt-host")
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try folder.file("output")
    process.standardError = try folder.file("errors")
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

/// A folder that goes away with its last reference.
final class TemporaryFolder: Sendable {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "cpt-host-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// The path of something in the folder.
  func path(_ name: String) -> String {
    url.appending(path: name).path(percentEncoded: false)
  }

  /// Makes an empty file and opens it.
  func file(_ name: String) throws -> FileHandle {
    try Data().write(to: url.appending(path: name))
    return try FileHandle(forWritingTo: url.appending(path: name))
  }
}
