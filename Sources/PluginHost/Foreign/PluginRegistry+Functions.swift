package import PluginBridges
package import PluginSDK
import Synchronization

extension PluginRegistry {
  /// A learning-rate schedule, which is a foreign function.
  ///
  /// - Throws: ``PluginHostError`` if there is none of this name, or it is refused.
  package func schedule(
    named name: String
  ) throws(PluginHostError) -> any ScheduleFunction {
    let file = try searchPath.find(.schedule, named: name)
    guard let open = try function(.schedule, name),
      case .schedule(let curve) = open.function.place
    else {
      throw PluginHostError(
        .incompatible, "'\(file.path)' says that it is a schedule; only a function manifest can be")
    }
    return ForeignSchedule(open: open, curve: curve)
  }

  /// A foreign function of a kind and name, its self-tests passed; nil if the name is that of a
  /// library of plugins.
  ///
  /// - Throws: ``PluginHostError`` if there is neither, or the function is refused.
  package func function(
    _ kind: PluginKind, _ name: String
  ) throws(PluginHostError) -> OpenFunction? {
    guard let function = try searchPath.find(kind, named: name).function else { return nil }
    // The lock is held while it is tried, so that it is tried once.
    return try functions.withLock { functions throws(PluginHostError) in
      if let known = functions[function.path] { return known }
      try obey(policy, function)
      let open = try OpenFunction(tried: function, program: environment.program)
      functions[function.path] = open
      return open
    }
  }

  /// What a function says that a pipeline may write beside its name.
  func options(of open: OpenFunction) -> [OptionDeclaration] {
    switch open.function.place {
    case .dataMixer: ForeignMixer.options
    case .optimizer(let update): update.options
    case .scalingLaw, .schedule: []
    }
  }

  /// The functions that were opened, as records and packs name them.
  var functionLibraries: [PluginLibrary] {
    functions.withLock { $0.values.map(PluginLibrary.init) }
  }

  /// Refuses a function that the user's demands do not allow.
  private func obey(
    _ policy: PluginPolicy, _ function: ForeignFunction
  ) throws(PluginHostError) {
    let name = function.name
    if policy.requiredSigner != nil {
      throw function.error(
        .refused,
        "a signature is required of every plugin, and a function manifest carries none: sign a "
          + "plugin instead, or remove 'require_signature'")
    }
    if policy.isolation(of: function.kind, named: name) == .worker {
      throw function.error(
        .refused,
        "a worker process is demanded, but a foreign function is only tried in a process of its "
          + "own and then runs in the host's: write 'isolation: { \(name): none }' to allow that")
    }
    if let pin = policy.pins[name] {
      let digest = try RandomAccessFile(path: function.path).digest()
      guard digest == pin else {
        throw function.error(
          .refused,
          "its manifest has the SHA-256 \(digest), but the pipeline pins \(pin): put the pinned one "
            + "back, or check this one and pin it")
      }
    }
  }
}

extension PluginLibrary {
  /// A function's manifest, with the library behind it.
  init(_ open: OpenFunction) {
    self.init(
      file: PluginFile(function: open.function), digest: open.digest, foreign: open.library)
  }
}

extension PluginIdentity {
  /// A function as plugins are identified; its toolchain is nobody's but its library's.
  init(_ function: ForeignFunction) {
    var concurrency = PluginConcurrency.serial
    if case .optimizer(let update) = function.place { concurrency = update.concurrency }
    self.init(
      name: function.name, kind: function.kind, version: function.version,
      abiMajor: PluginFile.abi.major, abiMinor: PluginFile.abi.minor, concurrency: concurrency,
      entry: function.main.symbol, capabilities: [], toolchain: "")
  }
}
