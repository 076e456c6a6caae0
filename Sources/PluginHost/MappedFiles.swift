import CMemoryFile
import Glibc

/// Tells which files this process has mapped where.
package enum MappedFiles {
  /// A file as the kernel's list of mappings names it; all zero for memory without a file.
  package struct File: Hashable, Sendable {
    package let deviceMajor: UInt32
    package let deviceMinor: UInt32
    package let inode: UInt64
  }

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
    let files = try files(at: [address, UInt(bitPattern: page)])
    return files[0] != nil && files[0] == files[1]
  }

  /// What is mapped at addresses; nil for nothing.
  ///
  /// A process with a Swift host in it has hundreds of mappings, and reading the list of them takes as
  /// long as hashing a third of a plugin. So the kernel is asked for those at the addresses alone,
  /// where it can be.
  ///
  /// - Throws: ``PluginHostError`` if the system does not tell.
  package static func files(at addresses: [UInt]) throws(PluginHostError) -> [File?] {
    let list = try open()
    defer { close(list) }
    if let files = asked(list, addresses) { return files }
    return try read(list, addresses)
  }

  /// What is mapped at addresses, read from the whole list, as every kernel has it.
  ///
  /// - Throws: ``PluginHostError`` if it cannot be read.
  package static func listed(at addresses: [UInt]) throws(PluginHostError) -> [File?] {
    let list = try open()
    defer { close(list) }
    return try read(list, addresses)
  }

  private static let path = "/proc/self/maps"

  private static func open() throws(PluginHostError) -> CInt {
    let descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw unreadable() }
    return descriptor
  }

  /// What the kernel answers; nil if it cannot be asked.
  private static func asked(_ list: CInt, _ addresses: [UInt]) -> [File?]? {
    var files: [File?] = []
    for address in addresses {
      var file = cpt_mapped_file()
      if unsafe cpt_mapped_file_at(list, UInt64(address), &file) == 0 {
        files.append(
          File(
            deviceMajor: file.device_major, deviceMinor: file.device_minor, inode: file.inode))
      } else if errno == ENOENT {
        files.append(nil)
      } else {
        return nil
      }
    }
    return files
  }

  private static func read(
    _ list: CInt, _ addresses: [UInt]
  ) throws(PluginHostError) -> [File?] {
    var found = [File?](repeating: nil, count: addresses.count)
    // A line: 7f0000000000-7f0000001000 r-xp 00000000 fe:00 1234 /path
    for line in try content(of: list).split(separator: UInt8(ascii: "\n")) {
      let fields = line.split(separator: UInt8(ascii: " "), maxSplits: 5)
      guard fields.count >= 5 else { continue }
      let ends = fields[0].split(separator: UInt8(ascii: "-"))
      let device = fields[3].split(separator: UInt8(ascii: ":"))
      guard ends.count == 2, let start = number(ends[0]), let end = number(ends[1]),
        device.count == 2, let major = number(device[0]), let minor = number(device[1]),
        let inode = UInt64(String(decoding: fields[4], as: UTF8.self))
      else { continue }
      for (index, address) in addresses.enumerated() where address >= start && address < end {
        found[index] = File(
          deviceMajor: UInt32(truncatingIfNeeded: major),
          deviceMinor: UInt32(truncatingIfNeeded: minor), inode: inode)
      }
    }
    return found
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> UInt? {
    UInt(String(decoding: digits, as: UTF8.self), radix: 16)
  }

  private static func content(of list: CInt) throws(PluginHostError) -> [UInt8] {
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = unsafe part.withUnsafeMutableBytes {
        unsafe Glibc.read(list, $0.baseAddress, $0.count)
      }
      if count < 0, errno == EINTR { continue }
      if count == 0 { return bytes }
      guard count > 0 else { throw unreadable() }
      bytes += part[..<count]
    }
  }

  private static func unreadable() -> PluginHostError {
    PluginHostError(.unreadable, "'\(path)' cannot be read: \(systemError())")
  }
}
