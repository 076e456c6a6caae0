extension OptionDeclaration {
  /// Returns a value in the declared type: a whole number may stand for a real one.
  ///
  /// - Throws: ``PluginError`` that says what the option holds and what it may hold.
  package func checked(_ value: OptionValue) throws(PluginError) -> OptionValue {
    switch (type, value) {
    case (.boolean, .boolean), (.text, .text): return value
    case (.corpus, .text(let corpus)) where !corpus.isEmpty: return value
    case (.choice(let words), .text(let word)) where words.contains(word): return value
    case (.integer(let range), .integer(let number)) where range.contains(number): return value
    case (.real(let range), .real(let number)) where range.contains(number): return value
    case (.real(let range), .integer(let number)) where range.contains(Double(number)):
      return .real(Double(number))
    case (.shares(let range), .shares(let shares))
    where shares.allSatisfy({ range.contains($0.share) })
      && Set(shares.map(\.corpus)).count == shares.count:
      return value
    default:
      throw PluginError(
        .invalidArgument, "the option '\(name)' is \(value.text), but it must be \(type.text)")
    }
  }
}

extension OptionValues {
  /// These values, checked, with the defaults of those that are absent.
  ///
  /// - Throws: ``PluginError`` that names the option that is unknown, missing or not allowed.
  package func completed(by declarations: [OptionDeclaration]) throws(PluginError) -> OptionValues {
    let known = declarations.map(\.name)
    for name in values.keys.sorted() where !known.contains(name) {
      throw PluginError(
        .invalidArgument,
        "there is no option '\(name)'; there are: \(known.joined(separator: ", "))")
    }
    var complete = OptionValues()
    for declaration in declarations {
      if let value = self[declaration.name] {
        complete[declaration.name] = try declaration.checked(value)
      } else if case .defaulted(let value) = declaration.presence {
        complete[declaration.name] = value
      } else if declaration.presence == .required {
        throw PluginError(
          .invalidArgument,
          "the option '\(declaration.name)' is missing: \(declaration.help)")
      }
    }
    return complete
  }
}

extension OptionValue {
  /// The value as a message shows it.
  fileprivate var text: String {
    switch self {
    case .boolean(let flag): "\(flag)"
    case .integer(let number): "\(number)"
    case .real(let number): "\(number)"
    case .text(let word): "'\(word)'"
    case .shares(let shares):
      "{" + shares.map { "\($0.corpus): \($0.share)" }.joined(separator: ", ") + "}"
    }
  }
}

extension OptionType {
  /// What the type allows, as a message shows it.
  fileprivate var text: String {
    switch self {
    case .boolean: "true or false"
    case .integer(let range): "a whole number" + Self.bounds(range, none: (.min, .max))
    case .real(let range): "a number" + Self.bounds(range, none: (-.infinity, .infinity))
    case .text: "a text"
    case .choice(let words): "one of " + words.joined(separator: ", ")
    case .corpus: "the name of a corpus"
    case .shares(let range):
      "a number for each of some corpora, each once"
        + Self.bounds(range, none: (-.infinity, .infinity))
    }
  }

  private static func bounds<Bound>(_ range: ClosedRange<Bound>, none: (Bound, Bound)) -> String {
    switch (range.lowerBound == none.0, range.upperBound == none.1) {
    case (true, true): ""
    case (false, true): " of at least \(range.lowerBound)"
    case (true, false): " of at most \(range.upperBound)"
    case (false, false): " from \(range.lowerBound) to \(range.upperBound)"
    }
  }
}
