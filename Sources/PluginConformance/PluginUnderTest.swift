package import PluginSDK

/// A plugin of any kind as a law sees it.
package enum PluginUnderTest: Sendable {
  case tokenizer(any TokenizerFactory)
  case architecture(any ArchitectureFactory)
  case optimizer(any OptimizerFactory)
  case dataMixer(any DataMixerFactory)
  case scalingLaw(any ScalingLawFactory)

  package var kind: PluginKind {
    switch self {
    case .tokenizer: .tokenizer
    case .architecture: .architecture
    case .optimizer: .optimizer
    case .dataMixer: .dataMixer
    case .scalingLaw: .scalingLaw
    }
  }

  package var identity: PluginIdentity {
    switch self {
    case .tokenizer(let factory): factory.identity
    case .architecture(let factory): factory.identity
    case .optimizer(let factory): factory.identity
    case .dataMixer(let factory): factory.identity
    case .scalingLaw(let factory): factory.identity
    }
  }

  package var options: [OptionDeclaration] {
    switch self {
    case .tokenizer(let factory): factory.options
    case .architecture(let factory): factory.options
    case .optimizer(let factory): factory.options
    case .dataMixer(let factory): factory.options
    case .scalingLaw(let factory): factory.options
    }
  }
}

/// A plugin's factory with what a law needs to work with it.
struct Subject<Factory: Sendable>: Sendable {
  let factory: Factory
  let declarations: [OptionDeclaration]
  let settings: LawSettings

  /// Numbers that follow from the seed and a name.
  func random(_ stream: String) -> SeededGenerator {
    SeededGenerator(seed: settings.seed, stream: stream)
  }

  /// Makes something with options that the plugin takes.
  ///
  /// - Returns: The first set of options that is not refused, and what was made of it.
  /// - Throws: ``Breach`` if all are refused.
  func made<Made>(
    _ make: (OptionValues) throws(PluginError) -> Made
  ) throws(Breach) -> (options: OptionValues, made: Made) {
    var sampler = OptionSampler(
      declarations, written: settings.options, random: random("options"))
    var last: (options: OptionValues, error: PluginError)?
    for _ in 0..<OptionSampler.attempts {
      let options = sampler.next()
      do throws(PluginError) {
        return (options, try make(options))
      } catch {
        last = (options, error)
      }
    }
    throw Breach(
      "no options that follow from the declarations are taken; the last were "
        + "\(last?.options.text ?? "none") and the answer '\(last?.error.message ?? "")'. If the "
        + "plugin needs particular ones, give them with --set name=value")
  }
}

extension PluginLaw {
  static func tokenizer(
    _ name: String, _ sentence: String, file: StaticString = #fileID, line: UInt = #line,
    check: @escaping @Sendable (Subject<any TokenizerFactory>) throws -> LawOutcome
  ) -> PluginLaw {
    PluginLaw(.tokenizer, name, sentence, source: "\(file):\(line)") { plugin, settings in
      guard case .tokenizer(let factory) = plugin else { preconditionFailure("another kind") }
      return try check(
        Subject(factory: factory, declarations: factory.options, settings: settings))
    }
  }

  static func architecture(
    _ name: String, _ sentence: String, file: StaticString = #fileID, line: UInt = #line,
    check: @escaping @Sendable (Subject<any ArchitectureFactory>) throws -> LawOutcome
  ) -> PluginLaw {
    PluginLaw(.architecture, name, sentence, source: "\(file):\(line)") { plugin, settings in
      guard case .architecture(let factory) = plugin else { preconditionFailure("another kind") }
      return try check(
        Subject(factory: factory, declarations: factory.options, settings: settings))
    }
  }

  static func optimizer(
    _ name: String, _ sentence: String, file: StaticString = #fileID, line: UInt = #line,
    check: @escaping @Sendable (Subject<any OptimizerFactory>) throws -> LawOutcome
  ) -> PluginLaw {
    PluginLaw(.optimizer, name, sentence, source: "\(file):\(line)") { plugin, settings in
      guard case .optimizer(let factory) = plugin else { preconditionFailure("another kind") }
      return try check(
        Subject(factory: factory, declarations: factory.options, settings: settings))
    }
  }

  static func dataMixer(
    _ name: String, _ sentence: String, file: StaticString = #fileID, line: UInt = #line,
    check: @escaping @Sendable (Subject<any DataMixerFactory>) throws -> LawOutcome
  ) -> PluginLaw {
    PluginLaw(.dataMixer, name, sentence, source: "\(file):\(line)") { plugin, settings in
      guard case .dataMixer(let factory) = plugin else { preconditionFailure("another kind") }
      return try check(
        Subject(factory: factory, declarations: factory.options, settings: settings))
    }
  }

  static func scalingLaw(
    _ name: String, _ sentence: String, file: StaticString = #fileID, line: UInt = #line,
    check: @escaping @Sendable (Subject<any ScalingLawFactory>) throws -> LawOutcome
  ) -> PluginLaw {
    PluginLaw(.scalingLaw, name, sentence, source: "\(file):\(line)") { plugin, settings in
      guard case .scalingLaw(let factory) = plugin else { preconditionFailure("another kind") }
      return try check(
        Subject(factory: factory, declarations: factory.options, settings: settings))
    }
  }

  static func anyKind(
    _ name: String, _ sentence: String, file: StaticString = #fileID, line: UInt = #line,
    check: @escaping @Sendable (Subject<PluginUnderTest>) throws -> LawOutcome
  ) -> PluginLaw {
    PluginLaw(nil, name, sentence, source: "\(file):\(line)") { plugin, settings in
      try check(Subject(factory: plugin, declarations: plugin.options, settings: settings))
    }
  }
}
