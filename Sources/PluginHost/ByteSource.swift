/// Bytes of which any part can be read: a file, or an array.
package protocol ByteSource {
  /// How many there are.
  var byteCount: UInt64 { get }

  /// Reads a part.
  ///
  /// - Precondition: It lies inside the bytes.
  /// - Throws: ``PluginHostError`` if the system refuses, or there are fewer bytes than there were.
  func bytes(at offset: UInt64, count: Int) throws(PluginHostError) -> [UInt8]
}

extension Array: ByteSource where Element == UInt8 {
  package var byteCount: UInt64 { UInt64(count) }

  package func bytes(at offset: UInt64, count: Int) throws(PluginHostError) -> [UInt8] {
    Array(self[Int(offset)..<Int(offset) + count])
  }
}

extension [UInt8] {
  /// The number that starts at an offset, lowest byte first.
  ///
  /// - Precondition: It lies inside the bytes.
  func number<Number: FixedWidthInteger & UnsignedInteger>(
    at offset: Int, as type: Number.Type
  ) -> Number {
    precondition(offset >= 0 && offset <= count - MemoryLayout<Number>.size, "a number outside")
    return unsafe withUnsafeBytes { bytes in
      Number(littleEndian: unsafe bytes.loadUnaligned(fromByteOffset: offset, as: type))
    }
  }

  /// The UTF-8 text from an offset to the next zero; nil if there is none inside the bytes.
  func text(at offset: UInt64) -> String? {
    guard let start = Int(exactly: offset), start < count,
      let end = self[start...].firstIndex(of: 0)
    else { return nil }
    return String(validating: self[start..<end], as: UTF8.self)
  }
}
