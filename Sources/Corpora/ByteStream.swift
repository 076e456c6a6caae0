import CZstd
import Glibc

/// The bytes of a file in order, decompressed on the way if its name ends in `.zst` (or as they are).
struct ByteStream: ~Copyable {
  let path: String
  private let descriptor: Int32
  private var decompression: Decompression?

  /// Opens a file.
  ///
  /// - Throws: ``CorpusError`` with `fileAccess`.
  init(path: String, decompressing: Bool = true) throws(CorpusError) {
    self.path = path
    descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system("open", path) }
    decompression = decompressing && path.hasSuffix(".zst") ? Decompression() : nil
  }

  deinit { close(descriptor) }

  /// The next bytes, or nil at the end.
  ///
  /// - Throws: ``CorpusError`` if the file cannot be read, or is no whole zstd file.
  mutating func next() throws(CorpusError) -> [UInt8]? {
    guard let decompression else { return try read(1 << 20) }
    while true {
      if let bytes = try decompression.drain(path: path), !bytes.isEmpty { return bytes }
      guard let compressed = try read(1 << 17) else {
        guard decompression.isAtFrameEnd else {
          throw CorpusError(
            .malformedFile, "\(path) ends in the middle of its zstd data; fetch or make it again")
        }
        return nil
      }
      decompression.feed(compressed)
    }
  }

  /// All the bytes that are left.
  mutating func rest() throws(CorpusError) -> [UInt8] {
    var bytes: [UInt8] = []
    while let part = try next() { bytes += part }
    return bytes
  }

  private func read(_ count: Int) throws(CorpusError) -> [UInt8]? {
    var got = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      repeat {
        got = unsafe Glibc.read(descriptor, buffer.baseAddress, count)
      } while got < 0 && errno == EINTR
      initialized = max(0, got)
    }
    guard got >= 0 else { throw .system("read", path) }
    return got == 0 ? nil : bytes
  }
}

/// A zstd decompression in progress.
@safe
private final class Decompression {
  private let stream: OpaquePointer?
  private var input: [UInt8] = []
  private var consumed = 0
  private var hasMore = false
  /// Whether the input so far is a whole number of frames.
  private(set) var isAtFrameEnd = true

  init() {
    unsafe stream = ZSTD_createDStream()
    unsafe precondition(stream != nil, "no memory for a zstd stream")
  }

  deinit { _ = unsafe ZSTD_freeDStream(stream) }

  /// Gives the next compressed bytes, after everything has been drained.
  func feed(_ bytes: [UInt8]) {
    input = bytes
    consumed = 0
  }

  /// Decompresses some of what was fed; nil if there is none.
  func drain(path: String) throws(CorpusError) -> [UInt8]? {
    guard consumed < input.count || hasMore else { return nil }
    var outcome = 0
    let capacity = 1 << 20
    let output = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, initialized in
      unsafe input.withUnsafeBytes { source in
        var from = unsafe ZSTD_inBuffer(
          src: source.baseAddress, size: source.count, pos: consumed)
        var into = unsafe ZSTD_outBuffer(dst: buffer.baseAddress, size: capacity, pos: 0)
        outcome = unsafe ZSTD_decompressStream(stream, &into, &from)
        consumed = unsafe from.pos
        initialized = unsafe into.pos
      }
    }
    guard ZSTD_isError(outcome) == 0 else {
      let reason = unsafe String(cString: ZSTD_getErrorName(outcome))
      throw CorpusError(
        .malformedFile,
        "\(path) is no valid zstd file (\(reason)); fetch or make it again, or drop '.zst' from its name"
      )
    }
    hasMore = output.count == capacity
    isAtFrameEnd = outcome == 0
    return output
  }
}
