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

/// Which plugins a law binds, and how it sees them.
struct Bound<Factory: Sendable>: Sendable {
  /// nil for all kinds.
  let kind: PluginKind?
  /// The factory of a plugin; nil if it is of another kind.
  let factory: @Sendable (PluginUnderTest) -> Factory?
}

extension Bound<any TokenizerFactory> {
  static var tokenizer: Self {
    Self(kind: .tokenizer) { if case .tokenizer(let factory) = $0 { factory } else { nil } }
  }
}

extension Bound<any ArchitectureFactory> {
  static var architecture: Self {
    Self(kind: .architecture) { if case .architecture(let factory) = $0 { factory } else { nil } }
  }
}

extension Bound<any OptimizerFactory> {
  static var optimizer: Self {
    Self(kind: .optimizer) { if case .optimizer(let factory) = $0 { factory } else { nil } }
  }
}

extension Bound<any DataMixerFactory> {
  static var dataMixer: Self {
    Self(kind: .dataMixer) { if case .dataMixer(let factory) = $0 { factory } else { nil } }
  }
}

extension Bound<any ScalingLawFactory> {
  static var scalingLaw: Self {
    Self(kind: .scalingLaw) { if case .scalingLaw(let factory) = $0 { factory } else { nil } }
  }
}

extension Bound<PluginUnderTest> {
  static var any: Self { Self(kind: nil) { $0 } }
}

extension PluginLaw {
  /// A law with the way to find out whether a plugin that it binds keeps it.
  static func law<Factory: Sendable>(
    _ bound: Bound<Factory>, _ name: String, _ sentence: String, file: StaticString = #fileID,
    line: UInt = #line, check: @escaping @Sendable (Subject<Factory>) throws -> LawOutcome
  ) -> PluginLaw {
    PluginLaw(bound.kind, name, sentence, source: "\(file):\(line)") { plugin, settings in
      guard let factory = bound.factory(plugin) else { preconditionFailure("another kind") }
      return try check(
        Subject(factory: factory, declarations: plugin.options, settings: settings))
    }
  }
}
