import Foundation
import OrderedCollections
import PluginBridges
import PluginSDK

/// The section `plugins`: a list of folders, or a mapping that also says what is demanded of plugins
/// and where they run.
struct PluginsSection {
  /// Absolute; nil if any is missing, which is reported.
  private(set) var folders: [String]? = []
  /// nil if anything about it is wrong, which is reported; nothing may be loaded then.
  private(set) var policy: PluginPolicy? = PluginPolicy()
  /// Where the section stands, or the file begins.
  private let position: SourcePosition
  private let findings: Findings
  /// Where plugins are named.
  private var uses: [(name: String, field: Field, isKindAllowed: Bool)] = []

  /// Reads the section.
  ///
  /// - Parameters:
  ///   - root: The whole file.
  ///   - folder: Where relative paths start, absolute.
  init(of root: Section, relativeTo folder: String) {
    findings = root.findings
    position = root["plugins"]?.node.position ?? root.position
    guard let field = root["plugins"] else { return }
    guard case .mapping = field.node.content else {
      folders = Self.folders(field, relativeTo: folder)
      return
    }
    let before = field.findings.count
    guard let section = Section(field, expected: "the keys \(listed(SectionKeys.plugins))") else {
      policy = nil
      return
    }
    section.refuseUnknown(allowed: [("keys", SectionKeys.plugins)])
    var policy = PluginPolicy()
    if let field = section["isolation"] {
      policy.isolation = choice(field) { $0.choice(PluginIsolation.self) }
    }
    if let field = section["worker_deadline"] {
      policy.workerDeadline = choice(field) { $0.duration() }
    }
    if let field = section["worker_memory"] {
      policy.workerMemory = choice(field) { $0.byteCount(ofAtLeast: Self.leastMemory, "64MiB") }
    }
    if let field = section["pin"] { readPins(field, into: &policy) }
    if let field = section["require_signature"] {
      policy.requiredSigner = Self.publicKey(field, relativeTo: folder)
    }
    self.policy = field.findings.count == before ? policy : nil
    folders = section["folders"].map { Self.folders($0, relativeTo: folder) } ?? []
  }

  /// Makes the catalog that plugins are looked for in.
  ///
  /// - Returns: nil if it cannot be made, or it is in doubt what is demanded of plugins: a name may
  ///   be that of a plugin in a folder that is missing. Why is reported.
  func catalog(
    _ make: (_ folders: [String], _ policy: PluginPolicy) throws -> any PluginCatalog
  ) -> (any PluginCatalog)? {
    guard let policy, folders != nil || policy == PluginPolicy() else { return nil }
    do {
      let catalog = try make(folders ?? [], policy)
      return checkNames(catalog.pluginNames, refusals: catalog.refusals) ? catalog : nil
    } catch {
      findings.report("\(error)", at: position, path: "plugins")
      return nil
    }
  }

  /// Reports every name that is neither a kind, where kinds may stand, nor a plugin's.
  ///
  /// - Parameters:
  ///   - known: All plugins that were found; nil if nothing can be said.
  ///   - refusals: Why others were not.
  /// - Returns: Whether there is no such name.
  private func checkNames(_ known: [String]?, refusals: [String]) -> Bool {
    guard let known else { return true }
    let names = Set(known)
    let unknown = uses.filter { !names.contains($0.name) }
    for use in unknown {
      let kinds = use.isKindAllowed ? PluginKind.ofLibraries.map(\.name) : []
      let what = use.isKindAllowed ? "neither a kind of plugin nor a plugin" : "no plugin"
      let hint = suggestion(for: use.name, among: kinds + names.sorted())
      let allowed = kinds.isEmpty ? "" : "kinds are \(listed(kinds)), "
      findings.report(
        "'\(use.name)' is \(what) that was found\(hint.isEmpty ? ";" : hint) \(allowed)plugins found "
          + "are \(listed(names.sorted()))" + refusals.map { "; refused: \($0)" }.joined(),
        at: use.field.keyPosition, path: use.field.path)
    }
    return unknown.isEmpty
  }

  /// What a worker takes before its plugin does anything fits in it many times.
  private static let leastMemory = 64 << 20

  /// Reads one value for all plugins, or a mapping of kinds and names.
  private mutating func choice<Value>(
    _ field: Field, _ read: (Field) -> Value?
  ) -> PluginChoice<Value> {
    guard case .mapping = field.node.content else { return PluginChoice(all: read(field)) }
    var choice = PluginChoice<Value>()
    guard let section = Section(field, expected: "kinds and names of plugins") else {
      return choice
    }
    for (name, field) in section.fields {
      guard let value = read(field) else { continue }
      if let kind = PluginKind.ofLibraries.first(where: { $0.name == name }) {
        choice.ofKinds[kind] = value
      } else {
        choice.ofPlugins[name] = value
        uses.append((name, field, true))
      }
    }
    return choice
  }

  private mutating func readPins(_ field: Field, into policy: inout PluginPolicy) {
    let expected = "names of plugins and digests, as { my-mixer: \"sha256:0123…\" }"
    guard let section = Section(field, expected: expected) else { return }
    for (name, field) in section.fields {
      uses.append((name, field, false))
      let expected =
        "the SHA-256 of the plugin's file, as \"sha256:\" and 64 hexadecimal digits in lower case, "
        + "which 'cpt-host plugins inspect' shows"
      guard let text = field.text(expected: expected) else { continue }
      guard let digest = PluginTrustText.digest(text) else {
        field.reportMismatch(expected: expected)
        continue
      }
      policy.pins[name] = digest
    }
  }

  /// The public key that is written, or lies in the file that is named; nil if there is none, which
  /// is reported.
  private static func publicKey(_ field: Field, relativeTo folder: String) -> [UInt8]? {
    let form = "\"\(PluginTrustText.keyPrefix)\" and 64 hexadecimal digits in lower case"
    let expected = "the file of a public key, as keys/team.pub, or the key itself, \(form)"
    guard let text = field.text(expected: expected) else { return nil }
    if text.hasPrefix(PluginTrustText.keyPrefix) {
      let key = PluginTrustText.publicKey(text)
      if key == nil { field.reportMismatch(expected: expected) }
      return key
    }
    let path = text.hasPrefix("/") ? text : "\(folder)/\(text)"
    if let obstacle = FilePatterns.obstacle(toReading: path) {
      field.report(
        "the public key '\(path)' cannot be read: \(obstacle); make a key pair with "
          + "'cpt-host plugins sign --new-key NAME', or name another file")
      return nil
    }
    let largest = 1024
    guard let handle = FileHandle(forReadingAtPath: path),
      let data = try? handle.read(upToCount: largest),
      let line = String(validating: data, as: UTF8.self)?.split(separator: "\n").first,
      let key = PluginTrustText.publicKey(String(line))
    else {
      field.report("'\(path)' holds no public key: its first line must be \(form)")
      return nil
    }
    return key
  }

  /// Folders, absolute; nil if any is missing, which is reported.
  private static func folders(_ field: Field, relativeTo folder: String) -> [String]? {
    guard let elements = field.elements(expected: "folders, as [plugins/]") else { return nil }
    let folders = elements.compactMap { element -> String? in
      guard let path = element.text(expected: "the path of a folder") else { return nil }
      guard let found = FilePatterns.folder(path, relativeTo: folder) else {
        element.report("there is no folder '\(path)'; relative paths start at '\(folder)'")
        return nil
      }
      return found
    }
    return folders.count == elements.count ? folders : nil
  }
}
