import CPluginABI

/// Reads a C struct that starts with its size, whichever side is the newer one.
///
/// Members beyond the size that its maker wrote come out as zero, so that an absent function is nil;
/// members that this side does not know are left alone.
///
/// - Throws: ``PluginError`` if the pointer is null or the size cannot be that of a struct.
package func readPrefixed<Struct: BitwiseCopyable>(
  _ pointer: UnsafePointer<Struct>?, _ name: StaticString, orZero zero: Struct,
  within limit: Int = .max
) throws(PluginError) -> Struct {
  guard let pointer = unsafe pointer else {
    throw PluginError(.internal, "\(name) is null")
  }
  let written = unsafe UnsafeRawPointer(pointer).loadUnaligned(as: UInt.self)
  guard let size = Int(exactly: written), size >= MemoryLayout<UInt>.size,
    size.isMultiple(of: MemoryLayout<UInt>.alignment)
  else {
    throw PluginError(
      .internal,
      "\(name) says that it is \(written) bytes large; struct_size must be the sizeof the struct")
  }
  guard size <= limit else {
    throw PluginError(
      .internal, "\(name) says that it is \(size) bytes large but lies \(limit) from the next")
  }
  var copy = zero
  unsafe withUnsafeMutableBytes(of: &copy) { bytes in
    unsafe bytes.copyMemory(
      from: UnsafeRawBufferPointer(start: pointer, count: min(size, bytes.count)))
  }
  return copy
}

/// Fills a C struct whose room its caller gave, as far as that caller knew it.
///
/// - Throws: ``PluginError`` if there is no room, or the size of it cannot be that of a struct.
package func writePrefixed<Struct: BitwiseCopyable>(
  _ value: Struct, to result: UnsafeMutablePointer<Struct>?, _ name: StaticString
) throws(PluginError) {
  guard let result = unsafe result else { throw PluginError(.internal, "\(name) is null") }
  let room = unsafe UnsafeRawPointer(result).loadUnaligned(as: UInt.self)
  guard room >= MemoryLayout<UInt>.size, Int(room % 8) == 0 else {
    throw PluginError(
      .internal,
      "\(name) says that it has room for \(room) bytes; struct_size must be the sizeof the struct")
  }
  let size = min(room, UInt(MemoryLayout<Struct>.size))
  let bytes = unsafe UnsafeMutableRawBufferPointer(start: result, count: Int(size))
  unsafe withUnsafeBytes(of: value) { value in
    unsafe bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: value.prefix(Int(size))))
  }
  unsafe UnsafeMutableRawPointer(result).storeBytes(of: size, as: UInt.self)
}

/// Reads an array of size-prefixed structs whose elements lie `stride` bytes apart.
///
/// - Throws: ``PluginError`` as ``readPrefixed(_:_:orZero:within:)`` does, or if the array is null
///   though it has elements.
package func readPrefixedArray<Struct: BitwiseCopyable>(
  _ start: UnsafePointer<Struct>?, count: Int, stride: Int, _ name: StaticString,
  orZero zero: Struct
) throws(PluginError) -> [Struct] {
  guard count != 0 else { return [] }
  guard let start = unsafe start else {
    throw PluginError(.internal, "\(name) is null but has \(count) elements")
  }
  guard (1...CLimits.elementCount).contains(count) else {
    throw PluginError(.internal, "\(name) cannot have \(count) elements")
  }
  guard (MemoryLayout<UInt>.size...CLimits.stride).contains(stride),
    stride.isMultiple(of: MemoryLayout<UInt>.alignment)
  else { throw PluginError(.internal, "the elements of \(name) cannot lie \(stride) bytes apart") }
  var elements: [Struct] = []
  for index in 0..<count {
    let element = unsafe UnsafeRawPointer(start) + index * stride
    elements.append(
      try unsafe readPrefixed(
        element.assumingMemoryBound(to: Struct.self), name, orZero: zero, within: stride))
  }
  return elements
}

/// What no honest plugin or host exceeds; beyond it a count is taken for damage.
package enum CLimits {
  /// Ids of a vocabulary.
  package static let vocabularySize = 1 << 24
  /// Sources of a mixer, parameters and variables of a law, states of a parameter.
  package static let partCount = 1 << 10
  /// Bytes of a text.
  package static let textByteCount = 1 << 20
  /// Bytes of a name.
  package static let nameByteCount = 1 << 10
  /// Characters of a message that are shown.
  package static let messageLength = 1 << 12
  /// Bytes that a call writes to a sink: a saved model, a decoded text.
  package static let sinkByteCount = 1 << 28
  /// Parameters and operations that one call describes.
  package static let stepCount = 1 << 16
  /// Elements of a list: options, choices, inputs of an operation.
  package static let elementCount = 1 << 16
  /// Ids that a byte of text may become; a short text counts as one of this many bytes.
  package static let idsPerByte = 64
  /// Bytes between the elements of a list.
  package static let stride = 1 << 16
}
