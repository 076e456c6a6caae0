import Dispatch
import Foundation
import PluginConformance
import Synchronization

/// Checks the laws of one plugin, each in a process of its own.
struct ConformanceRun {
  /// The plugin's library, or a function's manifest.
  let file: String
  let settings: CheckSettings

  /// Checks laws under hosts, as many at once as there are processors.
  ///
  /// Where a plugin does not load, nothing else is tried.
  func cases(_ laws: [PluginLaw], under hosts: [CheckHost]) throws -> [CheckedCase] {
    let all = laws.flatMap { law in hosts.map { (law: law, host: $0) } }
    var done: [Int: CheckedCase] = [:]
    for (place, (law, host)) in all.enumerated() where law.name == PluginLaw.nameOfLoading {
      done[place] = try check(law, host)
    }
    let unloadable = done.values.filter { !$0.finding.verdict.isGood }.map(\.host)
    var rest: [Int] = []
    for (place, (law, host)) in all.enumerated() where done[place] == nil {
      if unloadable.contains(host) {
        done[place] = CheckedCase(
          finding: law.finding(.notRun, "it does not load"), host: host, seconds: 0,
          again: again(law, host))
      } else {
        rest.append(place)
      }
    }
    for (place, result) in try atOnce(rest, { try check(all[$0].law, all[$0].host) }) {
      done[place] = result
    }
    return all.indices.compactMap { done[$0] }
  }

  private func atOnce(
    _ places: [Int], _ check: @Sendable (Int) throws -> CheckedCase
  ) throws -> [(Int, CheckedCase)] {
    let results = Mutex<[(Int, Result<CheckedCase, any Error>)]>([])
    DispatchQueue.concurrentPerform(iterations: places.count) { index in
      let result = Result { try check(places[index]) }
      results.withLock { $0.append((places[index], result)) }
    }
    return try results.withLock { $0 }.map { ($0.0, try $0.1.get()) }
  }

  /// Checks one law under one host.
  ///
  /// - Throws: ``ReportedFailure`` if the settings are not for this plugin; else only what is no fault
  ///   of the plugin's.
  private func check(_ law: PluginLaw, _ host: CheckHost) throws -> CheckedCase {
    let start = ContinuousClock.now
    let end = try LawProcess(
      arguments: ["plugins", PluginsCommand.CheckLaw.name, file]
        + PluginsCommand.CheckLaw.arguments(law: law.name, host: host, settings),
      timeout: settings.timeout, memoryLimit: settings.memoryMebibytes << 20
    ).run()
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let finding: LawFinding
    switch end.reason {
    case .replied(.finding(let found)): finding = found
    case .replied(.wrongUsage(let message)):
      printError("cpt-host: \(message)")
      throw ReportedFailure(status: .wrongUsageOrFile)
    case .signal(let number):
      finding = law.finding(
        .crashed, "the process was ended by \(Signal.name(number))\(end.lastWords)")
    case .exit(let status):
      finding = law.finding(
        .exited, "the plugin ended the process with status \(status)\(end.lastWords)")
    case .timeout:
      finding = law.finding(
        .hung, "no answer in \(settings.timeout) seconds; --timeout allows more")
    case .memory(let bytes):
      finding = law.finding(
        .tookTooMuchMemory,
        "it held \(Quantity.bytes(bytes)) of the \(settings.memoryMebibytes) MiB that --memory allows"
      )
    }
    return CheckedCase(
      finding: finding, host: host, seconds: seconds, again: again(law, host))
  }

  /// The command that checks one case again.
  private func again(_ law: PluginLaw, _ host: CheckHost) -> String {
    var arguments = ["cpt-host", "plugins", "check", file, "--law", law.name]
    arguments += ["--host", host.rawValue, "--seed", "\(settings.seed)"]
    arguments += settings.set.flatMap { ["--set", $0] }
    return arguments.map(\.quotedForShell).joined(separator: " ")
  }
}

extension String {
  /// The text as one word of a shell's command.
  fileprivate var quotedForShell: String {
    let isPlain =
      !isEmpty
      && utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"):
          true
        default: "/._-=:,+@%".utf8.contains(byte)
        }
      }
    return isPlain
      ? self
      : "'"
        + split(separator: "'", omittingEmptySubsequences: false)
        .joined(separator: "'\\''") + "'"
  }
}
