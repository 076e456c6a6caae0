import ArgumentParser

/// `cpt-host plugins`: what can be loaded, and what it says of itself.
struct PluginsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plugins",
    abstract: "List, inspect, check, measure, sign or verify plugins, show options, or begin one.",
    subcommands: [
      List.self, Inspect.self, Options.self, New.self, Check.self, Bench.self, Sign.self,
      Verify.self, CheckLaw.self, TryFunction.self,
    ], defaultSubcommand: List.self)
}
