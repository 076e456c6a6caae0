import ArgumentParser
import CPUEngine
import Foundation
import Logging
import PluginBridges
import PluginConformance
import PluginHost
import PluginSDK
import Timing

extension PluginsCommand {
  /// `cpt-host plugins bench`.
  struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "bench",
      abstract: "Measure what calls of a plugin cost, and what crossing to it costs.",
      discussion: """
        Every call is measured by the function's pointer alone, as the host makes it, and in a worker \
        process; so is loading. Of a function manifest the calls by libffi are measured. Exit status: 0 \
        done, 1 the plugin failed, 2 not a plugin or wrong usage.
        """)

    @Argument(
      help: "A shared library, a function manifest, or the name of a plugin.",
      completion: .file(extensions: ["so", "yaml"]))
    var plugin: String

    @Argument(help: "Folders to look for a name in, before the installed ones.")
    var folders: [String] = []

    @Option(help: "Seconds for each measurement.")
    var seconds = 0.3

    @Option(help: "What every random number follows from.")
    var seed: UInt64 = 1

    @Option(
      help: ArgumentHelp(
        "Give the plugin an option: vocabulary=512, replay=english:0.1,german:0.2.",
        valueName: "name=value"))
    var set: [String] = []

    @Flag(help: "Print the measurements as JSON.")
    var json = false

    func validate() throws {
      guard seconds > 0, seconds <= 3600 else {
        throw ValidationError("--seconds is \(seconds); it must be above 0 and at most 3600")
      }
    }

    func run() throws {
      let reports = try files().map { try report($0) }
      if json {
        try JSONOutput.print(BenchOutput(plugins: reports))
      } else {
        print(reports.map(\.text).joined(separator: "\n"), terminator: "")
      }
    }

    /// The file that is named, or those of the plugins that have the name.
    private func files() throws -> [PluginFile] {
      let isFile =
        plugin.contains("/") || plugin.hasSuffix(".so")
        || plugin.hasSuffix(ForeignFunction.fileSuffix)
      if isFile {
        do {
          return [try PluginFile(libraryOrManifest: WorkspaceOption.absolute(plugin))]
        } catch {
          printError("cpt-host: \(error)")
          throw ReportedFailure(status: .wrongUsageOrFile)
        }
      }
      let path = PluginFolders.searchPath(after: folders.map(WorkspaceOption.absolute))
      let named = path.found.filter {
        $0.shadowedBy == nil && $0.file.identity.name == plugin
      }
      guard !named.isEmpty else {
        let known = Set(path.found.map(\.file.identity.name)).sorted().joined(separator: ", ")
        throw ValidationError("there is no plugin '\(plugin)'; there are \(known)")
      }
      return named.map(\.file)
    }

    private func report(_ file: PluginFile) throws -> BenchReport {
      do {
        var (taken, there) = (0.0, 0.0)
        var report = try measure(file) { others in
          taken += others.soFar * others.elapsed
          there += others.elapsed
        }
        report.othersShare = there > 0 ? taken / there : 0
        return report
      } catch let error as ValidationError {
        throw error
      } catch {
        printError("cpt-host: plugin '\(file.identity.name)' at '\(file.path)': \(error)")
        throw ReportedFailure(status: .failed)
      }
    }

    private func measure(
      _ file: PluginFile, others: @escaping (OthersShare) -> Void
    ) throws -> BenchReport {
      let loading = LoadingMeasurement(file: file, seconds: seconds)
      if file.function != nil {
        let (function, loads) = try loading.function(others: others)
        return BenchReport(
          file, seconds: seconds, loading: loads, foreign: try function.measureCost())
      }
      let (registry, loads) = try loading.library(others: others)
      let here = try PluginUnderTest(file.identity, from: registry)
      let worker = try PluginUnderTest(file.identity, from: loading.registry(.worker))
      let laws = LawSettings(
        seed: seed, options: try OptionValues(set, declared: here.options),
        engine: try CPUEngine(threads: 1, environment: ProcessInfo.processInfo.environment),
        fit: CheckLaw.fit)
      return BenchReport(
        file, seconds: seconds, loading: loads,
        costs: try PluginCosts(
          of: here, inWorker: worker, CostSettings(laws, seconds: seconds), others: others))
    }
  }
}

extension PluginUnderTest {
  /// A plugin of a registry, whatever its kind.
  fileprivate init(_ identity: PluginIdentity, from registry: PluginRegistry) throws {
    let name = identity.name
    self =
      switch identity.kind {
      case .tokenizer: .tokenizer(try registry.tokenizer(named: name))
      case .architecture: .architecture(try registry.architecture(named: name))
      case .optimizer: .optimizer(try registry.optimizer(named: name))
      case .dataMixer: .dataMixer(try registry.dataMixer(named: name))
      case .scalingLaw: .scalingLaw(try registry.scalingLaw(named: name))
      case .schedule: preconditionFailure("no library is a schedule")
      }
  }
}

/// Times what is done with a plugin's file before its first call.
private struct LoadingMeasurement {
  let file: PluginFile
  let seconds: Double

  /// A registry that holds the file and has loaded nothing.
  func registry(_ isolation: PluginIsolation = .none) -> PluginRegistry {
    PluginRegistry(
      PluginSearchPath(file: file),
      environment: HostEnvironment(
        logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }),
      policy: PluginPolicy(isolation: isolation))
  }

  /// Loads a library, and then again and again.
  func library(
    others: (OthersShare) -> Void
  ) throws -> (PluginRegistry, [PluginCost]) {
    let (kind, name) = (file.identity.kind, file.identity.name)
    let inspection = try time { _ = PluginInspection(path: file.path) }
    let digest = try time { _ = try PluginSignatureState.digest(of: file.path) }
    let registry = registry()
    let first = try once { _ = try registry.options(of: kind, named: name) }
    let share = OthersShare()
    let again = try time {
      _ = try self.registry().options(of: kind, named: name)
    }
    others(share)
    let worker = Spread(
      try (0..<3).map { _ in
        try once { _ = try self.registry(.worker).options(of: kind, named: name) }.median
      })
    return (
      registry,
      [
        PluginCost("inspect the file", [.host: inspection]),
        PluginCost("SHA-256 of the file", [.host: digest]),
        PluginCost("load it, checked", [.host: first, .worker: worker]),
        PluginCost("load it again, checked", [.host: again]),
      ]
    )
  }

  /// Opens a foreign function, its self-tests included.
  func function(others: (OthersShare) -> Void) throws -> (OpenFunction, [PluginCost]) {
    let registry = registry()
    var function: OpenFunction?
    let share = OthersShare()
    let opening = try once {
      function = try registry.function(file.identity.kind, file.identity.name)
    }
    others(share)
    guard let function else { preconditionFailure("a manifest gave no function") }
    return (function, [PluginCost("open it, self-tests included", [.host: opening])])
  }

  private func once(_ body: () throws -> Void) rethrows -> Spread {
    Spread([try ContinuousClock().measure(body) / .nanoseconds(1)])
  }

  private func time(_ body: () throws -> Void) throws -> Spread {
    try Spread.nanosecondsForOne(seconds: seconds, rounds: 9) { count in
      for _ in 0..<count { try body() }
    }
  }
}
