import ArgumentParser
import Foundation
import PluginConformance
import PluginHost
import PluginSDK
import Reports

extension PluginsCommand {
  /// `cpt-host plugins check`.
  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "check",
      abstract: "Hold a plugin to every law of its kind.",
      discussion: """
        Each law runs in a process of its own, once under a host that offers plugins nothing and once \
        under one that offers everything. A crash, an exit, a hang and memory without end are findings \
        like any other. Exit status: 0 all laws kept, 1 some broken, 2 not a plugin or wrong usage.
        """)

    @Argument(
      help: "The shared library, or the manifest of a function.",
      completion: .file(extensions: ["so", "yaml"]))
    var file: String

    @Option(name: .customLong("law"), help: "Check only this law; may be repeated.")
    var names: [String] = []

    @Option(help: "Check only under this host; under both if absent.")
    var host: CheckHost?

    @OptionGroup var settings: CheckSettings

    @Flag(help: "Print the findings as JSON.")
    var json = false

    func run() throws {
      let plugin = try pluginFile()
      let laws = try laws(of: plugin.identity.kind)
      let run = ConformanceRun(file: plugin.path, settings: settings)
      let cases = try run.cases(laws, under: host.map { [$0] } ?? CheckHost.allCases)
      let report = CheckReport(plugin: plugin, seed: settings.seed, cases: cases)
      if json { try JSONOutput.print(report) } else { print(report.text, terminator: "") }
      if !report.isGood { throw ReportedFailure(status: .failed) }
    }

    private func pluginFile() throws -> PluginFile {
      do throws(PluginHostError) {
        return try PluginFile(libraryOrManifest: WorkspaceOption.absolute(file))
      } catch {
        printError("cpt-host: \(error)")
        throw ReportedFailure(status: .wrongUsageOrFile)
      }
    }

    private func laws(of kind: PluginKind) throws -> [PluginLaw] {
      let all = PluginLaw.all(of: kind)
      guard !all.isEmpty else {
        throw ValidationError(
          "no laws bind a \(kind.name): its self-tests are all it is held to, and they run whenever "
            + "a pipeline names it")
      }
      for name in names where !all.contains(where: { $0.name == name }) {
        throw ValidationError(
          "there is no law '\(name)' for the kind \(kind.name); there are "
            + all.map(\.name).joined(separator: ", "))
      }
      return names.isEmpty ? all : all.filter { names.contains($0.name) }
    }
  }
}

/// What a host offers to the plugin that is checked.
enum CheckHost: String, CaseIterable, Codable, ExpressibleByArgument {
  /// No service at all.
  case minimal
  /// Every service.
  case maximal
}

/// What a check of one law depends on beside plugin, law and host.
struct CheckSettings: ParsableArguments {
  @Option(help: "What every random number follows from.")
  var seed: UInt64 = 1

  @Option(
    help: ArgumentHelp(
      "Give the plugin an option: vocabulary=512, replay=english:0.1,german:0.2.",
      valueName: "name=value"))
  var set: [String] = []

  @Option(help: ArgumentHelp("How long a law may take before it hangs.", valueName: "seconds"))
  var timeout: Double = 300

  @Option(
    name: .customLong("memory"),
    help: ArgumentHelp("How much memory a law may take.", valueName: "MiB"))
  var memoryMebibytes = 4096

  func validate() throws {
    guard timeout > 0, timeout <= 86_400 else {
      throw ValidationError("--timeout is \(timeout); it must be above 0 and at most 86400 seconds")
    }
    guard (64...1 << 20).contains(memoryMebibytes) else {
      throw ValidationError("--memory is \(memoryMebibytes); it must be from 64 to 1048576 MiB")
    }
  }

  /// The arguments that give these settings.
  var arguments: [String] {
    ["--seed", "\(seed)", "--timeout", "\(timeout)", "--memory", "\(memoryMebibytes)"]
      + set.flatMap { ["--set", $0] }
  }
}
