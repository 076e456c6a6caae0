/// The start of an ELF file, and what it says of the loader's segments.
///
/// Names and numbers are those of the ELF specification, version 1.2 with the 64-bit extensions.
struct ELFHeader {
  var sectionOffset: UInt64
  var sectionCount: Int
  var sectionNameIndex: Int
  private var segmentOffset: UInt64
  private var segmentCount: Int

  static let sectionSize = 64
  private static let segmentSize = 56

  /// Reads the header.
  ///
  /// - Parameters:
  ///   - file: The library.
  ///   - findings: Gets what makes the file unfit for this host, but leaves it readable.
  /// - Throws: ``PluginHostError`` if nothing more can be read.
  init(_ file: NamedBytes, findings: inout [PluginHostError]) throws(PluginHostError) {
    let path = file.path
    guard file.byteCount >= 64 else {
      throw PluginHostError(
        .malformed,
        "'\(path)' is no shared library: it has \(file.byteCount) bytes, less than its header")
    }
    let bytes = try file.read(0, 64, limit: 64, "its header")
    guard bytes.prefix(4) == [0x7F, 0x45, 0x4C, 0x46] else {
      throw PluginHostError(.malformed, "'\(path)' is no shared library: it does not start as ELF")
    }
    guard bytes[4] == 2, bytes[5] == 1, bytes[6] == 1 else {
      throw PluginHostError(
        .malformed, "'\(path)' is no library of 64 bits, lowest byte first, as this machine needs")
    }
    if bytes.number(at: 16, as: UInt16.self) != 3 {
      findings.append(
        PluginHostError(
          .malformed, "'\(path)' is no shared library: build it with -shared, or as type .dynamic"))
    }
    let machine = bytes.number(at: 18, as: UInt16.self)
    if machine != Self.machine {
      findings.append(
        PluginHostError(
          .malformed,
          "'\(path)' is built for machine \(machine), this host runs on \(Self.machine) (ELF's "
            + "numbers: 62 is x86-64, 183 is AArch64): build it for this machine"))
    }
    guard Int(bytes.number(at: 54, as: UInt16.self)) == Self.segmentSize,
      Int(bytes.number(at: 58, as: UInt16.self)) == Self.sectionSize
    else { throw PluginHostError(.malformed, "'\(path)' is damaged: its headers have odd sizes") }
    segmentOffset = bytes.number(at: 32, as: UInt64.self)
    sectionOffset = bytes.number(at: 40, as: UInt64.self)
    segmentCount = Int(bytes.number(at: 56, as: UInt16.self))
    sectionCount = Int(bytes.number(at: 60, as: UInt16.self))
    sectionNameIndex = Int(bytes.number(at: 62, as: UInt16.self))
  }

  /// Checks that what the loader would map lies in the file: it would be killed where it does not.
  ///
  /// - Parameters:
  ///   - file: The library.
  ///   - findings: Gets each segment that does not.
  /// - Throws: ``PluginHostError`` if the program headers cannot be read, or map nothing.
  func checkSegments(
    _ file: NamedBytes, findings: inout [PluginHostError]
  ) throws(PluginHostError) {
    let table = try file.read(
      segmentOffset, UInt64(segmentCount * Self.segmentSize), limit: 1 << 22, "its program headers")
    var mapped = 0
    // The loader reserves room from the first to the last, and writes over others' beyond it.
    var free: UInt64 = 0
    for start in stride(from: 0, to: table.count, by: Self.segmentSize)
    where table.number(at: start, as: UInt32.self) == 1 {
      mapped += 1
      let offset = table.number(at: start + 8, as: UInt64.self)
      let address = table.number(at: start + 16, as: UInt64.self)
      let fileSize = table.number(at: start + 32, as: UInt64.self)
      let memorySize = table.number(at: start + 40, as: UInt64.self)
      let alignment = table.number(at: start + 48, as: UInt64.self)
      let (end, overflow) = offset.addingReportingOverflow(fileSize)
      let isSound =
        !overflow && end <= file.byteCount && memorySize >= fileSize && memorySize < 1 << 40
        && address >= free && address < 1 << 40 && alignment & (alignment &- 1) == 0
        && (alignment < 2 || offset % alignment == address % alignment)
      guard !isSound else {
        free = address + memorySize
        continue
      }
      findings.append(
        PluginHostError(
          .malformed,
          "'\(file.path)' is damaged: it would map \(fileSize) bytes from \(offset) on, but it has "
            + "\(file.byteCount); copy or build it again"))
    }
    guard mapped > 0 else {
      throw PluginHostError(.malformed, "'\(file.path)' is damaged: it maps nothing into memory")
    }
  }

  #if arch(x86_64)
    private static let machine: UInt16 = 62
  #elseif arch(arm64)
    private static let machine: UInt16 = 183
  #endif
}

/// Bytes with the name that messages give them, read with every offset checked.
struct NamedBytes {
  let path: String
  let source: any ByteSource

  var byteCount: UInt64 { source.byteCount }

  /// Reads a part.
  ///
  /// - Throws: ``PluginHostError`` if it does not lie in the file or is larger than `limit`.
  func read(
    _ offset: UInt64, _ size: UInt64, limit: Int, _ name: String
  ) throws(PluginHostError) -> [UInt8] {
    let (end, overflow) = offset.addingReportingOverflow(size)
    guard !overflow, end <= byteCount else {
      throw PluginHostError(
        .malformed,
        "'\(path)' is damaged: \(name) should lie at \(offset) with \(size) bytes, but the file has "
          + "\(byteCount); copy or build it again")
    }
    guard let count = Int(exactly: size), count <= limit else {
      throw PluginHostError(
        .malformed,
        "'\(path)' is damaged: \(name) should have \(size) bytes, more than the \(limit) that are "
          + "read; copy or build it again")
    }
    return try source.bytes(at: offset, count: count)
  }
}
