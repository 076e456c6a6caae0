import PluginSDK

/// A shared library as the file says it is, read without running any of it.
///
/// It reads what the ELF specification, version 1.2 with the 64-bit extensions, calls the section
/// headers and the sections. Every offset and count is checked against the file, so a damaged file is
/// an error and never a crash. All that is read comes from a ``ByteSource``, which may be an array.
struct SharedLibrary {
  private let file: NamedBytes
  private let sections: [Section]

  private struct Section {
    var name: String
    var type: UInt32
    var offset: UInt64
    var size: UInt64
    var link: UInt32
  }

  /// Reads a library that need not be a plugin.
  ///
  /// - Throws: ``PluginHostError`` with the first thing that is wrong with it.
  init(path: String) throws(PluginHostError) {
    let file = try RandomAccessFile(path: path)
    var findings: [PluginHostError] = []
    try self.init(NamedBytes(path: path, source: file), findings: &findings)
    if let first = findings.first { throw first }
  }

  /// Reads the headers.
  ///
  /// - Parameters:
  ///   - file: The library.
  ///   - findings: Gets everything that is wrong but does not keep the rest from being read.
  /// - Throws: ``PluginHostError`` if nothing more can be read.
  init(_ file: NamedBytes, findings: inout [PluginHostError]) throws(PluginHostError) {
    self.file = file
    let header = try ELFHeader(file, findings: &findings)
    do throws(PluginHostError) {
      try header.checkSegments(file, findings: &findings)
    } catch {
      findings.append(error)
    }
    sections = try Self.sections(header, file)
  }

  /// The bytes of a section; nil if the library has none of that name.
  ///
  /// - Throws: ``PluginHostError`` if there are two, or it has no bytes in the file.
  func section(_ name: String, limit: Int) throws(PluginHostError) -> [UInt8]? {
    let found = sections.filter { $0.name == name }
    guard let section = found.first else { return nil }
    guard found.count == 1, section.type != SectionType.withoutBytes else {
      throw PluginHostError(
        .malformed, "'\(file.path)' has no single section '\(name)' with content")
    }
    return try file.read(section.offset, section.size, limit: limit, "the section '\(name)'")
  }

  /// The names of the libraries that it needs, in order.
  ///
  /// - Throws: ``PluginHostError`` if the list points outside the file.
  func needed() throws(PluginHostError) -> [String] {
    guard let dynamic = sections.first(where: { $0.type == SectionType.dynamic }) else { return [] }
    let entries = try file.read(dynamic.offset, dynamic.size, limit: 1 << 20, "its dynamic section")
    let texts = try names(of: dynamic, "its dynamic section")
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
          "'\(file.path)' is damaged: its dynamic section has tables of odd sizes; copy or build it again"
        )
      }
      guard tag == 1 else { continue }
      let offset = entries.number(at: start + 8, as: UInt64.self)
      guard let name = texts.text(at: offset) else {
        throw PluginHostError(
          .malformed,
          "'\(file.path)' is damaged: the name of a needed library lies outside the file")
      }
      needed.append(name)
    }
    return needed
  }

  /// Whether the dynamic symbol table offers a function of a name to those who load the library.
  ///
  /// - Throws: ``PluginHostError`` if the table points outside the file.
  /// - Complexity: O(symbols).
  func exports(_ symbol: String) throws(PluginHostError) -> Bool {
    guard let table = sections.first(where: { $0.type == SectionType.dynamicSymbols }) else {
      return false
    }
    let symbols = try file.read(table.offset, table.size, limit: 1 << 26, "its dynamic symbols")
    let texts = try names(of: table, "its dynamic symbols")
    let wanted = Array(symbol.utf8) + [0]
    return unsafe symbols.withUnsafeBytes { symbols in
      unsafe texts.withUnsafeBytes { texts in
        stride(
          from: 0, to: symbols.count - DynamicSymbol.byteCount + 1, by: DynamicSymbol.byteCount
        )
        .contains { start in
          let symbol = unsafe DynamicSymbol(symbols, at: start)
          guard symbol.isOfferedFunction else { return false }
          return unsafe symbol.isNamed(wanted, among: texts)
        }
      }
    }
  }

  /// The linker's name for this build, in hexadecimal; nil if it gave none.
  var buildID: String? {
    guard let section = sections.first(where: { $0.name == ".note.gnu.build-id" }),
      let note = try? file.read(section.offset, section.size, limit: 1 << 12, "its build id"),
      note.count >= 16
    else { return nil }
    let nameSize = Int(note.number(at: 0, as: UInt32.self))
    let size = Int(note.number(at: 4, as: UInt32.self))
    guard nameSize == 4, size > 0, size <= note.count - 16 else { return nil }
    return note[16..<16 + size].hexadecimal
  }

  /// The texts that a section's entries point into.
  private func names(
    of section: Section, _ name: String
  ) throws(PluginHostError) -> [UInt8] {
    guard sections.indices.contains(Int(section.link)) else {
      throw PluginHostError(.malformed, "'\(file.path)' is damaged: \(name) has no names")
    }
    let names = sections[Int(section.link)]
    return try file.read(names.offset, names.size, limit: 1 << 26, "the names of \(name)")
  }

  private static func sections(
    _ header: ELFHeader, _ file: NamedBytes
  ) throws(PluginHostError) -> [Section] {
    guard header.sectionCount > 0, header.sectionOffset > 0 else {
      throw PluginHostError(
        .malformed,
        "'\(file.path)' has no section headers, so nothing can be known of it before it runs: "
          + "strip it with 'strip', which keeps them")
    }
    let table = try file.read(
      header.sectionOffset, UInt64(header.sectionCount * ELFHeader.sectionSize), limit: 1 << 22,
      "its section headers")
    var sections: [(nameOffset: UInt64, section: Section)] = []
    for start in stride(from: 0, to: table.count, by: ELFHeader.sectionSize) {
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
  static let dynamicSymbols: UInt32 = 11
}

/// An entry of the dynamic symbol table.
private struct DynamicSymbol {
  static let byteCount = 24

  let nameOffset: UInt32
  let info: UInt8
  let other: UInt8
  let section: UInt16

  /// - Precondition: It lies inside the table.
  @unsafe init(_ table: UnsafeRawBufferPointer, at start: Int) {
    precondition(start >= 0 && start <= table.count - Self.byteCount, "a symbol outside its table")
    nameOffset = UInt32(
      littleEndian: unsafe table.loadUnaligned(fromByteOffset: start, as: UInt32.self))
    info = unsafe table[start + 4]
    other = unsafe table[start + 5]
    section = UInt16(
      littleEndian: unsafe table.loadUnaligned(fromByteOffset: start + 6, as: UInt16.self))
  }

  /// Whether the library defines it, others may see it, and it can be called.
  var isOfferedFunction: Bool {
    let (binding, type, visibility) = (info >> 4, info & 15, other & 3)
    let isGlobal = [1, 2, 10].contains(binding)
    let isCallable = [0, 2, 10].contains(type)
    let isVisible = [0, 3].contains(visibility)
    return section != 0 && isGlobal && isCallable && isVisible
  }

  /// Whether its name, zero included, is the wanted one.
  @unsafe func isNamed(_ wanted: [UInt8], among texts: UnsafeRawBufferPointer) -> Bool {
    let start = Int(nameOffset)
    guard start <= texts.count - wanted.count else { return false }
    for index in wanted.indices where unsafe texts[start + index] != wanted[index] { return false }
    return true
  }
}
