import CMemoryFile
import Crypto
import Glibc

/// The content of a file in memory that nobody can change any more.
final class SealedCopy: Sendable {
  let descriptor: CInt
  /// The SHA-256 of the content, in hexadecimal.
  let digest: String
  /// The content.
  let bytes: DescriptorBytes

  /// Reads a file once; what is hashed is what is written.
  ///
  /// - Throws: ``PluginHostError`` if it cannot be read, or the system makes no such memory.
  init(of file: RandomAccessFile) throws(PluginHostError) {
    let name = file.path.split(separator: "/").last.map(String.init) ?? "plugin"
    // 249 bytes are allowed.
    let made = unsafe cpt_memory_file_make(
      String(decoding: name.utf8.prefix(200), as: UTF8.self), CPT_MEMORY_PROGRAM)
    guard made >= 0 else { throw Self.failure(file) }
    do throws(PluginHostError) {
      var hash = SHA256()
      try unsafe file.forEachPart { part throws(PluginHostError) in
        unsafe hash.update(bufferPointer: part)
        try unsafe Self.append(part, to: made, file)
      }
      guard cpt_memory_file_seal(made) == 0 else { throw Self.failure(file) }
      digest = hash.hexadecimal
    } catch {
      close(made)
      throw error
    }
    descriptor = made
    bytes = DescriptorBytes(descriptor: made, byteCount: file.byteCount, path: file.path)
  }

  deinit { close(descriptor) }

  /// Never gives the memory and the descriptor back.
  func keepForever() { _ = unsafe Unmanaged.passRetained(self) }

  private static func append(
    _ part: UnsafeRawBufferPointer, to descriptor: CInt, _ file: RandomAccessFile
  ) throws(PluginHostError) {
    var rest = unsafe part
    while unsafe !rest.isEmpty {
      let count = unsafe write(descriptor, rest.baseAddress, rest.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw failure(file) }
      unsafe rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
  }

  private static func failure(_ file: RandomAccessFile) -> PluginHostError {
    PluginHostError(
      .unreadable, "'\(file.path)' cannot be copied to sealed memory: \(systemError())")
  }
}
