import PluginSDK

/// Writes a message into memory that is shared with another process.
@safe
struct WireWriter {
  private let space: UnsafeMutableRawBufferPointer
  private let limit: Int
  /// The bytes written so far.
  private(set) var byteCount = 0

  /// Begins a message at the start of a space.
  init(_ space: UnsafeMutableRawBufferPointer) {
    unsafe self.space = space
    limit = space.count
  }

  /// Writes a value.
  ///
  /// - Throws: ``PluginError`` if the space is full; so do the others.
  mutating func write(_ value: some WireValue) throws(PluginError) {
    try value.write(to: &self)
  }

  /// Writes a number.
  mutating func write(number: some BitwiseCopyable) throws(PluginError) {
    let size = MemoryLayout.size(ofValue: number)
    try reserve(size)
    unsafe space.storeBytes(of: number, toByteOffset: byteCount, as: type(of: number))
    byteCount += size
  }

  /// Writes numbers one after the other, without their count.
  mutating func write<Number: BitwiseCopyable>(numbers: [Number]) throws(PluginError) {
    let size = numbers.count * MemoryLayout<Number>.stride
    try reserve(size)
    unsafe numbers.withUnsafeBytes { bytes in
      guard let source = bytes.baseAddress, let target = unsafe space.baseAddress else { return }
      unsafe (target + byteCount).copyMemory(from: source, byteCount: size)
    }
    byteCount += size
  }

  private func reserve(_ size: Int) throws(PluginError) {
    guard size <= limit - byteCount else {
      throw PluginError(
        .unsupported,
        "a call to a worker process and its answer hold at most \(limit) bytes, and this one "
          + "needs more: cut the text into smaller documents, or run the plugin without isolation")
    }
  }
}
