import ArgumentParser
import PluginHost

/// `cpt-host plugin-worker`: the process that a plugin with `isolation: worker` runs in.
struct PluginWorkerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: WorkerProgram.command,
    abstract: "Serve a plugin to the host that has started this process.", shouldDisplay: false)

  @Option(help: "The process of the host.")
  var host: Int32

  @Option(help: "The lanes of the memory that is shared with it.")
  var lanes: Int

  @Argument(help: "The plugin's file.")
  var plugin: String

  func run() throws { try WorkerProgram.run(path: plugin, host: host, laneCount: lanes) }
}
