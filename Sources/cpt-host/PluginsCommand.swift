import ArgumentParser

/// `cpt-host plugins`: what can be loaded, and what it says of itself.
struct PluginsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plugins",
    abstract: "List plugins, inspect, sign or verify a file, or show what options a plugin takes.",
    subcommands: [
      List.self, Inspect.self, Options.self, Sign.self, Verify.self, TryFunction.self,
    ], defaultSubcommand: List.self)
}
