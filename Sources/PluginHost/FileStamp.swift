import Glibc

/// What the file system says of a file: whoever writes or replaces the file changes it.
package struct FileStamp: Hashable, Sendable, Codable, BitwiseCopyable {
  package let device: UInt64
  package let inode: UInt64
  /// In bytes.
  package let byteCount: Int64
  /// When the content was last written, in nanoseconds since 1970.
  package let modified: Int64
  /// When anything of the file was last changed, its name and place as well; nobody can set it.
  package let changed: Int64
  package let mode: UInt32
  package let owner: UInt32
  package let group: UInt32

  init(_ status: stat) {
    func nanoseconds(_ time: timespec) -> Int64 {
      Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
    byteCount = Int64(status.st_size)
    modified = nanoseconds(status.st_mtim)
    changed = nanoseconds(status.st_ctim)
    mode = status.st_mode
    owner = status.st_uid
    group = status.st_gid
  }

  /// The stamp of what lies at a path, links followed; nil if there is nothing to be seen.
  package init?(path: String) {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return nil }
    self.init(status)
  }

  /// The stamp of an open file; nil if there is none.
  init?(descriptor: CInt) {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { return nil }
    self.init(status)
  }

  var isRegularFile: Bool { mode & S_IFMT == S_IFREG }
  var isFolder: Bool { mode & S_IFMT == S_IFDIR }

  /// The clock that files are stamped by, in nanoseconds since 1970; it stands still between ticks.
  static var now: Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME_COARSE, &time)
    return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
  }
}
