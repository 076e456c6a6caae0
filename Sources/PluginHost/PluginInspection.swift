import CPluginABI
package import PluginBridges
package import PluginSDK

/// Everything that a plugin's file says without being run, and every reason not to load it.
///
/// What can be read is there also where the file is refused.
package struct PluginInspection: Hashable, Sendable, Codable {
  /// What messages call the file.
  package let path: String
  package let byteCount: UInt64
  /// nil if there is none.
  package private(set) var record: IdentityRecord?
  /// The libraries that it needs, in order.
  package private(set) var needed: [String] = []
  /// The linker's name for this build, in hexadecimal; nil if it gave none.
  package private(set) var buildID: String?
  /// Every reason to refuse the file; empty if there is none.
  package internal(set) var findings: [PluginHostError] = []

  /// Inspects bytes, whatever they are.
  package init(_ source: some ByteSource, path: String) {
    self.path = path
    byteCount = source.byteCount
    var findings: [PluginHostError] = []
    @discardableResult func attempt<Part>(_ read: () throws(PluginHostError) -> Part) -> Part? {
      do throws(PluginHostError) {
        return try read()
      } catch {
        findings.append(error)
        return nil
      }
    }
    defer { self.findings = findings }
    let file = NamedBytes(path: path, source: source)
    let library: SharedLibrary
    do throws(PluginHostError) {
      library = try SharedLibrary(file, findings: &findings)
    } catch {
      findings.append(error)
      return
    }
    buildID = library.buildID
    needed = attempt { () throws(PluginHostError) in try library.needed() } ?? []
    let bytes = attempt { () throws(PluginHostError) in
      guard let bytes = try library.section(CPT_RECORD_SECTION, limit: 1 << 16) else {
        throw PluginHostError(
          .noRecord,
          "'\(path)' is a library but no plugin: it has no section '\(CPT_RECORD_SECTION)'; place "
            + "one with CPT_PLUGIN_RECORD")
      }
      return bytes
    }
    guard let bytes else { return }
    let record = IdentityRecord(bytes, path: path, findings: &findings)
    self.record = record
    guard let entry = record.entry, !entry.isEmpty else { return }
    attempt { () throws(PluginHostError) in
      guard try !library.exports(entry) else { return }
      let title = record.name.map { "plugin '\($0)' at '\(path)'" } ?? "the plugin at '\(path)'"
      throw PluginHostError(
        .unloadable,
        "\(title) does not export '\(entry)', which its record names as its entry function: export "
          + "it with C linkage")
    }
  }

  /// Inspects a file, and who may write it.
  ///
  /// A file that cannot be read is a finding as well.
  package init(path: String) {
    do throws(PluginHostError) {
      self.init(try RandomAccessFile(path: path))
    } catch {
      self.init(unreadable: path, error)
    }
  }

  /// Inspects a file that is open already, and who may write it.
  init(_ file: RandomAccessFile) {
    self.init(file, path: file.path)
    findings += WritePermissions.findings(ofFile: path, file.stamp)
  }

  /// What is known of a file that cannot be read.
  init(unreadable path: String, _ reason: PluginHostError) {
    self.path = path
    byteCount = 0
    findings = [reason]
  }

  /// The plugin, if nothing is wrong with its file.
  ///
  /// - Throws: ``PluginHostError`` with every reason if anything is.
  package func file() throws(PluginHostError) -> PluginFile {
    if let refusal { throw refusal }
    guard let identity = record?.identity else {
      preconditionFailure("the inspection of '\(path)' found nothing wrong and no plugin")
    }
    return PluginFile(path: path, identity: identity, needed: needed)
  }

  /// All findings as one error; nil if there are none.
  package var refusal: PluginHostError? {
    findings.first.map {
      PluginHostError($0.code, findings.map(\.message).joined(separator: "; moreover "))
    }
  }
}

/// A plugin as its file says it is, before any of its code runs.
package struct PluginFile: Hashable, Sendable {
  package let path: String
  package let identity: PluginIdentity
  /// The libraries that it needs, in order.
  package let needed: [String]
  /// The function that the file binds; nil if it is a library of plugins.
  package let function: ForeignFunction?

  init(path: String, identity: PluginIdentity, needed: [String]) {
    self.path = path
    self.identity = identity
    self.needed = needed
    function = nil
  }

  /// A function manifest in the place of a plugin.
  package init(function: ForeignFunction) {
    path = function.path
    identity = PluginIdentity(function)
    needed = [function.library.name]
    self.function = function
  }

  /// The version of the C ABI that this host speaks.
  package static let abi = (major: Int(CPT_ABI_MAJOR), minor: Int(CPT_ABI_MINOR))

  /// Reads the identity record and the needed libraries of a file.
  ///
  /// - Throws: ``PluginHostError`` if the file is damaged, no plugin, not one for this host, or one
  ///   that strangers may write; it says all of them.
  package init(path: String) throws(PluginHostError) {
    self = try PluginInspection(path: path).file()
  }
}
