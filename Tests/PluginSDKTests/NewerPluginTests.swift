import CPluginABI
import PluginBridges
import PluginSDK
import Testing

/// A plugin that knows more members than its caller writes only those that the caller gave room for.
struct NewerPluginTests {
  /// What a call leaves of room for a parameter of a law: its size, and every byte.
  private static func parameter(room: Int) throws -> (status: CStatus, size: Int, bytes: [UInt8]) {
    let host = ExportedHostServices(SilentHost())
    var plugin = unsafe cpt_plugin()
    unsafe plugin.struct_size = MemoryLayout<cpt_plugin>.size
    let entered = unsafe exportScalingLaw(SpecimenLaw.self, host.pointer, &plugin, nil)
    try #require(entered == cpt_status(CPT_OK))
    let table = try unsafe #require(plugin.table?.load(as: cpt_scaling_law_table.self))
    var options = unsafe cpt_options()
    unsafe options.struct_size = MemoryLayout<cpt_options>.size
    var instance: UnsafeMutableRawPointer?
    let created = unsafe table.create(&options, &instance, nil)
    try #require(created == cpt_status(CPT_OK))
    defer { unsafe table.destroy(instance) }
    var bytes = [UInt8](repeating: 0xAB, count: 128)
    return try unsafe bytes.withUnsafeMutableBytes { bytes in
      unsafe bytes.storeBytes(of: room, as: Int.self)
      let start = try unsafe #require(bytes.baseAddress)
      let status = unsafe table.parameter(
        instance, 0, start.assumingMemoryBound(to: cpt_law_parameter.self), nil)
      return unsafe (status, bytes.load(as: Int.self), Array(bytes))
    }
  }

  @Test(arguments: [8, 16, 24, 32, 48, 64, 72, 120])
  func nothingIsWrittenBeyondTheCallersRoom(room: Int) throws {
    let own = unsafe MemoryLayout<cpt_law_parameter>.size
    let (status, size, bytes) = try Self.parameter(room: room)
    #expect(status == cpt_status(CPT_OK))
    #expect(size == min(room, own))
    #expect(bytes[min(room, own)...].allSatisfy { $0 == 0xAB })
  }

  @Test(arguments: [0, 1, 7, 12])
  func roomThatIsNoStructIsRefused(room: Int) throws {
    let (status, size, bytes) = try Self.parameter(room: room)
    #expect(status == cpt_status(CPT_INTERNAL))
    #expect(size == room)
    #expect(bytes[8...].allSatisfy { $0 == 0xAB })
  }
}
