package import PluginSDK

extension PluginIdentity {
  /// The identity of a Swift type that is used in this process, without a library.
  package static func direct(_ name: String, _ kind: PluginKind) -> PluginIdentity {
    PluginIdentity(
      name: name, kind: kind, version: "0.0.0", abiMajor: 1, abiMinor: 0,
      concurrency: .concurrent, entry: "", capabilities: [], toolchain: "")
  }
}

/// A host that offers nothing: it logs nowhere and never cancels.
package struct SilentHost: HostServices {
  /// Creates a silent host.
  package init() {}

  package func log(_ level: PluginLogLevel, _ message: String) {}
  package var isCancelled: Bool { false }
  package func progress(_ fraction: Double, _ message: String) {}
}

/// A tokenizer type as the host would hold it, called directly and not through the C ABI.
///
/// An author tests a plugin with it; like the other direct factories it checks options as the host
/// does and fills in their defaults.
package struct DirectTokenizerFactory<Plugin: TokenizerPlugin>: TokenizerFactory {
  package let identity: PluginIdentity
  private let host: any HostServices

  package var options: [OptionDeclaration] { Plugin.options }

  /// Creates a factory of the type.
  package init(_ type: Plugin.Type, name: String, host: any HostServices = SilentHost()) {
    identity = .direct(name, .tokenizer)
    self.host = host
  }

  package func train(
    on documents: any DocumentSource, options: OptionValues
  ) throws(PluginError) -> any Tokenizer {
    try Plugin.train(
      on: documents, options: options.completed(by: Plugin.options), host: host)
  }

  package func load(model: [UInt8], options: OptionValues) throws(PluginError) -> any Tokenizer {
    try Plugin(model: model, options: options.completed(by: Plugin.options), host: host)
  }
}

/// An architecture type as the host would hold it, called directly and not through the C ABI.
package struct DirectArchitectureFactory<Plugin: ArchitecturePlugin>: ArchitectureFactory {
  package let identity: PluginIdentity
  private let host: any HostServices

  package var options: [OptionDeclaration] { Plugin.options }

  /// Creates a factory of the type.
  package init(_ type: Plugin.Type, name: String, host: any HostServices = SilentHost()) {
    identity = .direct(name, .architecture)
    self.host = host
  }

  package func shape(
    near target: Int, options: OptionValues, dimensions: ModelDimensions
  ) throws(PluginError) -> OptionValues {
    try Plugin.shape(
      near: target, options: options.completed(by: Plugin.options), dimensions: dimensions)
  }

  package func make(
    options: OptionValues, dimensions: ModelDimensions
  ) throws(PluginError) -> any Architecture {
    try Plugin(
      options: options.completed(by: Plugin.options), dimensions: dimensions, host: host)
  }
}

/// An optimizer type as the host would hold it, called directly and not through the C ABI.
package struct DirectOptimizerFactory<Plugin: OptimizerPlugin>: OptimizerFactory {
  package let identity: PluginIdentity
  private let host: any HostServices

  package var options: [OptionDeclaration] { Plugin.options }

  /// Creates a factory of the type.
  package init(_ type: Plugin.Type, name: String, host: any HostServices = SilentHost()) {
    identity = .direct(name, .optimizer)
    self.host = host
  }

  package func make(options: OptionValues) throws(PluginError) -> any Optimizer {
    try Plugin(options: options.completed(by: Plugin.options), host: host)
  }
}

/// A data-mixer type as the host would hold it, called directly and not through the C ABI.
package struct DirectDataMixerFactory<Plugin: DataMixerPlugin>: DataMixerFactory {
  package let identity: PluginIdentity
  private let host: any HostServices

  package var options: [OptionDeclaration] { Plugin.options }

  /// Creates a factory of the type.
  package init(_ type: Plugin.Type, name: String, host: any HostServices = SilentHost()) {
    identity = .direct(name, .dataMixer)
    self.host = host
  }

  package func make(options: OptionValues) throws(PluginError) -> any DataMixer {
    try Plugin(options: options.completed(by: Plugin.options), host: host)
  }
}

/// A scaling-law type as the host would hold it, called directly and not through the C ABI.
package struct DirectScalingLawFactory<Plugin: ScalingLawPlugin>: ScalingLawFactory {
  package let identity: PluginIdentity
  private let host: any HostServices

  package var options: [OptionDeclaration] { Plugin.options }

  /// Creates a factory of the type.
  package init(_ type: Plugin.Type, name: String, host: any HostServices = SilentHost()) {
    identity = .direct(name, .scalingLaw)
    self.host = host
  }

  package func make(options: OptionValues) throws(PluginError) -> any ScalingLaw {
    try Plugin(options: options.completed(by: Plugin.options), host: host)
  }
}
