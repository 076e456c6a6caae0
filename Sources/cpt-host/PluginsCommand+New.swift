import ArgumentParser
import Foundation
import PluginSDK
import PluginTemplates

extension PluginsCommand {
  /// `cpt-host plugins new`.
  struct New: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "new",
      abstract: "Write the project of a new plugin, with an example that works and its test.")

    @Option(help: "What the plugin is for: \(kinds).", transform: kind(named:))
    var kind: PluginKind

    @Option(help: "The language: \(PluginLanguage.allValueStrings.joined(separator: ", ")).")
    var language: PluginLanguage

    @Option(help: "The folder in which the project's own folder is made.", completion: .directory)
    var into: String = "."

    @Option(
      help: "For Swift: the folder of cpt-host's sources, or the URL of their repository.",
      completion: .directory)
    var sdk: String?

    @Argument(help: "The plugin's name, as a pipeline will write it: my-mixer.")
    var name: String

    func run() throws {
      let project: PluginProject
      let folder: URL
      do {
        let sdk = try sdk.map { try SDKLocation(argument: $0, version: HostVersion.current) }
        project = try PluginProject(PluginName(name), kind: kind, language: language, sdk: sdk)
        folder = try project.write(into: URL(filePath: WorkspaceOption.absolute(into)))
      } catch let error as PluginProjectError {
        throw ValidationError(error.message)
      }
      print("wrote \(project.files.count) files to \(folder.path(percentEncoded: false))")
      print("next, in that folder:")
      for command in [project.commands.build, project.commands.test] { print("  \(command)") }
      print("  cpt-host plugins check \(project.commands.library)")
    }

    private static let kinds = PluginKind.ofLibraries.map(\.name).joined(separator: ", ")

    private static func kind(named name: String) throws -> PluginKind {
      guard let kind = PluginKind.ofLibraries.first(where: { $0.name == name }) else {
        throw ValidationError("there is no kind '\(name)'; there are \(kinds)")
      }
      return kind
    }
  }
}

extension PluginLanguage: ExpressibleByArgument {}
