import Glibc

/// A file whose bytes are read where they lie, without loading it whole.
///
/// `@unchecked Sendable`: the pointer is set once, the memory is read-only, and it is unmapped when
/// the last owner is gone.
@safe
final class MappedFile: @unchecked Sendable {
  let path: String
  /// The size in bytes.
  let count: Int
  private let base: UnsafeRawPointer

  /// Maps a file.
  ///
  /// - Throws: ``CorpusError`` with `fileAccess` if it cannot be opened, `damagedCache` if it is
  ///   empty.
  init(path: String) throws(CorpusError) {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system("open", path) }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw .system("read", path) }
    guard status.st_size > 0 else {
      throw CorpusError(.damagedCache, "\(path) is empty; remove it, and it is made again")
    }
    count = Int(status.st_size)
    let address = unsafe mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard let address = unsafe address, unsafe address != MAP_FAILED else {
      throw .system("map", path)
    }
    unsafe base = UnsafeRawPointer(address)
    self.path = path
  }

  deinit { unsafe munmap(UnsafeMutableRawPointer(mutating: base), count) }

  /// The little-endian number at an offset.
  func number<Number: FixedWidthInteger & BitwiseCopyable>(at offset: Int) -> Number {
    precondition(offset >= 0 && offset + MemoryLayout<Number>.size <= count)
    return unsafe Number(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: Number.self))
  }

  /// The little-endian numbers from an offset on, converted.
  func numbers<Number: FixedWidthInteger & BitwiseCopyable, Result: FixedWidthInteger>(
    of: Number.Type, at offset: Int, count: Int, as: Result.Type
  ) -> [Result] {
    let size = MemoryLayout<Number>.size
    precondition(offset >= 0 && count >= 0 && offset + size * count <= self.count)
    return (0..<count).map {
      unsafe Result(
        truncatingIfNeeded: Number(
          littleEndian: base.loadUnaligned(fromByteOffset: offset + size * $0, as: Number.self)))
    }
  }

  /// A copy of some bytes.
  func bytes(in range: Range<Int>) -> [UInt8] {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    return unsafe Array(UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count))
  }
}

extension CorpusError {
  /// What the operating system said last.
  static func system(_ verb: String, _ path: String) -> CorpusError {
    let reason = unsafe String(cString: strerror(errno))
    return CorpusError(
      .fileAccess, "cannot \(verb) \(path): \(reason); check the path and its permissions")
  }
}
