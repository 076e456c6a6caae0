/// The share of one corpus in an option of type ``OptionType/shares(_:)``.
public struct CorpusShare: Hashable, Sendable, Codable {
  /// The corpus, as the pipeline names it.
  public var corpus: String
  /// Its share.
  public var share: Double

  /// Creates a share.
  public init(corpus: String, share: Double) {
    self.corpus = corpus
    self.share = share
  }
}

/// What an option holds.
public enum OptionValue: Hashable, Sendable, Codable {
  case boolean(Bool)
  case integer(Int)
  case real(Double)
  case text(String)
  case shares([CorpusShare])
}

/// The type of an option, with the values it allows.
public enum OptionType: Hashable, Sendable {
  case boolean
  /// A whole number within inclusive bounds; `Int.min` and `Int.max` stand for none.
  case integer(ClosedRange<Int>)
  /// A number within inclusive bounds; infinities stand for none. A pipeline may write 5% for 0.05.
  case real(ClosedRange<Double>)
  case text
  /// One of some words.
  case choice([String])
  /// The name of a corpus of the pipeline.
  case corpus
  /// A number within inclusive bounds for each of some corpora.
  case shares(ClosedRange<Double>)
}

/// Whether a pipeline has to write an option.
public enum OptionPresence: Hashable, Sendable {
  case required
  case optional
  case defaulted(OptionValue)
}

/// An option that a plugin takes, so that a pipeline is checked and documented without running it.
public struct OptionDeclaration: Hashable, Sendable {
  /// The name as in the pipeline: lower-case words joined by underscores.
  public var name: String
  /// What it may hold.
  public var type: OptionType
  /// Whether it has to be written.
  public var presence: OptionPresence
  /// One line on what it does.
  public var help: String

  /// Creates a declaration.
  public init(_ name: String, _ type: OptionType, _ presence: OptionPresence, help: String) {
    self.name = name
    self.type = type
    self.presence = presence
    self.help = help
  }
}

/// The options of one plugin instance, checked against their declarations.
public struct OptionValues: Hashable, Sendable, Codable {
  /// The values by name.
  public private(set) var values: [String: OptionValue]

  /// Creates a set of values.
  public init(_ values: [String: OptionValue] = [:]) { self.values = values }

  /// The value of an option, or nil if it is absent.
  public subscript(name: String) -> OptionValue? {
    get { values[name] }
    set { values[name] = newValue }
  }

  /// The value of a boolean option, or nil if it is absent or of another type.
  public func boolean(_ name: String) -> Bool? {
    if case .boolean(let value)? = values[name] { value } else { nil }
  }

  /// The value of an integer option, or nil if it is absent or of another type.
  public func integer(_ name: String) -> Int? {
    if case .integer(let value)? = values[name] { value } else { nil }
  }

  /// The value of a real option, or nil if it is absent or of another type.
  public func real(_ name: String) -> Double? {
    if case .real(let value)? = values[name] { value } else { nil }
  }

  /// The value of a text, choice or corpus option, or nil if it is absent or of another type.
  public func text(_ name: String) -> String? {
    if case .text(let value)? = values[name] { value } else { nil }
  }

  /// The value of a shares option, or nil if it is absent or of another type.
  public func shares(_ name: String) -> [CorpusShare]? {
    if case .shares(let value)? = values[name] { value } else { nil }
  }

  /// These values, with those of another set in place of any of the same name.
  public func merging(_ other: OptionValues) -> OptionValues {
    OptionValues(values.merging(other.values) { $1 })
  }
}
