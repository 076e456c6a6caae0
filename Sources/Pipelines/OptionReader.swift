import OrderedCollections
import PluginSDK

/// Reads the options of one plugin against what the plugin declares.
struct OptionReader {
  /// The plugin as messages call it: `optimizer plugin 'adamw'`.
  let owner: String
  let declarations: [OptionDeclaration]
  let corpora: DeclaredNames
  let findings: Findings

  /// Reads the options that are written and fills in the defaults of the others.
  ///
  /// - Parameters:
  ///   - fields: The fields by option name; those of no declared option are for others to report.
  ///   - place: Where a missing option is reported, with the path of the section.
  ///   - inherited: Options already read elsewhere, which take the place of defaults; nil if none.
  /// - Returns: The options; without those that are wrong, which are reported.
  func read(
    _ fields: OrderedDictionary<String, Field>, place: (position: SourcePosition, path: String),
    inherited: OptionValues? = nil
  ) -> OptionValues {
    var values = inherited ?? OptionValues()
    for declaration in declarations {
      if let field = fields[declaration.name] {
        values[declaration.name] = read(field, as: declaration.type)
      } else if inherited == nil {
        switch declaration.presence {
        case .defaulted(let value): values[declaration.name] = value
        case .optional: break
        case .required:
          findings.reportMissing(
            "the option '\(declaration.name)' of \(owner) is missing: \(declaration.help); "
              + "expected is \(description(of: declaration.type))",
            at: place.position, path: place.path.appending(key: declaration.name))
        }
      }
    }
    return values
  }

  /// The corpora that options name.
  static func corpora(in values: OptionValues, of declarations: [OptionDeclaration]) -> Set<String>
  {
    var names: Set<String> = []
    for declaration in declarations {
      switch (declaration.type, values[declaration.name]) {
      case (.corpus, .text(let name)): names.insert(name)
      case (.shares, .shares(let shares)): names.formUnion(shares.map(\.corpus))
      default: break
      }
    }
    return names
  }

  private func read(_ field: Field, as type: OptionType) -> OptionValue? {
    switch type {
    case .boolean: field.boolean().map(OptionValue.boolean)
    case .integer(let range): field.integer(in: range).map(OptionValue.integer)
    case .real(let range): field.real(in: RealRange(range), percentages: true).map(OptionValue.real)
    case .text: field.text(expected: "a text").map(OptionValue.text)
    case .choice(let words): field.word(of: words).map(OptionValue.text)
    case .corpus: corpora.reference(field).map(OptionValue.text)
    case .shares(let range):
      readShares(field, in: RealRange(range), corpora: corpora).map(OptionValue.shares)
    }
  }

  private func description(of type: OptionType) -> String {
    switch type {
    case .boolean: "true or false"
    case .integer: "a whole number"
    case .real: "a number"
    case .text: "a text"
    case .choice(let words): listed(words, conjunction: "or")
    case .corpus: "the name of a corpus"
    case .shares: "a number for each of some corpora, as { \(corpora.names?.first ?? "name"): 1 }"
    }
  }
}

/// Reads a number for each of some corpora: `{ english: 95%, chinese: 5% }`.
///
/// - Returns: The shares in the order of the file; nil if anything is wrong, which is reported.
func readShares(_ field: Field, in range: RealRange, corpora: DeclaredNames) -> [CorpusShare]? {
  guard let section = Section(field, expected: "corpora and numbers, as { english: 1 }")
  else { return nil }
  // No bound allows everything but a share without bound.
  let finite = RealRange(
    from: range.lower, to: range.upper, includesLower: range.includesLower,
    includesUpper: range.includesUpper && range.upper.isFinite)
  guard !section.fields.isEmpty else {
    field.report("found no corpus, expected at least one, as { english: 1 }")
    return nil
  }
  var shares: [CorpusShare] = []
  for (name, field) in section.fields {
    let isDeclared = corpora.contains(name, at: field, position: field.keyPosition)
    guard let share = field.real(in: finite, percentages: true), isDeclared else { continue }
    shares.append(CorpusShare(corpus: name, share: share))
  }
  return shares.count == section.fields.count ? shares : nil
}
