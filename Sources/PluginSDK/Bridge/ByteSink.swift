import CPluginABI

/// Bytes collected from a plugin: the host's half of a sink.
@safe
final class CollectedBytes {
  private var bytes: [UInt8] = []
  private var hasEnded = false

  private init() {}

  /// Returns the bytes that a call writes to the sink it is given.
  static func from(
    _ call: (UnsafePointer<cpt_byte_sink>) throws(PluginError) -> Void
  ) throws(PluginError) -> [UInt8] {
    let collected = CollectedBytes()
    var sink = unsafe cpt_byte_sink(
      struct_size: MemoryLayout<cpt_byte_sink>.size,
      context: Unmanaged.passUnretained(collected).toOpaque(),
      write: { context, bytes, count in
        guard let context = unsafe context, unsafe bytes != nil || count == 0, count >= 0 else {
          return PluginStatus.invalidArgument.rawValue
        }
        let collected = unsafe Unmanaged<CollectedBytes>.fromOpaque(context).takeUnretainedValue()
        unsafe collected.bytes.append(
          contentsOf: UnsafeBufferPointer(start: bytes, count: count))
        return cpt_status(CPT_OK)
      })
    try withExtendedLifetime(collected) { () throws(PluginError) in try unsafe call(&sink) }
    return collected.bytes
  }
}

extension Array where Element == UInt8 {
  /// Writes the bytes to a sink of the host: the plugin's half.
  ///
  /// - Throws: ``PluginError`` with the status that the host's function returned.
  func write(to sink: UnsafePointer<cpt_byte_sink>?) throws(PluginError) {
    let sink = try unsafe readPrefixed(sink, "cpt_byte_sink", orZero: cpt_byte_sink())
    guard !isEmpty else { return }
    let code = unsafe withUnsafeBufferPointer { bytes in
      unsafe sink.write?(sink.context, bytes.baseAddress, bytes.count)
    }
    guard code != cpt_status(CPT_OK) else { return }
    throw PluginError(
      code.flatMap { PluginStatus(rawValue: $0) } ?? .unknown, "the host did not take the bytes")
  }
}
