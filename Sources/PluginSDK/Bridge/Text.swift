import CPluginABI

extension String {
  /// Copies a text that came over the boundary.
  ///
  /// - Throws: ``PluginError`` if it is null though it has a length, too long, or not UTF-8.
  init(_ text: cpt_text, _ name: String) throws(PluginError) {
    let length = unsafe text.length
    guard length != 0 else {
      self = ""
      return
    }
    guard let data = unsafe text.data else {
      throw PluginError(.internal, "\(name) is null but has a length of \(length)")
    }
    // A size_t beyond Int comes as a negative number.
    guard (0...CLimits.textByteCount).contains(length) else {
      throw PluginError(
        .internal,
        "\(name) has a length of \(UInt(bitPattern: length)) bytes; \(CLimits.textByteCount) are "
          + "allowed")
    }
    let bytes = unsafe UnsafeRawBufferPointer(start: data, count: length)
    guard let copy = unsafe String(validating: bytes, as: UTF8.self) else {
      throw PluginError(.internal, "\(name) is not UTF-8")
    }
    self = copy
  }
}
