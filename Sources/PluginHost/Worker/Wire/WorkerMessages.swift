import GraphLanguage
import PluginSDK

/// What the host can ask of a worker; which of them, its plugin's kind decides.
enum WorkerFunction: UInt8, WireValue {
  case start
  case release
  case train, load, save, encode, decode, encodeBatch, decodeBatch
  case shape, create, parameterCount, describe
  case states
  case weights
  case evaluate, optimum

  /// When it ran, for messages: by the function of the plugin's table that it leads to.
  var phrase: String {
    switch self {
    case .start: "while the plugin was loaded"
    case .release: "during 'destroy'"
    case .shape: "during 'shape_near'"
    case .parameterCount: "during 'parameter_count'"
    case .states: "during 'state'"
    case .encodeBatch: "during 'encode' of a batch"
    case .decodeBatch: "during 'decode' of a batch"
    case .train, .load, .save, .encode, .decode, .create, .describe, .weights, .evaluate, .optimum:
      "during '\(self)'"
    }
  }
}

/// What a worker can ask of the host while it serves a call.
enum WorkerQuestion: UInt8, WireValue {
  /// The next document to train on.
  case document
  /// A parameter of the graph that is being described.
  case parameter
  /// An operation of it.
  case operation
}

/// How a message of a worker begins.
enum WorkerMessage: UInt8, WireValue {
  /// The call is done; what it gives follows.
  case returned
  /// The call is done; a ``PluginError`` follows.
  case failed
  /// The call needs something of the host; a ``WorkerQuestion`` follows with its arguments.
  case asks
}

/// How the host's answer to a question begins.
enum WorkerReply: UInt8, WireValue {
  /// What was asked for follows.
  case answered
  /// A ``GraphError`` follows.
  case refusedByGraph
  /// A ``PluginError`` follows.
  case failed
}

/// What a worker is told first.
struct WorkerOrder: WireValue {
  /// That of the plugin's file before it was hashed; nil if it was copied to sealed memory.
  var stamp: FileStamp?
  /// The only folder that it may write to.
  var folder: String
  /// The most bytes of memory of its own that it may ask for.
  var memoryLimit: Int

  init(stamp: FileStamp?, folder: String, memoryLimit: Int) {
    self.stamp = stamp
    self.folder = folder
    self.memoryLimit = memoryLimit
  }

  func write(to writer: inout WireWriter) throws(PluginError) {
    try writer.write(stamp)
    try writer.write(folder, memoryLimit)
  }

  init(from reader: inout WireReader) throws(PluginError) {
    self.init(
      stamp: try reader.read(), folder: try reader.read(), memoryLimit: try reader.read())
  }
}

extension FileStamp: WireValue {
  func write(to writer: inout WireWriter) throws(PluginError) { try writer.write(number: self) }

  init(from reader: inout WireReader) throws(PluginError) {
    self = try reader.read(number: FileStamp.self)
  }
}

/// What a worker answers first: whether it has loaded its plugin.
enum WorkerStart: WireValue {
  case serves([OptionDeclaration])
  /// The plugin cannot be opened.
  case cannotOpen(PluginHostError)
  /// The plugin refuses to serve, or hands over what the ABI does not allow.
  case refuses(PluginError)

  func write(to writer: inout WireWriter) throws(PluginError) {
    switch self {
    case .serves(let options): try writer.write(0 as UInt8, options)
    case .cannotOpen(let error): try writer.write(1 as UInt8, error)
    case .refuses(let error): try writer.write(2 as UInt8, error)
    }
  }

  init(from reader: inout WireReader) throws(PluginError) {
    switch try reader.read(UInt8.self) {
    case 0: self = .serves(try reader.read())
    case 1: self = .cannotOpen(try reader.read())
    case 2: self = .refuses(try reader.read())
    default: throw WireReader.garbled
    }
  }
}

/// An instance that lives in a worker: its number there, and what is constant in its life.
struct MadeInstance<Facts: WireValue>: WireValue {
  var id: Int
  var facts: Facts

  init(id: Int, facts: Facts) {
    self.id = id
    self.facts = facts
  }

  func write(to writer: inout WireWriter) throws(PluginError) { try writer.write(id, facts) }

  init(from reader: inout WireReader) throws(PluginError) {
    self.init(id: try reader.read(), facts: try reader.read())
  }
}

/// What a law says of itself.
struct LawFacts: WireValue {
  var variables: [String]
  var parameters: [LawParameter]

  init(variables: [String], parameters: [LawParameter]) {
    self.variables = variables
    self.parameters = parameters
  }

  func write(to writer: inout WireWriter) throws(PluginError) {
    try writer.write(variables, parameters)
  }

  init(from reader: inout WireReader) throws(PluginError) {
    self.init(variables: try reader.read(), parameters: try reader.read())
  }
}
