import Glibc

/// A file that is written beside its place and appears there whole or not at all.
struct AtomicFile: ~Copyable {
  /// How the name of a file ends that is not whole yet.
  static let suffix = ".partial"

  let path: String
  private let temporaryPath: String
  private let descriptor: Int32
  private var buffer: [UInt8] = []
  private var isFinished = false

  /// Starts a file that will replace whatever is at `path`.
  ///
  /// - Throws: ``CorpusError`` with `fileAccess` if the folder cannot be written.
  init(path: String) throws(CorpusError) {
    self.path = path
    temporaryPath = "\(path).\(getpid())-\(UInt32.random(in: 0 ... .max))\(Self.suffix)"
    descriptor = unsafe open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw .system("write", temporaryPath) }
  }

  deinit {
    close(descriptor)
    if !isFinished { unsafe unlink(temporaryPath) }
  }

  /// Appends bytes.
  mutating func append(_ bytes: [UInt8]) throws(CorpusError) {
    buffer += bytes
    if buffer.count >= 1 << 20 { try flush() }
  }

  /// Replaces bytes that have been written, at the start of the file.
  mutating func overwriteStart(with bytes: [UInt8]) throws(CorpusError) {
    try flush()
    guard lseek(descriptor, 0, SEEK_SET) == 0 else { throw .system("write", temporaryPath) }
    buffer = bytes
    try flush()
  }

  /// Makes the file durable and puts it in its place.
  consuming func finish() throws(CorpusError) {
    try flush()
    guard fsync(descriptor) == 0, unsafe rename(temporaryPath, path) == 0 else {
      throw .system("write", path)
    }
    isFinished = true
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    let folderDescriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if folderDescriptor >= 0 {
      fsync(folderDescriptor)
      close(folderDescriptor)
    }
  }

  private mutating func flush() throws(CorpusError) {
    var written = 0
    while written < buffer.count {
      let count = unsafe buffer.withUnsafeBytes { bytes in
        unsafe write(
          descriptor, bytes.baseAddress.map { unsafe $0 + written }, bytes.count - written)
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw .system("write", temporaryPath) }
      written += count
    }
    buffer.removeAll(keepingCapacity: true)
  }
}
