import Crypto
import Glibc

/// A regular file of which parts are read; closed with its last user.
final class RandomAccessFile: Sendable {
  let path: String
  /// The size when it was opened.
  let byteCount: UInt64
  private let descriptor: CInt

  /// Opens a file.
  ///
  /// - Throws: ``PluginHostError`` if it cannot be opened or is no regular file.
  init(path: String) throws(PluginHostError) {
    self.path = path
    // A pipe would wait for somebody to write; a regular file does not mind.
    descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw PluginHostError(.unreadable, "'\(path)' cannot be opened: \(systemError())")
    }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw PluginHostError(.unreadable, "'\(path)' is no regular file")
    }
    byteCount = UInt64(status.st_size)
  }

  deinit { close(descriptor) }

  /// Reads a part.
  ///
  /// - Throws: ``PluginHostError`` if it does not lie in the file or is larger than `limit`.
  func read(
    _ offset: UInt64, _ size: UInt64, limit: Int, _ name: String
  ) throws(PluginHostError) -> [UInt8] {
    let (end, overflow) = offset.addingReportingOverflow(size)
    guard !overflow, end <= byteCount, size <= limit else {
      throw PluginHostError(
        .malformed,
        "'\(path)' is damaged: \(name) should lie at \(offset) with \(size) bytes, but the file has "
          + "\(byteCount); copy or build it again")
    }
    var bytes = [UInt8](repeating: 0, count: Int(size))
    var done = 0
    while done < bytes.count {
      let count = unsafe bytes.withUnsafeMutableBytes { buffer in
        unsafe pread(
          descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done,
          off_t(offset) + off_t(done))
      }
      guard count > 0 else {
        throw PluginHostError(.unreadable, "'\(path)' cannot be read: \(systemError())")
      }
      done += count
    }
    return bytes
  }

  /// The SHA-256 of the whole file, in hexadecimal.
  func digest() throws(PluginHostError) -> String {
    var hash = SHA256()
    var offset: UInt64 = 0
    while offset < byteCount {
      let part = try read(offset, min(1 << 20, byteCount - offset), limit: 1 << 20, "a part")
      unsafe part.withUnsafeBytes { unsafe hash.update(bufferPointer: $0) }
      offset += UInt64(part.count)
    }
    let digits = Array("0123456789abcdef")
    return String(hash.finalize().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }
}

/// The text of the last failed system call.
func systemError() -> String { unsafe String(cString: strerror(errno)) }
