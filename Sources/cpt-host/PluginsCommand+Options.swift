import ArgumentParser
import Foundation
import Logging
import PluginBridges
import PluginHost
import PluginSDK
import Reports

extension PluginsCommand {
  /// `cpt-host plugins options`.
  struct Options: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "options",
      abstract: "Load a plugin and show what a pipeline may write beside its name.")

    @Argument(help: "The plugin's name, as a pipeline writes it.")
    var name: String?

    @Argument(help: "Folders to look into before the installed ones.", completion: .directory)
    var folders: [String] = []

    @Option(
      help: "The plugin in this file, in place of a name.", completion: .file(extensions: ["so"]))
    var file: String?

    func validate() throws {
      guard (name == nil) != (file == nil) else {
        throw ValidationError("give the name of a plugin, or --file and its file")
      }
    }

    func run() throws {
      let path =
        try file.map { PluginSearchPath(file: try PluginFile(path: WorkspaceOption.absolute($0))) }
        ?? PluginFolders.searchPath(after: folders.map(WorkspaceOption.absolute))
      guard let name = name ?? path.found.first?.file.identity.name else { return }
      let kinds = path.found.filter { $0.shadowedBy == nil && $0.file.identity.name == name }
        .map(\.file.identity.kind)
      guard !kinds.isEmpty else {
        let known = Set(path.found.map(\.file.identity.name)).sorted().joined(separator: ", ")
        let refused = path.refused.map { "; refused: \($0.reason.message)" }.joined()
        throw ValidationError("there is no plugin '\(name)'; there are \(known)\(refused)")
      }
      let registry = PluginRegistry(
        path, environment: HostEnvironment(logger: Logger(label: "cpt-host")),
        policy: try PluginPolicy().with(environment: ProcessInfo.processInfo.environment))
      for kind in kinds {
        print("\(name), \(kind.name)")
        var table = TextTable(
          ("option", .left), ("type", .left), ("default", .left), ("", .left))
        for option in try registry.options(of: kind, named: name) {
          table.append(
            option.name, option.type.allowed, option.presence.defaultText, option.help)
        }
        print(table.text, terminator: "")
      }
    }
  }
}

extension OptionType {
  /// What may be written, in a few words.
  fileprivate var allowed: String {
    switch self {
    case .boolean: "true or false"
    case .integer(let range):
      "integer"
        + Self.bounds(
          range.lowerBound == .min ? nil : "\(range.lowerBound)",
          range.upperBound == .max ? nil : "\(range.upperBound)")
    case .real(let range): "number" + Self.bounds(range)
    case .text: "text"
    case .choice(let words): words.joined(separator: " | ")
    case .corpus: "corpus"
    case .shares(let range): "number for each corpus" + Self.bounds(range)
    }
  }

  private static func bounds(_ range: ClosedRange<Double>) -> String {
    bounds(
      range.lowerBound == -.infinity ? nil : "\(range.lowerBound)",
      range.upperBound == .infinity ? nil : "\(range.upperBound)")
  }

  private static func bounds(_ lower: String?, _ upper: String?) -> String {
    switch (lower, upper) {
    case (nil, nil): ""
    case (let lower?, nil): ", at least \(lower)"
    case (nil, let upper?): ", at most \(upper)"
    case (let lower?, let upper?): ", \(lower) to \(upper)"
    }
  }
}

extension OptionPresence {
  /// What holds where nothing is written.
  fileprivate var defaultText: String {
    switch self {
    case .required: "required"
    case .optional: "-"
    case .defaulted(.boolean(let value)): "\(value)"
    case .defaulted(.integer(let value)): "\(value)"
    case .defaulted(.real(let value)): "\(value)"
    case .defaulted(.text(let value)): value
    case .defaulted(.shares(let shares)):
      shares.map { "\($0.corpus): \($0.share)" }.joined(separator: ", ")
    }
  }
}
