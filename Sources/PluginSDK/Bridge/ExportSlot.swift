public import CPluginABI
import Synchronization

/// The host's services as the entry function is given them.
public typealias CHost = UnsafePointer<cpt_host>
/// What the entry function fills in.
public typealias CPlugin = UnsafeMutablePointer<cpt_plugin>

/// The Swift type that a library exports, for the functions of its table that take no instance.
///
/// A library has one entry and so one type of a kind; the SDK is linked into each library.
final class ExportSlot<ExportedType: Sendable>: Sendable {
  private struct Content: Sendable {
    var type: ExportedType
    var identifier: ObjectIdentifier
    var host: any HostServices
  }

  private let content = Mutex<Content?>(nil)

  /// Fills the slot.
  ///
  /// - Throws: ``PluginError`` if another type is there already.
  func set(
    _ type: ExportedType, _ identifier: ObjectIdentifier, host: any HostServices
  ) throws(PluginError) {
    let isFree = content.withLock { content in
      guard content == nil || content?.identifier == identifier else { return false }
      content = Content(type: type, identifier: identifier, host: host)
      return true
    }
    guard isFree else {
      throw PluginError(
        .internal,
        "this library exports a second type of one kind, or shares one copy of PluginSDK with "
          + "another plugin: export one type, and link PluginSDK statically")
    }
  }

  /// The type and the host's services.
  ///
  /// - Throws: ``PluginError`` if the entry function was not called.
  func get() throws(PluginError) -> (type: ExportedType, host: any HostServices) {
    guard let content = content.withLock({ $0 }) else {
      throw PluginError(.internal, "the table was used before the entry function was called")
    }
    return (content.type, content.host)
  }
}

/// A Swift value behind the `void *` of a C instance.
package final class ExportedInstance<Instance: Sendable>: Sendable {
  let instance: Instance

  package init(_ instance: Instance) { self.instance = instance }

  /// The pointer to hand out; it owns the value until ``destroy(_:)``.
  package func retainedPointer() -> UnsafeMutableRawPointer {
    unsafe Unmanaged.passRetained(self).toOpaque()
  }

  /// Hands out a new instance.
  static func store(
    _ instance: Instance, in slot: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
  ) throws(PluginError) {
    guard let slot = unsafe slot else { throw PluginError(.internal, "instance is null") }
    unsafe slot.pointee = ExportedInstance(instance).retainedPointer()
  }

  /// The value behind a pointer that was handed out.
  package static func at(_ pointer: UnsafeMutableRawPointer?) throws(PluginError) -> Instance {
    guard let pointer = unsafe pointer else {
      throw PluginError(.internal, "the instance is null")
    }
    return unsafe Unmanaged<ExportedInstance>.fromOpaque(pointer).takeUnretainedValue().instance
  }

  /// Frees the value behind a pointer that was handed out.
  static func destroy(_ pointer: UnsafeMutableRawPointer?) {
    guard let pointer = unsafe pointer else { return }
    unsafe Unmanaged<ExportedInstance>.fromOpaque(pointer).release()
  }
}

/// Fills in what the entry function hands to the host; the table and the options live for ever.
///
/// - Parameters:
///   - plugin: What the host wants filled in.
///   - kind: The kind of the plugin.
///   - options: What a pipeline may write.
///   - table: The table of the kind.
///   - host: The host's services.
///   - register: Notes the exported type with the host's services.
/// - Throws: ``PluginError`` if the host speaks another ABI, or the type cannot be noted.
func fill<Table: BitwiseCopyable>(
  _ plugin: CPlugin?, kind: PluginKind, options: [OptionDeclaration], table: Table,
  host: CHost?, register: (any HostServices) throws(PluginError) -> Void
) throws(PluginError) {
  let services = try unsafe LoadedHostServices(host)
  guard let plugin = unsafe plugin else { throw PluginError(.internal, "cpt_plugin is null") }
  let size = unsafe MemoryLayout<cpt_plugin>.size
  guard unsafe plugin.pointee.struct_size >= size else {
    throw PluginError(
      .unsupported,
      "the host's cpt_plugin has \(unsafe plugin.pointee.struct_size) bytes, \(size) are needed: "
        + "update the host")
  }
  try register(services)
  let arena = CArena()
  let declarations = unsafe arena.declarations(options)
  unsafe plugin.pointee = cpt_plugin(
    struct_size: size, abi_major: UInt32(CPT_ABI_MAJOR), abi_minor: UInt32(CPT_ABI_MINOR),
    kind: kind.rawValue, options: declarations, option_count: options.count,
    option_stride: MemoryLayout<cpt_option>.stride,
    table: UnsafeRawPointer(arena.value(table)))
  arena.keepForever()
}
