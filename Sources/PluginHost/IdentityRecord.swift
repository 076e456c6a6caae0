import CPluginABI
package import PluginSDK

/// What could be read of a plugin's record; a member that makes no sense is nil.
package struct IdentityRecord: Hashable, Sendable, Codable {
  package var name: String?
  /// As the record has it; this host may not know the kind.
  package var kind: UInt32?
  package var version: String?
  package var abiMajor: Int?
  package var abiMinor: Int?
  package var concurrency: PluginConcurrency?
  package var entry: String?
  package var capabilities: [String]?
  package var toolchain: String?
  /// The whole of it; nil unless every member makes sense to this host.
  package private(set) var identity: PluginIdentity?

  private init() {}
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

extension IdentityRecord {
  /// Reads a record.
  ///
  /// - Parameters:
  ///   - bytes: The section that holds it.
  ///   - path: What messages call the file.
  ///   - findings: Gets all that is wrong with it; if nothing is, there is an identity.
  init(_ bytes: [UInt8], path: String, findings: inout [PluginHostError]) {
    self.init()
    var problems: [PluginHostError] = []
    defer { findings += problems }
    func fault(_ message: String) -> PluginHostError {
      PluginHostError(.noRecord, "the plugin record of '\(path)' \(message)")
    }
    guard bytes.count >= RecordLayout.byteCount, bytes.starts(with: RecordLayout.magic) else {
      problems.append(
        fault(
          "is damaged: \(RecordLayout.byteCount) bytes that start with CPTPLUG1 are needed, it has "
            + "\(bytes.count)"))
      return
    }
    let size = UInt64(bytes.number(at: RecordLayout.size, as: UInt32.self))
    if size < RecordLayout.byteCount || size > bytes.count {
      problems.append(
        fault("says that it has \(size) bytes, but its section has \(bytes.count)"))
    } else if UInt64(bytes.count) >= 2 * size {
      problems.append(
        fault(
          "stands beside another in one section: a library holds one plugin, so use "
            + "CPT_PLUGIN_RECORD once"))
    }
    func text(_ range: Range<Int>, _ member: String) -> String? {
      let part = bytes[range]
      guard let end = part.firstIndex(of: 0), part[end...].allSatisfy({ $0 == 0 }),
        let text = String(validating: part[..<end], as: UTF8.self)
      else {
        problems.append(fault("is damaged: its \(member) is no text padded with zeros"))
        return nil
      }
      // A terminal would obey them.
      guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
      else {
        problems.append(fault("is damaged: its \(member) holds control characters"))
        return nil
      }
      return text
    }
    name = text(RecordLayout.name, "name")
    if let name, name.isEmpty || !name.utf8.allSatisfy(\.isOfPluginName) {
      problems.append(
        fault("has the name '\(name)': lower-case letters, digits and hyphens are allowed"))
    }
    let title = name.map { "plugin '\($0)' at '\(path)'" } ?? "the plugin at '\(path)'"
    let major = Int(bytes.number(at: RecordLayout.major, as: UInt16.self))
    let minor = Int(bytes.number(at: RecordLayout.minor, as: UInt16.self))
    (abiMajor, abiMinor) = (major, minor)
    guard major == CPT_ABI_MAJOR else {
      // What follows may mean something else in that version.
      problems.append(
        PluginHostError(
          .incompatible,
          "\(title) speaks plugin ABI \(major).\(minor), this host "
            + "\(CPT_ABI_MAJOR).\(CPT_ABI_MINOR): rebuild it against these headers or update the "
            + "host"))
      return
    }
    let number = bytes.number(at: RecordLayout.kind, as: UInt32.self)
    kind = number
    let knownKind = PluginKind.ofLibraries.first { $0.rawValue == number }
    if knownKind == nil {
      problems.append(
        PluginHostError(
          .incompatible,
          "\(title) is of kind \(number), which this host does not know (it knows "
            + "\(PluginKind.ofLibraries.map(\.name).joined(separator: ", "))): update the host"))
    }
    let threadClass = bytes.number(at: RecordLayout.concurrency, as: UInt32.self)
    concurrency = PluginConcurrency(rawValue: threadClass)
    if concurrency == nil {
      problems.append(
        fault("declares the concurrency \(threadClass); record.h has 1, 2 and 3"))
    }
    version = text(RecordLayout.version, "version")
    entry = text(RecordLayout.entry, "entry symbol")
    if entry?.isEmpty == true { problems.append(fault("names no entry symbol")) }
    capabilities = text(RecordLayout.capabilities, "capabilities")?.split(separator: ",")
      .map(String.init)
    toolchain = text(RecordLayout.toolchain, "toolchain")
    guard problems.isEmpty, let name, let knownKind, let version, let concurrency, let entry,
      let capabilities, let toolchain
    else { return }
    identity = PluginIdentity(
      name: name, kind: knownKind, version: version, abiMajor: major, abiMinor: minor,
      concurrency: concurrency, entry: entry, capabilities: capabilities, toolchain: toolchain)
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
