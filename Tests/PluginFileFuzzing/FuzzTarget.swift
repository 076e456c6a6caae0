import Glibc
import PluginHost
import PluginSDK

/// Reads some bytes as a plugin's file; libFuzzer calls it with every input that it makes up.
///
/// The reader may refuse or accept. What it accepts must make sense.
@c(LLVMFuzzerTestOneInput)
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = unsafe UnsafeRawBufferPointer(start: bytes, count: count)
  guard let path = unsafe MemoryFile.shared.write(input) else { return -1 }
  guard let file = try? PluginFile(path: path) else { return 0 }
  precondition(!file.identity.name.isEmpty && !file.identity.entry.isEmpty)
  precondition(file.identity.abiMajor == 1)
  precondition(file.needed.allSatisfy { !$0.contains("\0") })
  return 0
}

/// One file without a name that holds one input after the other.
private struct MemoryFile: Sendable {
  static let shared = MemoryFile()

  private let descriptor: CInt

  private init() {
    var name = "/dev/shm/plugin-XXXXXX".utf8CString
    descriptor = unsafe name.withUnsafeMutableBufferPointer { name in
      guard let name = name.baseAddress else { return -1 }
      let descriptor = unsafe mkstemp(name)
      unsafe unlink(name)
      return descriptor
    }
  }

  /// Replaces the content, and returns the path to read it from; nil if the system refuses.
  func write(_ bytes: UnsafeRawBufferPointer) -> String? {
    guard ftruncate(descriptor, 0) == 0,
      unsafe pwrite(descriptor, bytes.baseAddress, bytes.count, 0) == bytes.count
    else { return nil }
    return "/proc/self/fd/\(descriptor)"
  }
}
