import Glibc

/// Tells which files this process has mapped where.
enum MappedFiles {
  /// Whether it is a given file that is mapped at an address.
  ///
  /// The kernel's own list of mappings is asked, at the address and at a page of the file that is
  /// mapped to compare: what it says of a file need not equal what `fstat` says, as in containers.
  ///
  /// - Throws: ``PluginHostError`` if the system does not tell.
  static func isMapped(
    _ file: RandomAccessFile, at address: UInt
  ) throws(PluginHostError) -> Bool {
    let page = unsafe mmap(nil, 1, PROT_READ, MAP_PRIVATE, file.descriptor, 0)
    guard let page = unsafe page, unsafe page != MAP_FAILED else {
      throw PluginHostError(.unreadable, "'\(file.path)' cannot be mapped: \(systemError())")
    }
    defer { unsafe munmap(page, 1) }
    let identities = try identities(at: [address, UInt(bitPattern: page)])
    return identities[0] != nil && identities[0] == identities[1]
  }

  /// Device and inode, as the kernel writes them, of what is mapped at addresses; nil for nothing.
  private static func identities(
    at addresses: [UInt]
  ) throws(PluginHostError) -> [[UInt8]?] {
    var found = [[UInt8]?](repeating: nil, count: addresses.count)
    // A line: 7f0000000000-7f0000001000 r-xp 00000000 fe:00 1234 /path
    for line in try list().split(separator: UInt8(ascii: "\n")) {
      let fields = line.split(separator: UInt8(ascii: " "), maxSplits: 5)
      guard fields.count >= 5 else { continue }
      let ends = fields[0].split(separator: UInt8(ascii: "-"))
      guard ends.count == 2, let start = number(ends[0]), let end = number(ends[1]) else {
        continue
      }
      for (index, address) in addresses.enumerated() where address >= start && address < end {
        found[index] = Array(fields[3]) + [UInt8(ascii: " ")] + Array(fields[4])
      }
    }
    return found
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> UInt? {
    UInt(String(decoding: digits, as: UTF8.self), radix: 16)
  }

  private static func list() throws(PluginHostError) -> [UInt8] {
    let path = "/proc/self/maps"
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    defer { if descriptor >= 0 { close(descriptor) } }
    var list: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 1 << 16)
    while descriptor >= 0 {
      let count = unsafe part.withUnsafeMutableBytes {
        unsafe read(descriptor, $0.baseAddress, $0.count)
      }
      if count < 0, errno == EINTR { continue }
      if count == 0 { return list }
      guard count > 0 else { break }
      list += part[..<count]
    }
    throw PluginHostError(.unreadable, "'\(path)' cannot be read: \(systemError())")
  }
}
