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
  private static let secondsUntilItHangs = 300.0
  /// The status of one that hung.
  static let hung: Int32 = 124

  /// Runs it to its end; one that hangs is ended, with the status ``hung``.
  ///
  /// - Parameters:
  ///   - arguments: The arguments.
  ///   - backtrace: Whether Swift shows where it crashed.
  ///   - words: What to wait for on its standard error; it is then told to abort.
  /// - Throws: If it cannot be started.
  init(
    _ arguments: [String], backtrace: Bool = false, abortingAfter words: String? = nil
  ) throws {
    let folder = try TemporaryFolder()
    let process = Process()
    process.executableURL = ProjectFolders.products.appending(path: "cpt-host")
    process.arguments = arguments
    let variable = "enable=\(backtrace ? "yes" : "no"),interactive=no,color=no"
    process.environment = ProcessInfo.processInfo.environment
      .merging(["SWIFT_BACKTRACE": variable]) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: URL(filePath: folder.write("output", "")))
    process.standardError = try FileHandle(forWritingTo: URL(filePath: folder.write("errors", "")))
    try Self.withoutBlockedSignals { try process.run() }
    var awaited = words
    var isLate = false
    let deadline = Date.now.addingTimeInterval(Self.secondsUntilItHangs)
    while process.isRunning {
      usleep(2000)
      if let words = awaited, try Self.text(folder.path("errors")).contains(words) {
        kill(process.processIdentifier, SIGABRT)
        awaited = nil
      }
      if !isLate, Date.now > deadline {
        kill(process.processIdentifier, SIGKILL)
        isLate = true
      }
    }
    process.waitUntilExit()
    status = isLate ? Self.hung : process.terminationStatus
    hasCrashed = !isLate && process.terminationReason == .uncaughtSignal
    output = try Self.text(folder.path("output"))
    errors = try Self.text(folder.path("errors"))
  }

  /// Starts something as a shell would: the threads of tests block signals, and a child inherits that.
  private static func withoutBlockedSignals(_ start: () throws -> Void) throws {
    var none = sigset_t()
    var before = sigset_t()
    unsafe sigemptyset(&none)
    unsafe pthread_sigmask(SIG_SETMASK, &none, &before)
    defer { _ = unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
    try start()
  }

  private static func text(_ path: String) throws -> String {
    String(decoding: try contents(path), as: UTF8.self)
  }
}
