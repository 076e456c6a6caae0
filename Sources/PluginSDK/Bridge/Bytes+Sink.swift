import CPluginABI

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
