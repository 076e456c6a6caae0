import CPluginABI
import Glibc
package import PluginSDK
import Synchronization

/// A plugin that was loaded, for reports and reproducibility packs.
package struct PluginLibrary: Hashable, Sendable {
  package let file: PluginFile
  /// The SHA-256 of the file, in hexadecimal, taken before it was opened.
  package let digest: String
}

/// Loads plugins from a search path and gives them as factories; for use from any thread.
///
/// A file is loaded once and never unloaded.
package final class PluginRegistry: Sendable {
  package let searchPath: PluginSearchPath
  package let policy: PluginPolicy
  private let environment: HostEnvironment
  private let loaded = Mutex<[String: Loaded]>([:])

  private struct Loaded: Sendable {
    var library: PluginLibrary
    var plugin: LoadedPlugin
  }

  /// Makes a registry; nothing is loaded yet.
  package init(
    _ searchPath: PluginSearchPath, environment: HostEnvironment,
    policy: PluginPolicy = PluginPolicy()
  ) {
    self.searchPath = searchPath
    self.policy = policy
    self.environment = environment
  }

  /// The plugins that were loaded so far, by path.
  package var libraries: [PluginLibrary] {
    loaded.withLock { $0.values.map(\.library) }.sorted { $0.file.path < $1.file.path }
  }

  /// A tokenizer plugin.
  ///
  /// - Throws: ``PluginHostError`` if it cannot be found or loaded; so do the other kinds.
  package func tokenizer(named name: String) throws(PluginHostError) -> any TokenizerFactory {
    try make(.tokenizer, name) { plugin throws(PluginError) in
      try LoadedTokenizerFactory(plugin)
    }
  }

  /// An architecture plugin.
  package func architecture(
    named name: String
  ) throws(PluginHostError) -> any ArchitectureFactory {
    try make(.architecture, name) { plugin throws(PluginError) in
      try LoadedArchitectureFactory(plugin)
    }
  }

  /// An optimizer plugin.
  package func optimizer(named name: String) throws(PluginHostError) -> any OptimizerFactory {
    try make(.optimizer, name) { plugin throws(PluginError) in
      try LoadedOptimizerFactory(plugin)
    }
  }

  /// A data-mixer plugin.
  package func dataMixer(named name: String) throws(PluginHostError) -> any DataMixerFactory {
    try make(.dataMixer, name) { plugin throws(PluginError) in
      try LoadedDataMixerFactory(plugin)
    }
  }

  /// A scaling-law plugin.
  package func scalingLaw(named name: String) throws(PluginHostError) -> any ScalingLawFactory {
    try make(.scalingLaw, name) { plugin throws(PluginError) in
      try LoadedScalingLawFactory(plugin)
    }
  }

  /// What a plugin's options may be.
  ///
  /// - Throws: ``PluginHostError`` that says where the plugin was looked for and what was found.
  package func options(
    of kind: PluginKind, named name: String
  ) throws -> [OptionDeclaration] { try lookup(kind, name).plugin.options }

  /// The file that a plugin was loaded from, loaded if it was not.
  package func library(
    of kind: PluginKind, named name: String
  ) throws(PluginHostError) -> PluginLibrary { try lookup(kind, name).library }

  private func make<Factory>(
    _ kind: PluginKind, _ name: String,
    _ read: (LoadedPlugin) throws(PluginError) -> Factory
  ) throws(PluginHostError) -> Factory {
    let loaded = try lookup(kind, name)
    do throws(PluginError) {
      return try read(loaded.plugin)
    } catch {
      throw .refused(loaded.library.file, error)
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

  private func load(_ file: PluginFile) throws(PluginHostError) -> Loaded {
    let digest = try RandomAccessFile(path: file.path).digest()
    let entry = try unsafe open(file)
    let services = ExportedHostServices(
      environment.services(for: file.identity.name), isMinimal: environment.isMinimal)
    do throws(PluginError) {
      let plugin = try unsafe LoadedPlugin(identity: file.identity, entry: entry, host: services)
      return Loaded(library: PluginLibrary(file: file, digest: digest), plugin: plugin)
    } catch {
      throw .refused(file, error)
    }
  }

  /// Opens a library and finds its entry function.
  private func open(_ file: PluginFile) throws(PluginHostError) -> cpt_plugin_entry {
    let name = file.identity.name
    // A Swift library must stay: once one is gone, the next search for a conformance crashes.
    guard let library = unsafe dlopen(file.path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE) else {
      let needed = file.needed.isEmpty ? "nothing" : file.needed.joined(separator: ", ")
      throw PluginHostError(
        .unloadable,
        "plugin '\(name)' at '\(file.path)' cannot be opened: \(loaderError()); it needs \(needed)")
    }
    guard let symbol = unsafe dlsym(library, file.identity.entry) else {
      throw PluginHostError(
        .unloadable,
        "plugin '\(name)' at '\(file.path)' does not export '\(file.identity.entry)', which its "
          + "record names as its entry function: export it with C linkage")
    }
    return unsafe unsafeBitCast(symbol, to: cpt_plugin_entry.self)
  }
}

/// What the dynamic loader last complained of.
private func loaderError() -> String {
  guard let text = unsafe dlerror() else { return "no reason given" }
  return unsafe String(cString: text)
}

extension PluginHostError {
  /// A plugin that refused to serve, or hands over what the ABI does not allow.
  fileprivate static func refused(_ file: PluginFile, _ error: PluginError) -> PluginHostError {
    PluginHostError(
      error.status == .unsupported ? .incompatible : .refused,
      "plugin '\(file.identity.name)' at '\(file.path)': \(error.message)")
  }
}
