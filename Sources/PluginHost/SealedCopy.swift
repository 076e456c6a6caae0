import CSealedFile
import Crypto
import Glibc

/// The content of a file in memory that nobody can change any more.
struct SealedCopy {
  let descriptor: CInt
  /// The SHA-256 of the content, in hexadecimal.
  let digest: String
  /// The content.
  let bytes: DescriptorBytes

  /// Reads a file once.
  ///
  /// - Throws: ``PluginHostError`` if it cannot be read, or the system makes no such memory.
  init(of file: RandomAccessFile) throws(PluginHostError) {
    let name = file.path.split(separator: "/").last.map(String.init) ?? "plugin"
    // 249 bytes are allowed.
    let descriptor = unsafe cpt_memory_file_make(
      String(decoding: name.utf8.prefix(200), as: UTF8.self))
    guard descriptor >= 0 else { throw Self.failure(file) }
    do throws(PluginHostError) {
      var hash = SHA256()
      try file.forEachPart { part throws(PluginHostError) in
        hash.update(part)
        try Self.append(part, to: descriptor, file)
      }
      guard cpt_memory_file_seal(descriptor) == 0 else { throw Self.failure(file) }
      digest = hash.hexadecimal
    } catch {
      Glibc.close(descriptor)
      throw error
    }
    self.descriptor = descriptor
    bytes = DescriptorBytes(descriptor: descriptor, byteCount: file.byteCount, path: file.path)
  }

  /// Gives the memory back; a library that was loaded from it needs the descriptor for good.
  func close() { Glibc.close(descriptor) }

  private static func append(
    _ part: [UInt8], to descriptor: CInt, _ file: RandomAccessFile
  ) throws(PluginHostError) {
    var done = 0
    while done < part.count {
      let count = unsafe part.withUnsafeBytes { bytes in
        unsafe write(descriptor, bytes.baseAddress?.advanced(by: done), part.count - done)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw failure(file) }
      done += count
    }
  }

  private static func failure(_ file: RandomAccessFile) -> PluginHostError {
    PluginHostError(
      .unreadable, "'\(file.path)' cannot be copied to sealed memory: \(systemError())")
  }
}
