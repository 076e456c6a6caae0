import Pipelines
package import PluginBridges
package import PluginSDK

/// The plugins that a pipeline uses, loaded, with what is known of their files.
package struct ExperimentPlugins: Sendable {
  package var tokenizer: any TokenizerFactory
  package var architecture: any ArchitectureFactory
  /// By name: a stage may use another optimizer than the pipeline.
  package var optimizers: [String: any OptimizerFactory]
  package var mixers: [String: any DataMixerFactory]
  package var laws: [String: any ScalingLawFactory]
  package var schedules: [String: any ScheduleFunction]
  /// One for each plugin.
  package var records: [PluginRecord]

  package init(
    tokenizer: any TokenizerFactory, architecture: any ArchitectureFactory,
    optimizers: [String: any OptimizerFactory], mixers: [String: any DataMixerFactory],
    laws: [String: any ScalingLawFactory],
    schedules: [String: any ScheduleFunction] = [:], records: [PluginRecord]
  ) {
    self.tokenizer = tokenizer
    self.architecture = architecture
    self.optimizers = optimizers
    self.mixers = mixers
    self.laws = laws
    self.schedules = schedules
    self.records = records
  }

  /// Makes the optimizer of a stage.
  func optimizer(_ use: PluginUse) throws -> any Optimizer {
    try Self.named(use.plugin, in: optimizers, .optimizer).make(options: use.options)
  }

  /// Makes the data mixer of a stage.
  func mixer(_ use: PluginUse) throws -> any DataMixer {
    try Self.named(use.plugin, in: mixers, .dataMixer).make(options: use.options)
  }

  /// Makes a scaling law.
  func law(_ use: PluginUse) throws -> any ScalingLaw {
    try Self.named(use.plugin, in: laws, .scalingLaw).make(options: use.options)
  }

  /// The function of a schedule; nil if its shape is one of the host's.
  func schedule(_ declaration: ScheduleDeclaration) throws -> (any ScheduleFunction)? {
    try declaration.function.map { try Self.named($0, in: schedules, .schedule) }
  }

  /// A plugin and its options by content.
  func identity(_ kind: PluginKind, _ use: PluginUse) throws(ExperimentError) -> RunIdentity.Plugin
  {
    guard
      let record = records.first(where: {
        $0.identity.kind == kind && $0.identity.name == use.plugin
      })
    else { throw Self.missing(use.plugin, kind) }
    return RunIdentity.Plugin(
      name: use.plugin, version: record.identity.version, sha256: record.contentDigest,
      options: use.options)
  }

  private static func named<Factory>(
    _ name: String, in factories: [String: Factory], _ kind: PluginKind
  ) throws(ExperimentError) -> Factory {
    guard let factory = factories[name] else { throw missing(name, kind) }
    return factory
  }

  private static func missing(_ name: String, _ kind: PluginKind) -> ExperimentError {
    ExperimentError(
      .pipeline,
      "the \(kind.name) plugin '\(name)' was not loaded; name the folder of its file under 'plugins'"
    )
  }
}
