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

/// The part of the machine that other processes took while something was measured.
struct OthersShare {
  private let began = Reading()

  /// The processor time of others since this was made, as a part of all the time there was.
  var soFar: Double {
    let now = Reading()
    let there = max(now.wall - began.wall, 1e-3) * Double(sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    return max(0, (now.busy - began.busy) - (now.own - began.own)) / there
  }

  /// Above it a measurement says little.
  static let limit = 0.05

  private struct Reading {
    /// In seconds, over all processors.
    var busy: Double
    /// In seconds, of this process.
    var own: Double
    /// In seconds.
    var wall: Double

    init() {
      let text = (try? String(contentsOfFile: "/proc/stat", encoding: .utf8)) ?? ""
      let ticks = text.prefix { $0 != "\n" }.split(separator: " ").dropFirst().compactMap {
        Double($0)
      }
      // user nice system idle iowait irq softirq steal; what follows is counted in user already.
      let idle = ticks.count > 4 ? ticks[3] + ticks[4] : 0
      busy = (ticks.prefix(8).reduce(0, +) - idle) / Double(sysconf(Int32(_SC_CLK_TCK)))
      var usage = rusage()
      unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
      own = Self.seconds(usage.ru_utime) + Self.seconds(usage.ru_stime)
      var now = timespec()
      unsafe clock_gettime(CLOCK_MONOTONIC, &now)
      wall = Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
    }

    private static func seconds(_ time: timeval) -> Double {
      Double(time.tv_sec) + Double(time.tv_usec) * 1e-6
    }
  }
}
