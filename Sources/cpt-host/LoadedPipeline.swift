import Experiments
import Foundation
import Logging
import Pipelines
import PluginHost
package import PluginSDK

/// A pipeline file with the plugins that it can use.
struct LoadedPipeline {
  let text: String
  /// Its plugin folders are those that its plugins come from.
  let pipeline: Pipeline
  private let registry: PluginRegistry

  /// Reads and checks a pipeline file.
  ///
  /// - Parameters:
  ///   - file: The path of the file.
  ///   - overrides: Values in the place of those in the file.
  ///   - cancellation: What plugins ask whether to stop.
  /// - Throws: `PipelineError` with every mistake.
  init(
    file: String, overrides: [PipelineOverride] = [], cancellation: Cancellation = Cancellation()
  ) throws {
    text = try PipelineDecoder.text(of: file)
    var registry: PluginRegistry?
    var pipeline = try PipelineDecoder.decode(
      text: text, file: file, overrides: overrides
    ) { folders, policy in
      let found = PluginRegistry(
        PluginFolders.searchPath(after: folders),
        environment: HostEnvironment(
          logger: Logger(label: "cpt-host"), cancellation: cancellation),
        policy: try policy.with(environment: ProcessInfo.processInfo.environment))
      registry = found
      return found
    }
    guard let registry else { preconditionFailure("a pipeline was decoded without a catalog") }
    let used = registry.libraries.map(\.file.path).map { path in
      URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false)
        .droppingTrailingSlash
    }
    let folders = registry.searchPath.folders.map(\.path)
      .map(\.droppingTrailingSlash).filter(Set(used).contains)
    pipeline.pluginFolders = folders
    for place in pipeline.variants.indices {
      pipeline.variants[place].pipeline.pluginFolders = folders
    }
    self.pipeline = pipeline
    self.registry = registry
  }

  /// Every plugin that the pipeline names.
  func plugins() throws -> ExperimentPlugins {
    let pipelines = pipeline.combinations.map(\.pipeline)
    let declared = pipelines.flatMap { [$0.optimizer] + $0.stages.map(\.optimizer) }
    let optimizers = Set(declared.map(\.use.plugin))
    let mixers = Set(pipelines.flatMap { $0.stages.map(\.data.plugin) })
    let laws = Set(pipeline.laws.map(\.use.plugin))
    let schedules = Set(declared.compactMap(\.schedule.function))
    let uses: [(PluginKind, String)] =
      [
        (.tokenizer, pipeline.tokenizer.use.plugin),
        (.architecture, pipeline.model.use.plugin),
      ]
      + optimizers.sorted().map { (.optimizer, $0) } + mixers.sorted().map { (.dataMixer, $0) }
      + laws.sorted().map { (.scalingLaw, $0) } + schedules.sorted().map { (.schedule, $0) }
    return ExperimentPlugins(
      tokenizer: try registry.tokenizer(named: pipeline.tokenizer.use.plugin),
      architecture: try registry.architecture(named: pipeline.model.use.plugin),
      optimizers: try Self.byName(optimizers) { try registry.optimizer(named: $0) },
      mixers: try Self.byName(mixers) { try registry.dataMixer(named: $0) },
      laws: try Self.byName(laws) { try registry.scalingLaw(named: $0) },
      schedules: try Self.byName(schedules) { try registry.schedule(named: $0) },
      records: try uses.map { kind, name in
        let library = try registry.library(of: kind, named: name)
        return PluginRecord(
          identity: library.file.identity, path: library.file.path, sha256: library.digest,
          library: library.foreign.map {
            PluginRecord.Library(path: $0.path, sha256: $0.digest, isSystem: $0.isSystem)
          })
      })
  }

  private static func byName<Factory>(
    _ names: Set<String>, _ make: (String) throws -> Factory
  ) rethrows -> [String: Factory] {
    try Dictionary(uniqueKeysWithValues: names.map { ($0, try make($0)) })
  }
}

/// Where plugins are looked for after the folders that a pipeline names.
enum PluginFolders {
  /// Looks into some folders, then into the installed ones.
  static func searchPath(after folders: [String]) -> PluginSearchPath {
    PluginSearchPath(folders + installed, functions: FunctionDecoder.decode(contentsOf:))
  }

  /// The same, with what the user's cache knows of files that did not change; only for showing.
  static func cachedSearchPath(
    after folders: [String], cache: inout PluginInspectionCache?
  ) -> PluginSearchPath {
    guard var known = cache else { return searchPath(after: folders) }
    let path = PluginSearchPath(
      folders + installed, functions: FunctionDecoder.decode(contentsOf:), cache: &known)
    cache = known
    return path
  }

  /// The folder of this program, and the library folder of an installation around it.
  private static var installed: [String] {
    let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent()
    return [program, program.deletingLastPathComponent().appending(path: "lib/cpt-host/plugins")]
      .map { $0.path(percentEncoded: false).droppingTrailingSlash }
  }
}

extension PluginRegistry: PluginCatalog {
  /// All that were found, those that are shadowed as well.
  package var pluginNames: [String]? { searchPath.found.map(\.file.identity.name) }

  package var refusals: [String] { searchPath.refused.map(\.reason.message) }

  /// Makes the mixer to ask it.
  package func check(dataMixer name: String, options: OptionValues) throws {
    _ = try dataMixer(named: name).make(options: options)
  }

  /// Makes the law to ask it.
  package func terms(ofLaw name: String, options: OptionValues) throws -> [String]? {
    try scalingLaw(named: name).make(options: options).parameters.map(\.name)
  }
}

extension String {
  /// The path of a folder as people write it.
  var droppingTrailingSlash: String {
    count > 1 && hasSuffix("/") ? String(dropLast()) : self
  }
}
