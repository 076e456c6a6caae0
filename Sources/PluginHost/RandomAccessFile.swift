import Crypto
import Glibc
import PluginSDK

/// A regular file of which parts are read; closed with its last user.
final class RandomAccessFile: ByteSource, Sendable {
  let path: String
  /// What the file system said when it was opened.
  let stamp: FileStamp
  let descriptor: CInt

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
    guard let stamp = FileStamp(descriptor: descriptor), stamp.isRegularFile else {
      close(descriptor)
      throw PluginHostError(.unreadable, "'\(path)' is no regular file")
    }
    self.stamp = stamp
  }

  /// Takes over a descriptor, with what the file system said to whoever opened it.
  init(path: String, descriptor: CInt, stamp: FileStamp) {
    self.path = path
    self.descriptor = descriptor
    self.stamp = stamp
  }

  deinit { close(descriptor) }

  /// The size when it was opened.
  var byteCount: UInt64 { UInt64(clamping: stamp.byteCount) }

  /// Whether nobody wrote or replaced the file since it was opened.
  var isUnchanged: Bool { FileStamp(descriptor: descriptor) == stamp }

  func bytes(at offset: UInt64, count: Int) throws(PluginHostError) -> [UInt8] {
    try DescriptorBytes(descriptor: descriptor, byteCount: byteCount, path: path)
      .bytes(at: offset, count: count)
  }

  /// Goes through the whole file, in parts of bounded size that are lent.
  func forEachPart(
    _ body: (UnsafeRawBufferPointer) throws(PluginHostError) -> Void
  ) throws(PluginHostError) {
    // Small enough to stay in the processor's cache between one use and the next.
    var room = [UInt8](repeating: 0, count: Int(min(byteCount, 1 << 17)))
    let source = DescriptorBytes(descriptor: descriptor, byteCount: byteCount, path: path)
    var offset: UInt64 = 0
    while offset < byteCount {
      let count = Int(min(UInt64(room.count), byteCount - offset))
      try source.read(at: offset, count: count, into: &room)
      try unsafe room.withUnsafeBufferPointer { part throws(PluginHostError) in
        try unsafe body(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: part[..<count])))
      }
      offset += UInt64(count)
    }
  }

  /// The SHA-256 of the whole file, in hexadecimal.
  func digest() throws(PluginHostError) -> String {
    var hash = SHA256()
    try unsafe forEachPart { unsafe hash.update(bufferPointer: $0) }
    return hash.hexadecimal
  }

  /// Waits until whoever writes the file from now on gives it another stamp.
  ///
  /// Stamps come from a clock that stands still for some milliseconds, so that a second change right
  /// after a first may not be seen. Files that were not just made cost no time.
  func settle() {
    let tick: UInt32 = 1_000
    for _ in 0..<20 where stamp.changed >= FileStamp.now { usleep(tick) }
  }
}

/// The bytes of an open file that somebody else closes.
struct DescriptorBytes: ByteSource {
  let descriptor: CInt
  let byteCount: UInt64
  /// What to call it in messages.
  let path: String

  func bytes(at offset: UInt64, count: Int) throws(PluginHostError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    try read(at: offset, count: count, into: &bytes)
    return bytes
  }

  /// Reads a part to the start of an array.
  ///
  /// - Precondition: It lies inside the bytes, and has room in the array.
  func read(
    at offset: UInt64, count: Int, into bytes: inout [UInt8]
  ) throws(PluginHostError) {
    precondition(count <= bytes.count, "a part that is larger than its room")
    var done = 0
    while done < count {
      let got = unsafe bytes.withUnsafeMutableBytes { buffer in
        unsafe pread(
          descriptor, buffer.baseAddress?.advanced(by: done), count - done,
          off_t(offset) + off_t(done))
      }
      if got < 0, errno == EINTR { continue }
      guard got > 0 else {
        let reason = got == 0 ? "it became shorter while it was read" : systemError()
        throw PluginHostError(.unreadable, "'\(path)' cannot be read: \(reason)")
      }
      done += got
    }
  }
}

extension SHA256 {
  /// What comes out, in hexadecimal.
  var hexadecimal: String { finalize().hexadecimal }
}

/// The text of the last failed system call.
func systemError() -> String { unsafe String(cString: strerror(errno)) }
