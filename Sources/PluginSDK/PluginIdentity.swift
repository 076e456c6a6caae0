/// The kinds of plugin; the raw values are those of the C ABI.
public enum PluginKind: UInt32, Hashable, Sendable, CaseIterable, Codable {
  case tokenizer = 1
  case architecture, optimizer, dataMixer, scalingLaw
  /// A foreign function alone: the C ABI keeps the number for it and has no table.
  case schedule

  /// The kinds that a library can be of.
  package static let ofLibraries = allCases.filter { $0 != .schedule }

  /// The kind as people and pipelines write it.
  public var name: String {
    switch self {
    case .tokenizer: "tokenizer"
    case .architecture: "architecture"
    case .optimizer: "optimizer"
    case .dataMixer: "data-mixer"
    case .scalingLaw: "scaling-law"
    case .schedule: "schedule"
    }
  }
}

/// How many threads may call an instance at once; the raw values are those of the C ABI.
public enum PluginConcurrency: UInt32, Hashable, Sendable, CaseIterable, Codable {
  case main = 1
  case serial, concurrent
}

/// What a plugin says it is, in the record that the host reads before any of its code runs.
public struct PluginIdentity: Hashable, Sendable, Codable {
  /// What a pipeline writes: lower-case letters, digits and hyphens.
  public var name: String
  /// What it is a plugin for.
  public var kind: PluginKind
  /// The plugin's own version.
  public var version: String
  /// The major version of the ABI that it was built against.
  public var abiMajor: Int
  /// The minor version of the ABI that it was built against.
  public var abiMinor: Int
  /// How many threads may call an instance at once.
  public var concurrency: PluginConcurrency
  /// The symbol of its entry function.
  public var entry: String
  /// The names of optional extensions.
  public var capabilities: [String]
  /// The compiler that built it.
  public var toolchain: String

  /// Creates an identity.
  public init(
    name: String, kind: PluginKind, version: String, abiMajor: Int, abiMinor: Int,
    concurrency: PluginConcurrency, entry: String, capabilities: [String], toolchain: String
  ) {
    self.name = name
    self.kind = kind
    self.version = version
    self.abiMajor = abiMajor
    self.abiMinor = abiMinor
    self.concurrency = concurrency
    self.entry = entry
    self.capabilities = capabilities
    self.toolchain = toolchain
  }
}
