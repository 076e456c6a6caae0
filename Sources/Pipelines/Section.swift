import OrderedCollections

/// A mapping of the file: fields by key, in the order of the file.
struct Section {
  /// The place in the tree; empty for the whole file.
  let path: String
  /// Where a missing key is reported.
  let position: SourcePosition
  var fields: OrderedDictionary<String, Field>
  let findings: Findings
  /// What a message calls the whole file.
  private let whole: String

  /// Reads a mapping, or reports that there is none.
  init?(_ field: Field, expected: String, whole: String = "a pipeline") {
    self.whole = whole
    guard case .mapping(let entries) = field.node.content else {
      field.reportMismatch(expected: "a mapping of \(expected)")
      return nil
    }
    path = field.path
    position = field.keyPosition
    findings = field.findings
    fields = OrderedDictionary(
      uniqueKeysWithValues: entries.map { entry in
        let path = field.path.appending(key: entry.key)
        let inner = Field(
          path: path, keyPosition: entry.keyPosition, node: entry.value, findings: field.findings)
        return (entry.key, inner)
      })
  }

  subscript(key: String) -> Field? { fields[key] }

  /// The field of a key that must be there; reports it if it is not.
  func required(_ key: String, _ meaning: String) -> Field? {
    if let field = fields[key] { return field }
    findings.reportMissing(
      "the key '\(key)' is missing: \(meaning)", at: position, path: path.appending(key: key))
    return nil
  }

  /// Reports every key that nothing reads.
  ///
  /// - Parameter kinds: The keys allowed, under what they are called: "keys", "options of adamw".
  func refuseUnknown(allowed kinds: [(name: String, keys: [String])]) {
    let allowed = kinds.flatMap(\.keys)
    let lists = kinds.filter { !$0.keys.isEmpty }
      .map { "the \($0.name) are \(listed($0.keys))" }
    for (key, field) in fields where !allowed.contains(key) {
      let meant = nearest(to: key, among: allowed)
      let hint = meant.map { "; did you mean '\($0)'?" } ?? ";"
      let place = path.isEmpty ? whole : "'\(path)'"
      findings.reportUnknown(
        "'\(key)' is not a key of \(place)\(hint) " + lists.joined(separator: ", "),
        meaning: meant.map(path.appending), at: field.keyPosition, path: field.path)
    }
  }
}

/// The names that one part of the file declares and others refer to.
struct DeclaredNames {
  /// What they name: `corpus`, `stage`, `law`.
  let kind: String
  /// In the order of the file; nil if the part that declares them could not be read, and nothing
  /// can be said about a reference.
  let names: [String]?

  /// Reads a reference; reports one to something that is not declared.
  func reference(_ field: Field) -> String? {
    guard let text = field.text(expected: "the name of a \(kind)") else { return nil }
    return contains(text, at: field) ? text : nil
  }

  /// Whether a name is declared; reports it if not.
  func contains(_ name: String, at field: Field, position: SourcePosition? = nil) -> Bool {
    guard let names, !names.contains(name) else { return true }
    let hint = suggestion(for: name, among: names)
    let known = names.isEmpty ? "none is declared" : "declared are \(listed(names))"
    field.findings.report(
      "'\(name)' is not a declared \(kind)\(hint.isEmpty ? ";" : hint) \(known)",
      at: position ?? field.node.position, path: field.path)
    return false
  }
}

/// Whether a name can be part of a path in the file and of a file name; reports it if not.
///
/// Dots may stand inside only if `allowsDots`, as in `run-1.5`.
func checkName(
  _ name: String, of kind: String, at position: SourcePosition, path: String, allowsDots: Bool,
  findings: Findings
) -> Bool {
  let marks: Set<Character> = allowsDots ? ["-", "_", "."] : ["-", "_"]
  let isSound =
    name.allSatisfy { $0.isLetter || $0.isNumber || marks.contains($0) }
    && (name.first.map { $0.isLetter || $0.isNumber } ?? false) && name.utf8.count <= 100
  if !isSound {
    findings.report(
      "'\(name)' cannot name a \(kind), as files are named after it; allowed are up to 100 bytes "
        + "of letters, digits, '-'\(allowsDots ? ", '_' and '.'" : " and '_'"), "
        + "the first a letter or digit",
      at: position, path: path)
  }
  return isSound
}
