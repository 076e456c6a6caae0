import ArgumentParser

/// `cpt-host plugins`: what can be loaded, and what it says of itself.
struct PluginsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plugins",
    abstract: "List, inspect, sign or verify plugins, show what options one takes, or begin one.",
    subcommands: [
      List.self, Inspect.self, Options.self, New.self, Sign.self, Verify.self, TryFunction.self,
    ], defaultSubcommand: List.self)
}
