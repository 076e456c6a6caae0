package import CPluginABI
package import PluginSDK

/// A plugin whose entry function has been called: its options, its table and how it may be called.
@safe
package struct LoadedPlugin: Sendable {
  package let identity: PluginIdentity
  package let options: [OptionDeclaration]
  let gate: CallGate
  // Safe to share: the table lives as long as the library and is never written.
  private nonisolated(unsafe) let table: UnsafeRawPointer

  /// Calls the entry function and checks what it hands over.
  ///
  /// - Parameters:
  ///   - identity: What the plugin's record says it is.
  ///   - entry: The function that the record names.
  ///   - host: The services for this plugin.
  ///   - path: The file it comes from, for the report of a crash.
  /// - Throws: ``PluginError`` if the entry refuses, or contradicts the record or the ABI.
  package init(
    identity: PluginIdentity, entry: cpt_plugin_entry, host: ExportedHostServices,
    path: String? = nil
  ) throws(PluginError) {
    self.identity = identity
    gate = CallGate(
      identity,
      subject: unsafe PluginCallSubject(
        identity, path: path, entry: unsafeBitCast(entry, to: UnsafeRawPointer.self)))
    let loaded = try unsafe gate.main { () throws(PluginError) in
      try unsafe Self.call(entry, host: host, kind: identity.kind)
    }
    options = unsafe loaded.options
    unsafe table = loaded.table
  }

  private static func call(
    _ entry: cpt_plugin_entry, host: ExportedHostServices, kind: PluginKind
  ) throws(PluginError) -> (options: [OptionDeclaration], table: UnsafeRawPointer) {
    var plugin = unsafe cpt_plugin()
    unsafe plugin.struct_size = MemoryLayout<cpt_plugin>.size
    try unsafe checked("the entry function") { error in unsafe entry(host.pointer, &plugin, error) }
    unsafe plugin = try unsafe readPrefixed(&plugin, "cpt_plugin", orZero: cpt_plugin())
    guard unsafe plugin.abi_major == CPT_ABI_MAJOR else {
      throw PluginError(
        .unsupported,
        unsafe "speaks plugin ABI \(plugin.abi_major).\(plugin.abi_minor), this host "
          + "\(CPT_ABI_MAJOR).\(CPT_ABI_MINOR): rebuild it against these headers or update the host"
      )
    }
    guard unsafe plugin.kind == kind.rawValue else {
      let found =
        unsafe PluginKind(rawValue: plugin.kind)?.name ?? "unknown (\(unsafe plugin.kind))"
      throw PluginError(
        .internal,
        "its record says \(kind.name), but its entry function hands over the kind \(found)")
    }
    guard let table = unsafe plugin.table else {
      throw PluginError(.internal, "its entry function hands over no table")
    }
    return unsafe (try OptionDeclaration.list(plugin), table)
  }

  /// Reads the table of the plugin's kind.
  ///
  /// - Parameters:
  ///   - zero: A table without functions.
  ///   - required: Says of each function without which the plugin is of no use whether it is there.
  /// - Returns: The table, with nil for the functions that the plugin's author did not know.
  /// - Throws: ``PluginError`` that names the plugin and the functions that are missing.
  func table<Table: BitwiseCopyable>(
    orZero zero: Table, required: (Table) -> KeyValuePairs<String, Bool>
  ) throws(PluginError) -> Table {
    try gate.named { () throws(PluginError) in
      let table = try unsafe readPrefixed(
        self.table.assumingMemoryBound(to: Table.self), "its table", orZero: zero)
      let missing = required(table).filter { !$0.value }.map { "'\($0.key)'" }
      guard missing.isEmpty else {
        throw PluginError(
          .internal,
          "its \(identity.kind.name) table lacks \(missing.joined(separator: ", ")): "
            + "every function not marked [nullable] is needed")
      }
      return table
    }
  }
}

/// An instance that a plugin made, freed with its last user.
@safe
final class LoadedInstance: Sendable {
  /// Frees an instance.
  typealias Destroy = @convention(c) (UnsafeMutableRawPointer?) -> Void

  // Safe to share: the pointer never changes and calls go through the gate.
  nonisolated(unsafe) let pointer: UnsafeMutableRawPointer
  private let destroy: Destroy?
  private let gate: CallGate
  private let lock = ReadWriteLock()

  /// Calls a function that makes an instance, with options completed by the plugin's defaults.
  init(
    _ plugin: LoadedPlugin, _ function: StaticString, _ options: OptionValues, destroy: Destroy?,
    make: (
      UnsafePointer<cpt_options>, UnsafeMutablePointer<UnsafeMutableRawPointer?>, CErrorSlot
    ) -> cpt_status?
  ) throws(PluginError) {
    let options = try plugin.complete(options)
    let arena = CArena()
    defer { withExtendedLifetime(arena) {} }
    gate = plugin.gate
    unsafe self.destroy = destroy
    let made = try unsafe plugin.gate.main { () throws(PluginError) in
      var instance: UnsafeMutableRawPointer?
      try unsafe checked(function) { error in
        unsafe make(arena.options(options, declared: plugin.options), &instance, error)
      }
      guard let instance = unsafe instance else {
        throw PluginError(.internal, "\(function) succeeded but stored no instance")
      }
      return unsafe instance
    }
    unsafe pointer = made
  }

  deinit { try? gate.main { calling("destroy") { unsafe destroy?(pointer) } } }

  /// Runs a call tagged [serial].
  func serial<Result>(
    _ call: () throws(PluginError) -> Result
  ) throws(PluginError) -> Result { try gate.serial(lock, call) }

  /// Runs a call tagged [concurrent].
  @inline(__always)
  func concurrent<Result>(
    _ call: () throws(PluginError) -> Result
  ) throws(PluginError) -> Result { try gate.concurrent(lock, call) }
}

extension LoadedPlugin {
  /// Values checked against the plugin's declarations, with its defaults.
  func complete(_ values: OptionValues) throws(PluginError) -> OptionValues {
    try gate.named { () throws(PluginError) in try values.completed(by: options) }
  }
}

/// Whether a table has a function.
func has<Function>(_ function: Function?) -> Bool { function != nil }
