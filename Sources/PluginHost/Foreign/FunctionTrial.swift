import Foundation
package import PluginBridges
import PluginSDK

/// The self-tests of a foreign function in a process of their own.
///
/// A wrong declaration crashes or hangs what calls the function, and so does a constructor in its
/// library: it should not be the host. The host starts its own program with ``arguments``, which
/// tells line by line on its standard output what it is about to do.
package enum FunctionTrial {
  /// What the separate process tells.
  private enum Line {
    static let opens = "open"
    static let tests = "test "
    static let fails = "fail "
    static let done = "done"
  }

  /// How the host's program is called to try the function of a manifest.
  package static func arguments(manifest: String) -> [String] {
    ["plugins", "try-function", manifest]
  }

  /// Runs the self-tests in this process, which is there for nothing else.
  ///
  /// The process ends itself some time after it should have been done, should nobody wait for it any
  /// more.
  ///
  /// - Parameters:
  ///   - function: The decoded manifest.
  ///   - tell: Writes a line to whoever started this process, at once.
  package static func perform(_ function: ForeignFunction, tell: (String) -> Void) {
    alarm(UInt32(function.secondsLimit) + 5)
    do throws(PluginHostError) {
      tell(Line.opens)
      let open = try OpenFunction(function)
      for index in function.selfTests.indices {
        tell(Line.tests + "\(index)")
        try open.runSelfTest(index)
      }
      tell(Line.done)
    } catch {
      tell(Line.fails + error.message.replacing("\n", with: " "))
    }
  }

  /// Runs the self-tests in a separate process.
  ///
  /// - Throws: ``PluginHostError`` with what the process told, the signal that ended it, or that it
  ///   took too long, at the line of the self-test that it was at.
  static func run(_ function: ForeignFunction, program: String) throws(PluginHostError) {
    let child = try ChildProcess(
      program, arguments(manifest: function.path), for: function)
    let end = child.end(within: function.secondsLimit)
    let lines = end.output.split(separator: "\n").map(String.init)
    if lines.last == Line.done { return }
    if let message = lines.last?.strippingPrefix(Line.fails) {
      throw PluginHostError(.refused, message)
    }
    let index = lines.last?.strippingPrefix(Line.tests).flatMap(Int.init)
    let test = index.flatMap {
      function.selfTests.indices.contains($0) ? function.selfTests[$0] : nil
    }
    let what =
      test != nil ? "the self-test" : lines.isEmpty ? "its trial" : "opening its library"
    let message: String =
      switch end.cause {
      case .timeLimit:
        "did not end within \(function.secondsLimit) s, the 'time_limit' of the manifest: does the "
          + "function wait for something or loop without end?"
      case .signal(let signal):
        "was ended by signal \(signal) (\(unsafe String(cString: strsignal(signal)))): does the "
          + "declaration in the manifest match the function?"
      case .exit(let status):
        "ended the process with status \(status), before it was done"
      }
    throw function.error(
      .refused, line: test?.line,
      "\(what) \(message) (It was tried in a separate process; this one has not called it.)")
  }
}

/// A process of which the output is read.
private struct ChildProcess {
  enum Cause {
    case exit(Int32)
    case signal(Int32)
    case timeLimit
  }

  private let process: Process
  private let output: Pipe

  /// Starts a program; its errors go nowhere, as a crash prints a long report.
  init(
    _ program: String, _ arguments: [String], for function: ForeignFunction
  ) throws(PluginHostError) {
    process = Process()
    output = Pipe()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["SWIFT_BACKTRACE": "enable=no"]) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    do {
      try process.run()
    } catch {
      throw function.error(
        .unreadable, "the program '\(program)' that tries it cannot be started: \(error)")
    }
  }

  /// Waits for the end, or brings it about after some seconds.
  func end(within seconds: Int) -> (output: String, cause: Cause) {
    let descriptor = output.fileHandleForReading.fileDescriptor
    let deadline = ContinuousClock.now + .seconds(seconds)
    var bytes: [UInt8] = []
    var isLate = false
    while !isLate {
      var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      if unsafe poll(&waiting, 1, 100) > 0 {
        var part = [UInt8](repeating: 0, count: 4096)
        let count = unsafe read(descriptor, &part, part.count)
        if count <= 0 { break }
        bytes += part.prefix(count)
      }
      isLate = ContinuousClock.now > deadline
    }
    if isLate { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
    let status = process.terminationStatus
    let cause: Cause =
      isLate
      ? .timeLimit : process.terminationReason == .uncaughtSignal ? .signal(status) : .exit(status)
    return (String(decoding: bytes, as: UTF8.self), cause)
  }
}

extension String {
  /// What follows a prefix; nil if it does not start so.
  fileprivate func strippingPrefix(_ prefix: String) -> String? {
    hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
  }
}
