import CPluginABI
package import PluginSDK

/// A plugin as its file says it is, before any of its code runs.
package struct PluginFile: Hashable, Sendable {
  package let path: String
  package let identity: PluginIdentity
  /// The libraries that it needs, in order.
  package let needed: [String]

  /// Reads the identity record and the needed libraries of a file.
  ///
  /// - Throws: ``PluginHostError`` if the file is damaged, no plugin, or not one for this host.
  package init(path: String) throws(PluginHostError) {
    let library = try SharedLibrary(path: path)
    guard let bytes = try library.section(CPT_RECORD_SECTION, limit: 1 << 16) else {
      throw PluginHostError(
        .noRecord,
        "'\(path)' is a library but no plugin: it has no section '\(CPT_RECORD_SECTION)'; place one "
          + "with CPT_PLUGIN_RECORD")
    }
    self.path = path
    identity = try PluginIdentity(record: bytes, path: path)
    needed = try library.needed()
  }
}

/// Where the members of `cpt_record` lie.
private enum RecordLayout {
  static let byteCount = 512
  static let magic: [UInt8] = Array("CPTPLUG1".utf8)
  static let size = 8
  static let major = 12
  static let minor = 14
  static let kind = 16
  static let concurrency = 20
  static let name = 24..<88
  static let version = 88..<120
  static let entry = 120..<184
  static let capabilities = 184..<312
  static let toolchain = 312..<472
}

extension PluginIdentity {
  /// Reads a record.
  fileprivate init(record bytes: [UInt8], path: String) throws(PluginHostError) {
    func fault(_ message: String) -> PluginHostError {
      PluginHostError(.noRecord, "the plugin record of '\(path)' \(message)")
    }
    guard bytes.count >= RecordLayout.byteCount, bytes.starts(with: RecordLayout.magic) else {
      throw fault(
        "is damaged: \(RecordLayout.byteCount) bytes that start with CPTPLUG1 are needed, it has "
          + "\(bytes.count)")
    }
    let size = Int(bytes.number(at: RecordLayout.size, as: UInt32.self))
    guard size >= RecordLayout.byteCount, size <= bytes.count else {
      throw fault("says that it has \(size) bytes, but its section has \(bytes.count)")
    }
    guard bytes.count < 2 * size else {
      throw fault(
        "stands beside another in one section: a library holds one plugin, so use "
          + "CPT_PLUGIN_RECORD once")
    }
    func text(_ range: Range<Int>, _ member: String) throws(PluginHostError) -> String {
      let part = bytes[range]
      guard let end = part.firstIndex(of: 0), part[end...].allSatisfy({ $0 == 0 }),
        let text = String(validating: part[..<end], as: UTF8.self),
        text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
      else { throw fault("is damaged: its \(member) is no line of text padded with zeros") }
      return text
    }
    let name = try text(RecordLayout.name, "name")
    guard !name.isEmpty, name.utf8.allSatisfy(\.isOfPluginName) else {
      throw fault("has the name '\(name)': lower-case letters, digits and hyphens are allowed")
    }
    let major = Int(bytes.number(at: RecordLayout.major, as: UInt16.self))
    let minor = Int(bytes.number(at: RecordLayout.minor, as: UInt16.self))
    guard major == CPT_ABI_MAJOR else {
      throw PluginHostError(
        .incompatible,
        "plugin '\(name)' at '\(path)' speaks plugin ABI \(major).\(minor), this host "
          + "\(CPT_ABI_MAJOR).\(CPT_ABI_MINOR): rebuild it against these headers or update the host"
      )
    }
    let kind = bytes.number(at: RecordLayout.kind, as: UInt32.self)
    guard let kind = PluginKind(rawValue: kind) else {
      throw PluginHostError(
        .incompatible,
        "plugin '\(name)' at '\(path)' is of kind \(kind), which this host does not know (it knows "
          + "\(PluginKind.allCases.map(\.name).joined(separator: ", "))): update the host")
    }
    let concurrency = bytes.number(at: RecordLayout.concurrency, as: UInt32.self)
    guard let concurrency = PluginConcurrency(rawValue: concurrency) else {
      throw fault("declares the concurrency \(concurrency); record.h has 1, 2 and 3")
    }
    let entry = try text(RecordLayout.entry, "entry symbol")
    guard !entry.isEmpty else { throw fault("names no entry symbol") }
    self.init(
      name: name, kind: kind, version: try text(RecordLayout.version, "version"), abiMajor: major,
      abiMinor: minor, concurrency: concurrency, entry: entry,
      capabilities: try text(RecordLayout.capabilities, "capabilities").split(separator: ",")
        .map(String.init),
      toolchain: try text(RecordLayout.toolchain, "toolchain"))
  }
}

extension UInt8 {
  /// Whether the name of a plugin may hold this byte.
  fileprivate var isOfPluginName: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "-"):
      true
    default: false
    }
  }
}
