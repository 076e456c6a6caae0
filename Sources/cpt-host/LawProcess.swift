import Foundation
import Glibc
import PluginConformance

/// What the process of a law says in the end.
enum LawReply: Codable {
  case finding(LawFinding)
  /// The settings are not for this plugin.
  case wrongUsage(String)
}

/// One law in a process of its own, with limits.
struct LawProcess {
  /// The descriptor that the reply is written to: not a standard one, where the plugin may print.
  static let replyDescriptor: Int32 = 3

  let arguments: [String]
  /// In seconds.
  let timeout: Double
  /// In bytes.
  let memoryLimit: Int

  /// How the process ended.
  struct End {
    enum Reason {
      case replied(LawReply)
      case signal(Int32)
      case exit(Int32)
      case timeout
      /// The bytes it held at most.
      case memory(Int)
    }

    var reason: Reason
    /// What it printed last, to stand behind a reason; empty if it printed nothing.
    var lastWords: String
  }

  /// Runs it to its end, or to the end of what it may take.
  func run() throws -> End {
    let reply = try NamelessFile()
    let output = try NamelessFile()
    let process = try start(reply: reply, output: output)
    let (status, reason) = wait(for: process)
    let words = output.lastLine.map { "; it printed '\($0)'" } ?? ""
    if let reason { return End(reason: reason, lastWords: words) }
    // The macros of sys/wait.h: the low seven bits are the signal.
    let signal = status & 0x7F
    if signal != 0 { return End(reason: .signal(signal), lastWords: words) }
    let exit = status >> 8 & 0xFF
    guard exit == 0, let answer = try? JSONDecoder().decode(LawReply.self, from: reply.content)
    else { return End(reason: .exit(exit), lastWords: words) }
    return End(reason: .replied(answer), lastWords: words)
  }

  private func start(reply: NamelessFile, output: NamelessFile) throws -> pid_t {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    unsafe posix_spawn_file_actions_adddup2(&actions, output.descriptor, STDOUT_FILENO)
    unsafe posix_spawn_file_actions_adddup2(&actions, output.descriptor, STDERR_FILENO)
    unsafe posix_spawn_file_actions_adddup2(&actions, reply.descriptor, Self.replyDescriptor)
    let environment = ProcessInfo.processInfo.environment
      // A backtrace takes longer than the law.
      .merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }
      .map { "\($0.key)=\($0.value)" }
    let words = CStrings(["cpt-host"] + arguments)
    let variables = CStrings(environment)
    var process: pid_t = 0
    let status = unsafe posix_spawn(
      &process, "/proc/self/exe", &actions, nil, words.pointers, variables.pointers)
    withExtendedLifetime((words, variables)) {}
    guard status == 0 else {
      throw CheckError("no process can be started: \(unsafe String(cString: strerror(status)))")
    }
    return process
  }

  /// Waits for the end, and brings it about where a limit is reached.
  private func wait(for process: pid_t) -> (status: Int32, reason: End.Reason?) {
    let deadline = ContinuousClock.now + .seconds(timeout)
    var reason: End.Reason?
    var pause: UInt32 = 500
    while true {
      var status: Int32 = 0
      var usage = rusage()
      let ended = unsafe wait4(process, &status, WNOHANG, &usage)
      if ended == process {
        let greatest = usage.ru_maxrss << 10
        // Memory that is refused ends a plugin in many ways, soon after the limit.
        if reason == nil, status != 0, greatest >= memoryLimit {
          reason = .memory(greatest)
        }
        return (status, reason)
      }
      if reason == nil {
        let held = Self.residentByteCount(of: process)
        if held > memoryLimit { reason = .memory(held) }
        if ContinuousClock.now > deadline { reason = .timeout }
        if reason != nil { kill(process, SIGKILL) }
      }
      usleep(pause)
      pause = min(2 * pause, 10_000)
    }
  }

  private static func residentByteCount(of process: pid_t) -> Int {
    let text = (try? String(contentsOfFile: "/proc/\(process)/statm", encoding: .utf8)) ?? ""
    let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    return pages * sysconf(Int32(_SC_PAGESIZE))
  }
}

/// Why a check could not be made, through no fault of the plugin.
struct CheckError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// The names of signals.
enum Signal {
  /// A signal as people know it: `SIGSEGV (Segmentation fault)`.
  static func name(_ number: Int32) -> String {
    let names: [Int32: String] = [
      SIGHUP: "SIGHUP", SIGINT: "SIGINT", SIGILL: "SIGILL", SIGTRAP: "SIGTRAP",
      SIGABRT: "SIGABRT", SIGBUS: "SIGBUS", SIGFPE: "SIGFPE", SIGKILL: "SIGKILL",
      SIGSEGV: "SIGSEGV", SIGPIPE: "SIGPIPE", SIGALRM: "SIGALRM", SIGTERM: "SIGTERM",
      SIGXCPU: "SIGXCPU", SIGXFSZ: "SIGXFSZ", SIGSYS: "SIGSYS",
    ]
    let meaning = unsafe strsignal(number).map { unsafe String(cString: $0) } ?? "unknown"
    return "\(names[number] ?? "signal \(number)") (\(meaning))"
  }
}

/// A file without a name, for a child to write to and its parent to read.
private final class NamelessFile {
  let descriptor: Int32

  init() throws {
    var path = Array("\(NSTemporaryDirectory())/cpt-host-law-XXXXXX".utf8CString)
    descriptor = unsafe mkstemp(&path)
    guard descriptor >= 0 else {
      let reason = unsafe String(cString: strerror(errno))
      throw CheckError("no file can be made in \(NSTemporaryDirectory()): \(reason)")
    }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    unsafe unlink(path)
  }

  deinit { close(descriptor) }

  /// Everything written, up to a MiB.
  var content: Data { read(atMost: 1 << 20) }

  /// The last line that says something, shortened; nil if there is none.
  var lastLine: String? {
    let text = String(decoding: read(atMost: 1 << 16), as: UTF8.self)
    let line = text.split(whereSeparator: \.isNewline).last { !$0.allSatisfy(\.isWhitespace) }
    return line.map { String($0.prefix(200)) }
  }

  /// The end of what was written.
  private func read(atMost limit: Int) -> Data {
    let size = Int(lseek(descriptor, 0, SEEK_END))
    var data = Data(count: min(max(size, 0), limit))
    let count = unsafe data.withUnsafeMutableBytes { bytes in
      unsafe pread(descriptor, bytes.baseAddress, bytes.count, off_t(max(size - limit, 0)))
    }
    return data.prefix(max(count, 0))
  }
}

/// Texts as C passes arguments: pointers to each, the last one null.
@safe
private final class CStrings {
  let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
  private let count: Int

  init(_ texts: [String]) {
    count = texts.count
    unsafe pointers = .allocate(capacity: texts.count + 1)
    for (place, text) in texts.enumerated() {
      unsafe (pointers + place).initialize(to: strdup(text))
    }
    unsafe (pointers + count).initialize(to: nil)
  }

  deinit {
    for place in 0..<count { unsafe free(pointers[place]) }
    unsafe pointers.deallocate()
  }
}
