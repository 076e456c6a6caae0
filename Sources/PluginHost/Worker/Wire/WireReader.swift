import PluginSDK

/// Reads a message from memory that is shared with another process.
///
/// Whatever stands there, reading gives values that are whole or throws: a plugin that went wrong may
/// have written anything.
@safe
struct WireReader {
  private let space: UnsafeRawBufferPointer
  private let end: Int
  private var offset = 0

  /// The bytes read so far.
  var byteCount: Int { offset }

  /// Begins to read a message.
  init(_ space: UnsafeRawBufferPointer) {
    unsafe self.space = space
    end = space.count
  }

  /// Reads a value.
  ///
  /// - Throws: ``PluginError`` if there is none; so do the others.
  mutating func read<Value: WireValue>(_ type: Value.Type = Value.self) throws(PluginError)
    -> Value
  { try Value(from: &self) }

  /// Reads a number of any bits.
  mutating func read<Number: BitwiseCopyable>(
    number type: Number.Type
  ) throws(PluginError) -> Number {
    let start = offset
    try advance(MemoryLayout<Number>.size)
    return unsafe space.loadUnaligned(fromByteOffset: start, as: type)
  }

  /// Reads numbers that stand one after the other.
  mutating func read<Number: BitwiseCopyable>(
    numbers count: Int, _ type: Number.Type
  ) throws(PluginError) -> [Number] {
    let start = offset
    let (size, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Number>.stride)
    guard count >= 0, !overflow else { throw Self.garbled }
    try advance(size)
    return unsafe [Number](unsafeUninitializedCapacity: count) { numbers, initialized in
      let source = unsafe UnsafeRawBufferPointer(rebasing: space[start..<start + size])
      unsafe UnsafeMutableRawBufferPointer(numbers).copyMemory(from: source)
      initialized = count
    }
  }

  /// Reads the number of elements that follow, each of a byte at least.
  mutating func readCount() throws(PluginError) -> Int {
    let count = try read(number: Int.self)
    guard (0...end - offset).contains(count) else { throw Self.garbled }
    return count
  }

  private mutating func advance(_ size: Int) throws(PluginError) {
    guard size <= end - offset else { throw Self.garbled }
    offset += size
  }

  /// What a message that makes no sense is answered with.
  static var garbled: PluginError {
    PluginError(
      .internal,
      "what was exchanged with its worker process makes no sense: the plugin has overwritten memory "
        + "that is not its own")
  }
}
