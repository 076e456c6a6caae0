package import PluginBridges
package import PluginSDK
import Synchronization

/// A plugin that was loaded, for reports and reproducibility packs.
package struct PluginLibrary: Hashable, Sendable {
  package let file: PluginFile
  /// The SHA-256 of the file, in hexadecimal, of the very bytes that were opened.
  package let digest: String
  /// Of a foreign function the library behind its manifest.
  package let foreign: ForeignLibrary?

  init(file: PluginFile, digest: String, foreign: ForeignLibrary? = nil) {
    self.file = file
    self.digest = digest
    self.foreign = foreign
  }
}

/// Loads plugins from a search path and gives them as factories; for use from any thread.
///
/// A file is loaded once and never unloaded.
package final class PluginRegistry: Sendable {
  package let searchPath: PluginSearchPath
  package let policy: PluginPolicy
  let environment: HostEnvironment
  /// Foreign functions that were opened, by the path of their manifest.
  let functions = Mutex<[String: OpenFunction]>([:])
  private let workers: WorkerSettings
  private let loaded = Mutex<[String: Loaded]>([:])

  private struct Loaded: Sendable {
    var library: PluginLibrary
    var code: Code
  }

  /// Where a plugin's code runs, after the policy.
  private enum Code: Sendable {
    case here(LoadedPlugin)
    case worker(PluginWorker)
  }

  /// Makes a registry; nothing is loaded yet.
  package init(
    _ searchPath: PluginSearchPath, environment: HostEnvironment,
    policy: PluginPolicy = PluginPolicy(), workers: WorkerSettings = WorkerSettings()
  ) {
    self.searchPath = searchPath
    self.policy = policy
    self.environment = environment
    self.workers = workers
  }

  /// The plugins that were loaded so far, by path.
  package var libraries: [PluginLibrary] {
    (loaded.withLock { $0.values.map(\.library) } + functionLibraries)
      .sorted { $0.file.path < $1.file.path }
  }

  /// A tokenizer plugin.
  ///
  /// - Throws: ``PluginHostError`` if it cannot be found or loaded; so do the other kinds.
  package func tokenizer(named name: String) throws(PluginHostError) -> any TokenizerFactory {
    try make(.tokenizer, name, in: WorkerTokenizerFactory.init) { plugin throws(PluginError) in
      try LoadedTokenizerFactory(plugin)
    }
  }

  /// An architecture plugin.
  package func architecture(
    named name: String
  ) throws(PluginHostError) -> any ArchitectureFactory {
    try make(.architecture, name, in: WorkerArchitectureFactory.init) {
      plugin throws(PluginError) in
      try LoadedArchitectureFactory(plugin)
    }
  }

  /// An optimizer plugin.
  package func optimizer(named name: String) throws(PluginHostError) -> any OptimizerFactory {
    if let open = try function(.optimizer, name), case .optimizer(let update) = open.function.place
    {
      return ForeignOptimizerFactory(open, update)
    }
    return try make(.optimizer, name, in: WorkerOptimizerFactory.init) {
      plugin throws(PluginError) in
      try LoadedOptimizerFactory(plugin)
    }
  }

  /// A data-mixer plugin.
  package func dataMixer(named name: String) throws(PluginHostError) -> any DataMixerFactory {
    if let open = try function(.dataMixer, name), case .dataMixer(let curve) = open.function.place {
      return ForeignMixerFactory(open, curve)
    }
    return try make(.dataMixer, name, in: WorkerDataMixerFactory.init) {
      plugin throws(PluginError) in
      try LoadedDataMixerFactory(plugin)
    }
  }

  /// A scaling-law plugin.
  package func scalingLaw(named name: String) throws(PluginHostError) -> any ScalingLawFactory {
    if let open = try function(.scalingLaw, name), case .scalingLaw(let law) = open.function.place {
      return ForeignLawFactory(open, law)
    }
    return try make(.scalingLaw, name, in: WorkerScalingLawFactory.init) {
      plugin throws(PluginError) in
      try LoadedScalingLawFactory(plugin)
    }
  }

  /// What a plugin's options may be.
  ///
  /// - Throws: ``PluginHostError`` that says where the plugin was looked for and what was found.
  package func options(
    of kind: PluginKind, named name: String
  ) throws -> [OptionDeclaration] {
    if let open = try function(kind, name) { return options(of: open) }
    return switch try lookup(kind, name).code {
    case .here(let plugin): plugin.options
    case .worker(let worker): worker.options
    }
  }

  /// The file that a plugin was loaded from, loaded if it was not.
  package func library(
    of kind: PluginKind, named name: String
  ) throws(PluginHostError) -> PluginLibrary {
    if let open = try function(kind, name) { return PluginLibrary(open) }
    return try lookup(kind, name).library
  }

  private func make<Factory>(
    _ kind: PluginKind, _ name: String, in worker: (PluginWorker) -> Factory,
    here: (LoadedPlugin) throws(PluginError) -> Factory
  ) throws(PluginHostError) -> Factory {
    let loaded = try lookup(kind, name)
    switch loaded.code {
    case .worker(let process): return worker(process)
    case .here(let plugin):
      do throws(PluginError) {
        return try here(plugin)
      } catch {
        throw .refused(loaded.library.file, error)
      }
    }
  }

  private func lookup(_ kind: PluginKind, _ name: String) throws(PluginHostError) -> Loaded {
    let file = try searchPath.find(kind, named: name)
    // The lock is held while it loads, so that no file is loaded twice.
    return try loaded.withLock { loaded throws(PluginHostError) in
      if let known = loaded[file.path] { return known }
      let new = try load(file)
      loaded[file.path] = new
      return new
    }
  }

  private func load(_ found: PluginFile) throws(PluginHostError) -> Loaded {
    let services = environment.services(for: found.identity.name)
    let (checked, digest) = try CheckedLibrary.opening(found, policy: policy)
    let record = PluginLibrary(file: checked.file, digest: digest)
    if policy.isolation(of: found.identity.kind, named: found.identity.name) == .worker {
      let worker = try PluginWorker(
        checked, services: services, settings: workers.limited(by: policy, for: found.identity))
      return Loaded(library: record, code: .worker(worker))
    }
    if environment.namesCrashes { CrashReport.install() }
    let library = try OpenedLibrary(checked)
    do throws(PluginError) {
      let plugin = try unsafe LoadedPlugin(
        identity: library.file.identity, entry: library.entry,
        host: ExportedHostServices(services, isMinimal: environment.isMinimal),
        path: library.file.path)
      return Loaded(library: record, code: .here(plugin))
    } catch {
      throw .refused(library.file, error)
    }
  }
}

extension PluginHostError {
  /// A plugin that refused to serve, or hands over what the ABI does not allow.
  static func refused(_ file: PluginFile, _ error: PluginError) -> PluginHostError {
    PluginHostError(
      error.status == .unsupported ? .incompatible : .refused,
      "\(file.title): \(error.message)")
  }
}
