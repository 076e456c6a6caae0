import Foundation

/// What the system knows of this process.
enum ProcessFacts {
  /// The most physical memory that it has held, in bytes; 0 where the system does not say.
  static var peakMemory: Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    let kibibytes = line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap {
      Int($0)
    }
    return (kibibytes ?? 0) * 1024
  }

  /// The seconds since it was started, to a hundredth.
  static var age: Double {
    let text = (try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8)) ?? ""
    // The second field is the program's name in parentheses, which may hold anything.
    let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
    guard fields.count > 19, let ticks = Double(fields[19]) else { return 0 }
    var now = timespec()
    unsafe clock_gettime(CLOCK_BOOTTIME, &now)
    let seconds = Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
    return seconds - ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
  }

  /// Asks to be scheduled before other processes, for threads that are made later as well.
  ///
  /// Only root may; without it nothing changes.
  static func raisePriority() {
    // The group of a session that is not this process's own would stay raised after it.
    if getsid(0) == getpid() {
      try? Data("-20".utf8).write(to: URL(filePath: "/proc/self/autogroup"))
    }
    _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, -20)
  }
}
