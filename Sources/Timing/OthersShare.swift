import Foundation

/// The part of the machine that other processes took while something was measured.
package struct OthersShare: Sendable {
  private let began = Reading()

  /// Begins to measure.
  package init() {}

  /// The processor time of others since this was made, as a part of all the time there was.
  package var soFar: Double {
    let now = Reading()
    let there = max(now.wall - began.wall, 1e-3) * Double(sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    // The system counts in hundredths of a second, which may be more than there was.
    return min(1, max(0, (now.busy - began.busy) - (now.own - began.own)) / there)
  }

  /// The seconds since this was made.
  package var elapsed: Double { Reading().wall - began.wall }

  /// Above it a measurement says little.
  package static let limit = 0.05

  private struct Reading: Sendable {
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
