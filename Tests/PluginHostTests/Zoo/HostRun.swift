import Foundation
import TestFolders

/// One run of the built host that must not be waited for forever.
struct HostRun {
  /// The exit status, or the signal that ended it.
  let status: Int32
  let hasCrashed: Bool
  let output: String
  let errors: String

  /// Far more than any command needs: only a host that hangs takes as long.
  private static let secondsUntilItHangs = "300"

  /// Runs it to its end; one that hangs is ended, with the status 124.
  init(_ arguments: [String], backtrace: Bool = false) throws {
    let folder = try TemporaryFolder()
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/timeout")
    process.arguments =
      [
        "--kill-after", "1", Self.secondsUntilItHangs,
        ProjectFolders.products.appending(path: "cpt-host").path(percentEncoded: false),
      ] + arguments
    let variable = "enable=\(backtrace ? "yes" : "no"),interactive=no,color=no"
    process.environment = ProcessInfo.processInfo.environment
      .merging(["SWIFT_BACKTRACE": variable]) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: URL(filePath: folder.write("output", "")))
    process.standardError = try FileHandle(forWritingTo: URL(filePath: folder.write("errors", "")))
    try process.run()
    process.waitUntilExit()
    status = process.terminationStatus
    hasCrashed = process.terminationReason == .uncaughtSignal
    output = String(decoding: try contents(folder.path("output")), as: UTF8.self)
    errors = String(decoding: try contents(folder.path("errors")), as: UTF8.self)
  }
}
