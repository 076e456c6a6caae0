import CPluginABI
import PluginBridges
import PluginSDK
import Synchronization

/// A plugin whose C table a test fills by hand, as an author in C would.
@safe
struct HandMadePlugin: Sendable {
  /// What the entry function hands over.
  var abiMajor = UInt32(CPT_ABI_MAJOR)
  var kind: PluginKind
  var declaredKind: UInt32
  nonisolated(unsafe) var table: UnsafeRawPointer?
  var concurrency = PluginConcurrency.concurrent

  /// Offers a table, of which its author knew the first `byteCount` bytes, or all.
  ///
  /// What it takes is never given back, as in a library.
  init<Table: BitwiseCopyable>(_ kind: PluginKind, _ table: Table, byteCount: Int? = nil) {
    self.kind = kind
    declaredKind = kind.rawValue
    let bytes = UnsafeMutableRawPointer.allocate(
      byteCount: MemoryLayout<Table>.size, alignment: MemoryLayout<Table>.alignment)
    unsafe bytes.storeBytes(of: table, as: Table.self)
    unsafe bytes.storeBytes(of: byteCount ?? MemoryLayout<Table>.size, as: Int.self)
    unsafe self.table = UnsafeRawPointer(bytes)
  }

  /// Loads it through its entry function.
  func load() throws(PluginError) -> LoadedPlugin {
    let host = ExportedHostServices(SilentHost())
    Self.offers.withLock { unsafe $0[UInt(bitPattern: host.pointer)] = self }
    var identity = PluginIdentity.direct("hand-made", kind)
    identity.concurrency = concurrency
    return try unsafe LoadedPlugin(
      identity: identity,
      entry: { host, plugin, _ in
        guard let offer = HandMadePlugin.offers.withLock({ $0[UInt(bitPattern: host)] }),
          let plugin = unsafe plugin
        else { return cpt_status(CPT_INTERNAL) }
        unsafe plugin.pointee = cpt_plugin(
          struct_size: MemoryLayout<cpt_plugin>.size, abi_major: offer.abiMajor,
          abi_minor: UInt32(CPT_ABI_MINOR), kind: offer.declaredKind, options: nil,
          option_count: 0, option_stride: 0, table: offer.table)
        return cpt_status(CPT_OK)
      }, host: host)
  }

  private static let offers = Mutex<[UInt: HandMadePlugin]>([:])
}

/// Something to point to where an instance is needed but holds nothing.
@safe
enum Nothing {
  nonisolated(unsafe) static let pointer = UnsafeMutableRawPointer.allocate(
    byteCount: 8, alignment: 8)
}

/// Loads a Swift type through its own C table.
func loaded(
  _ name: String, _ kind: PluginKind, host: any HostServices = SilentHost(),
  _ entry: cpt_plugin_entry
) throws(PluginError) -> LoadedPlugin {
  try unsafe LoadedPlugin(
    identity: .direct(name, kind), entry: entry, host: ExportedHostServices(host))
}

/// A text of static life as C would write it.
func text(_ literal: StaticString) -> cpt_text {
  unsafe cpt_text(
    data: UnsafeRawPointer(literal.utf8Start).assumingMemoryBound(to: CChar.self),
    length: literal.utf8CodeUnitCount)
}

/// A generator of the same numbers for the same seed.
///
/// Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators", figure 17.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
