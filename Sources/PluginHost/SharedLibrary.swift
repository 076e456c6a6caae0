import Glibc

/// A shared library as the file says it is, read without running any of it.
///
/// It reads what the ELF specification, version 1.2 with the 64-bit extensions, calls the file header,
/// the section headers and the program headers. Every offset and count is checked against the file,
/// so a damaged file is an error and never a crash.
struct SharedLibrary {
  let path: String
  private let file: RandomAccessFile
  private let sections: [Section]

  private struct Section {
    var name: String
    var type: UInt32
    var offset: UInt64
    var size: UInt64
    var link: UInt32
  }

  /// Opens a library.
  ///
  /// - Throws: ``PluginHostError`` if it cannot be read, is no library of this machine, or damaged.
  init(path: String) throws(PluginHostError) {
    self.path = path
    file = try RandomAccessFile(path: path)
    let header = try ELFHeader(file)
    try header.checkSegments(file)
    sections = try Self.sections(header, file)
  }

  /// The bytes of a section; nil if the library has none of that name.
  ///
  /// - Throws: ``PluginHostError`` if there are two, or it has no bytes in the file.
  func section(_ name: String, limit: Int) throws(PluginHostError) -> [UInt8]? {
    let found = sections.filter { $0.name == name }
    guard let section = found.first else { return nil }
    guard found.count == 1, section.type != SectionType.withoutBytes else {
      throw PluginHostError(.malformed, "'\(path)' has no single section '\(name)' with content")
    }
    return try file.read(section.offset, section.size, limit: limit, "the section '\(name)'")
  }

  /// The names of the libraries that it needs, in order.
  ///
  /// - Throws: ``PluginHostError`` if the list points outside the file.
  func needed() throws(PluginHostError) -> [String] {
    guard let dynamic = sections.first(where: { $0.type == SectionType.dynamic }) else { return [] }
    guard sections.indices.contains(Int(dynamic.link)) else {
      throw PluginHostError(.malformed, "'\(path)' is damaged: its dynamic section has no names")
    }
    let names = sections[Int(dynamic.link)]
    let entries = try file.read(dynamic.offset, dynamic.size, limit: 1 << 20, "its dynamic section")
    let texts = try file.read(names.offset, names.size, limit: 1 << 26, "its dynamic names")
    var needed: [String] = []
    for start in stride(from: 0, to: entries.count - 15, by: 16) {
      let tag = entries.number(at: start, as: UInt64.self)
      if tag == 0 { break }
      // The loader ends the process where these are not the sizes, and the kind, of this machine's.
      if let value = [9: 24, 11: 24, 20: 7][tag],
        value != entries.number(at: start + 8, as: UInt64.self)
      {
        throw PluginHostError(
          .malformed,
          "'\(path)' is damaged: its dynamic section has tables of odd sizes; copy or build it again"
        )
      }
      guard tag == 1 else { continue }
      let offset = entries.number(at: start + 8, as: UInt64.self)
      guard let name = texts.text(at: offset) else {
        throw PluginHostError(
          .malformed, "'\(path)' is damaged: the name of a needed library lies outside the file")
      }
      needed.append(name)
    }
    return needed
  }

  private static func sections(
    _ header: ELFHeader, _ file: RandomAccessFile
  ) throws(PluginHostError) -> [Section] {
    guard header.sectionCount > 0, header.sectionOffset > 0 else {
      throw PluginHostError(
        .malformed,
        "'\(file.path)' has no section headers, so nothing can be known of it before it runs: "
          + "strip it with 'strip', which keeps them")
    }
    let table = try file.read(
      header.sectionOffset, UInt64(header.sectionCount) * 64, limit: 1 << 22,
      "its section headers")
    var sections: [(nameOffset: UInt64, section: Section)] = []
    for start in stride(from: 0, to: table.count, by: 64) {
      let section = Section(
        name: "", type: table.number(at: start + 4, as: UInt32.self),
        offset: table.number(at: start + 24, as: UInt64.self),
        size: table.number(at: start + 32, as: UInt64.self),
        link: table.number(at: start + 40, as: UInt32.self))
      sections.append((UInt64(table.number(at: start, as: UInt32.self)), section))
    }
    guard sections.indices.contains(header.sectionNameIndex) else {
      throw PluginHostError(.malformed, "'\(file.path)' is damaged: its sections have no names")
    }
    let names = sections[header.sectionNameIndex].section
    let texts = try file.read(names.offset, names.size, limit: 1 << 22, "its section names")
    return sections.map { nameOffset, section in
      var section = section
      section.name = texts.text(at: nameOffset) ?? ""
      return section
    }
  }
}

/// The types of sections that matter here.
private enum SectionType {
  static let dynamic: UInt32 = 6
  static let withoutBytes: UInt32 = 8
}

/// The header of an ELF file.
private struct ELFHeader {
  var sectionOffset: UInt64
  var sectionCount: Int
  var sectionNameIndex: Int
  private var segmentOffset: UInt64
  private var segmentCount: Int

  init(_ file: RandomAccessFile) throws(PluginHostError) {
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
    guard bytes.number(at: 16, as: UInt16.self) == 3 else {
      throw PluginHostError(
        .malformed, "'\(path)' is no shared library: build it with -shared, or as type .dynamic")
    }
    let machine = bytes.number(at: 18, as: UInt16.self)
    guard machine == Self.machine else {
      throw PluginHostError(
        .malformed,
        "'\(path)' is built for machine \(machine), this host runs on \(Self.machine) (ELF's "
          + "numbers: 62 is x86-64, 183 is AArch64): build it for this machine")
    }
    guard bytes.number(at: 54, as: UInt16.self) == 56, bytes.number(at: 58, as: UInt16.self) == 64
    else { throw PluginHostError(.malformed, "'\(path)' is damaged: its headers have odd sizes") }
    segmentOffset = bytes.number(at: 32, as: UInt64.self)
    sectionOffset = bytes.number(at: 40, as: UInt64.self)
    segmentCount = Int(bytes.number(at: 56, as: UInt16.self))
    sectionCount = Int(bytes.number(at: 60, as: UInt16.self))
    sectionNameIndex = Int(bytes.number(at: 62, as: UInt16.self))
  }

  /// Checks that what the loader would map lies in the file: it would be killed where it does not.
  func checkSegments(_ file: RandomAccessFile) throws(PluginHostError) {
    let table = try file.read(
      segmentOffset, UInt64(segmentCount) * 56, limit: 1 << 22, "its program headers")
    var mapped = 0
    // The loader reserves room from the first to the last, and writes over others' beyond it.
    var free: UInt64 = 0
    for start in stride(from: 0, to: table.count, by: 56)
    where table.number(at: start, as: UInt32.self) == 1 {
      let offset = table.number(at: start + 8, as: UInt64.self)
      let address = table.number(at: start + 16, as: UInt64.self)
      let fileSize = table.number(at: start + 32, as: UInt64.self)
      let memorySize = table.number(at: start + 40, as: UInt64.self)
      let alignment = table.number(at: start + 48, as: UInt64.self)
      let (end, overflow) = offset.addingReportingOverflow(fileSize)
      guard !overflow, end <= file.byteCount, memorySize >= fileSize, memorySize < 1 << 40,
        address >= free, address < 1 << 40, alignment == 0 || alignment & (alignment - 1) == 0,
        alignment < 2 || offset % alignment == address % alignment
      else {
        throw PluginHostError(
          .malformed,
          "'\(file.path)' is damaged: it would map \(fileSize) bytes from \(offset) on, but it has "
            + "\(file.byteCount); copy or build it again")
      }
      mapped += 1
      free = address + memorySize
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

extension [UInt8] {
  /// The number that starts at an offset, lowest byte first.
  ///
  /// - Precondition: It lies inside the bytes.
  func number<Number: FixedWidthInteger>(at offset: Int, as type: Number.Type) -> Number {
    self[offset..<offset + MemoryLayout<Number>.size].reversed()
      .reduce(0) { $0 << 8 | Number(truncatingIfNeeded: $1) }
  }

  /// The UTF-8 text from an offset to the next zero; nil if there is none inside the bytes.
  func text(at offset: UInt64) -> String? {
    guard let start = Int(exactly: offset), start < count,
      let end = self[start...].firstIndex(of: 0)
    else { return nil }
    return String(validating: self[start..<end], as: UTF8.self)
  }
}
