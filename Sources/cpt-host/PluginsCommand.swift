import ArgumentParser
import PluginHost
import PluginSDK
import Reports

/// `cpt-host plugins`: what can be loaded, and what it says of itself.
struct PluginsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plugins",
    abstract: "List plugins, inspect a file, or show what options a plugin takes.",
    subcommands: [List.self, Inspect.self, Options.self, Check.self, CheckLaw.self],
    defaultSubcommand: List.self)

  /// `cpt-host plugins list`.
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "Show the search path and what was found and refused there.")

    @Argument(help: "Folders to look into before the installed ones.", completion: .directory)
    var folders: [String] = []

    @Flag(help: "Print the plugins as JSON.")
    var json = false

    func run() throws {
      let path = PluginFolders.searchPath(after: folders.map(WorkspaceOption.absolute))
      if json { return try JSONOutput.print(path.found.map(PluginOutput.init)) }
      for folder in path.folders {
        print(folder.path + (folder.failure.map { " (\($0))" } ?? ""))
        var table = TextTable(("  kind", .left), ("name", .left), ("version", .left), ("", .left))
        for found in folder.found {
          let identity = found.file.identity
          table.append(
            "  " + identity.kind.name, identity.name, identity.version,
            found.shadowedBy.map { "shadowed by \($0)" } ?? "")
        }
        if !folder.found.isEmpty { print(table.text, terminator: "") }
        for refused in folder.refused { print("  refused: \(refused.reason.message)") }
      }
    }
  }

  /// `cpt-host plugins inspect`.
  struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "inspect", abstract: "Show what a plugin's file says, without running it.")

    @Argument(help: "The shared library.", completion: .file(extensions: ["so"]))
    var file: String

    @Flag(help: "Print it as JSON.")
    var json = false

    func run() throws {
      let found = try PluginFile(path: WorkspaceOption.absolute(file))
      if json { return try JSONOutput.print(PluginOutput(found)) }
      let identity = found.identity
      print("name         \(identity.name)")
      print("kind         \(identity.kind.name)")
      print("version      \(identity.version)")
      print("ABI          \(identity.abiMajor).\(identity.abiMinor)")
      print("concurrency  \(identity.concurrency)")
      print("entry        \(identity.entry)")
      print("toolchain    \(identity.toolchain)")
      print("needs        \(found.needed.joined(separator: " "))")
    }
  }
}

/// A plugin's file as other programs read it.
private struct PluginOutput: Encodable {
  var path: String
  var identity: PluginIdentity
  var needed: [String]
  var shadowedBy: String?

  init(_ file: PluginFile) {
    path = file.path
    identity = file.identity
    needed = file.needed
  }

  init(_ found: PluginSearchPath.Found) {
    self.init(found.file)
    shadowedBy = found.shadowedBy
  }
}
