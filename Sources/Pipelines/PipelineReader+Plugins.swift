import OrderedCollections
import PluginSDK

extension PipelineReader {
  /// Reads a section that names a plugin and gives its options among keys of its own.
  ///
  /// - Parameters:
  ///   - section: The section, a mapping.
  ///   - kind: What kind of plugin it names.
  ///   - keys: The section's own keys, `plugin` among them; they win over option names.
  /// - Returns: nil if anything about the plugin or its options is wrong, which is reported.
  func readPlugin(_ section: Section, of kind: PluginKind, keys: [String]) -> PluginUse? {
    guard let field = section.required("plugin", "the name of a \(kind.name) plugin"),
      let name = field.text(expected: "the name of a \(kind.name) plugin"),
      let declarations = declarations(of: kind, named: name, at: field)
    else {
      section.refuseMistyped(keys)
      return nil
    }
    let before = findings.count
    let free = writable(declarations, beside: keys, of: name, at: field)
    let options = reader(of: kind, named: name, declarations: free).read(
      section.fields.filter { !keys.contains($0.key) }, place: (section.position, section.path))
    section.refuseUnknown(
      allowed: [("keys", keys), ("options of \(name)", free.map(\.name))])
    // Defaults of options that cannot be written here still reach the plugin.
    var complete = options
    for case let declaration in declarations where keys.contains(declaration.name) {
      if case .defaulted(let value) = declaration.presence { complete[declaration.name] = value }
    }
    return findings.count == before ? PluginUse(plugin: name, options: complete) : nil
  }

  /// What a plugin's options may be; nil if it cannot be found, which is reported.
  func declarations(
    of kind: PluginKind, named name: String, at field: Field
  ) -> [OptionDeclaration]? {
    guard let catalog else { return nil }
    do {
      return try catalog.options(of: kind, named: name)
    } catch {
      if !isCatalogPartial { field.report("\(error)") }
      return nil
    }
  }

  func reader(
    of kind: PluginKind, named name: String, declarations: [OptionDeclaration]
  ) -> OptionReader {
    OptionReader(
      owner: "the \(kind.name) plugin '\(name)'", declarations: declarations, corpora: corpusNames,
      findings: findings)
  }

  /// The options that a section with keys of its own can give.
  private func writable(
    _ declarations: [OptionDeclaration], beside keys: [String], of name: String, at field: Field
  ) -> [OptionDeclaration] {
    for declaration in declarations where keys.contains(declaration.name) {
      guard case .required = declaration.presence else { continue }
      field.report(
        "the plugin '\(name)' requires an option '\(declaration.name)', which is a key of the "
          + "section itself; its author has to give the option another name")
    }
    return declarations.filter { !keys.contains($0.name) }
  }
}

extension Section {
  /// Reports keys that look like one of a list that is missing, where others cannot be judged.
  func refuseMistyped(_ keys: [String]) {
    for (key, field) in fields where !keys.contains(key) {
      guard let meant = nearest(to: key, among: keys), fields[meant] == nil else { continue }
      findings.reportUnknown(
        "'\(key)' is not a key of '\(path)'; did you mean '\(meant)'?",
        meaning: path.appending(key: meant), at: field.keyPosition, path: field.path)
    }
  }
}
