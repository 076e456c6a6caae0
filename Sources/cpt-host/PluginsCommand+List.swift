import ArgumentParser
import Foundation
import Pipelines
import PluginHost
import PluginSDK
import Reports

extension PluginsCommand {
  /// `cpt-host plugins list`.
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list",
      abstract: "Show the search path and what was found, refused and shadowed there.",
      discussion: """
        No code of a plugin is run. What is found in a file is remembered in XDG_CACHE_HOME/cpt-host \
        or ~/.cache/cpt-host until the file changes.
        """)

    @Argument(help: "Folders to look into before the installed ones.", completion: .directory)
    var folders: [String] = []

    @Option(
      help: "Also look into the folders of this pipeline, and say what its demands are met by.",
      completion: .file(extensions: ["yaml", "yml"]))
    var pipeline: String?

    @Flag(help: "Print the folders and files as JSON.")
    var json = false

    func run() throws {
      let demands = try pipeline.map { try PipelineDecoder.plugins(contentsOf: $0) }
      var cache = PluginInspectionCache.path(environment: ProcessInfo.processInfo.environment)
        .map { PluginInspectionCache(path: $0) }
      let path = PluginFolders.cachedSearchPath(
        after: folders.map(WorkspaceOption.absolute) + (demands?.folders ?? []), cache: &cache)
      var listings: [Folder] = []
      for folder in path.folders {
        listings.append(
          Folder(
            path: folder.path, failure: folder.failure,
            plugins: folder.found.map { found in
              let path = found.file.path
              let state = PluginSignatureState(of: found.file) { () throws(PluginHostError) in
                try Self.digest(of: path, &cache)
              }
              // Nobody loads one that is shadowed.
              let policy = found.shadowedBy == nil ? demands?.policy : nil
              let trust = policy?.standing(of: found.file) { () throws(PluginHostError) in
                try Self.digest(of: path, &cache)
              }
              return Plugin(found: found, signature: state, trust: trust ?? .nothingDemanded)
            }, refused: folder.refused))
      }
      cache?.save()
      if json { return try JSONOutput.print(listings.map(\.output)) }
      for listing in listings { listing.print() }
    }

    private static func digest(
      of path: String, _ cache: inout PluginInspectionCache?
    ) throws(PluginHostError) -> String {
      guard var known = cache else { return try PluginSignatureState.digest(of: path) }
      defer { cache = known }
      return try known.digest(of: path)
    }
  }
}

/// A plugin that was found, and what is known of its signature.
private struct Plugin {
  var found: PluginSearchPath.Found
  var signature: PluginSignatureState
  var trust: PluginTrust
}

/// A folder of the search path with all that is known of its files.
private struct Folder {
  var path: String
  var failure: String?
  var plugins: [Plugin]
  var refused: [PluginSearchPath.Refused]

  /// A folder as other programs read it.
  struct Output: Encodable {
    var folder: String
    /// Why it was not looked into.
    var failure: String?
    var found: [PluginOutput]
    var refused: [PluginOutput]
  }

  var output: Output {
    Output(
      folder: path, failure: failure,
      found: plugins.map { PluginOutput($0.found, signature: $0.signature, trust: $0.trust) },
      refused: refused.map(PluginOutput.init))
  }

  func print() {
    Swift.print(path + (failure.map { " (\($0))" } ?? ""))
    var table = TextTable(
      ("  kind", .left), ("name", .left), ("version", .left), ("file", .left), ("", .left))
    for plugin in plugins {
      let identity = plugin.found.file.identity
      let file = plugin.found.file.path.split(separator: "/").last.map(String.init) ?? ""
      var notes: [String] = []
      if let other = plugin.found.shadowedBy { notes.append("shadowed by \(other)") }
      if let function = plugin.found.file.function { notes.append(function.summary) }
      if plugin.signature != .none { notes.append(plugin.signature.sentence) }
      switch plugin.trust {
      case .nothingDemanded: break
      case .met: notes.append("as the pipeline demands")
      case .unmet(let reason): notes.append("the pipeline would refuse it: \(reason)")
      }
      table.append(
        "  " + identity.kind.name, identity.name, identity.version, file,
        notes.joined(separator: "; "))
    }
    if !plugins.isEmpty { Swift.print(table.text, terminator: "") }
    for refused in refused {
      Swift.print("  refused: \(refused.path)")
      for finding in refused.findings { Swift.print("    \(finding.message)") }
    }
  }
}
