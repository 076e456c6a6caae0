import Glibc

/// Zeroed memory, aligned for vectors and huge pages, with room to read past its end.
final class Memory {
  let base: UnsafeMutableRawPointer
  let byteCount: Int
  private let mappedCount: Int

  /// Maps memory; nil if the system refuses.
  init?(byteCount: Int) {
    self.byteCount = byteCount
    let hugePage = 1 << 21
    // Kernels read whole vectors, so up to 64 bytes past a tensor's end.
    mappedCount = (byteCount + 4096 + hugePage - 1) / hugePage * hugePage
    guard
      let mapped = mmap(
        nil, mappedCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
      mapped != MAP_FAILED
    else { return nil }
    madvise(mapped, mappedCount, MADV_HUGEPAGE)
    base = mapped
  }

  deinit { munmap(base, mappedCount) }

  /// A number of float32 elements in bytes, in whole cache lines.
  static func byteCount(ofElements count: Int) -> Int { (count * 4 + 63) / 64 * 64 }
}
