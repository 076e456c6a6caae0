import Testing

/// One edit of the example that makes it wrong in one way, and what is to be told about it.
struct Mistake: Sendable, CustomTestStringConvertible {
  /// What the edit replaces: the first such text of the example.
  let find: String
  let replacement: String
  /// `line:column` in the edited text.
  let place: String
  let path: String
  /// Parts of the message.
  let fragments: [String]

  init(
    _ find: String, _ replacement: String, at place: String, in path: String,
    says fragments: String...
  ) {
    self.find = find
    self.replacement = replacement
    self.place = place
    self.path = path
    self.fragments = fragments
  }

  var testDescription: String { "\(find) -> \(replacement)" }

  static let all = header + plugins + corpora + model + optimizer + stages + laws + yaml
}

extension String {
  /// The text with the first occurrence of another replaced.
  func replacingFirst(_ find: String, with replacement: String) throws -> String {
    let range = try #require(firstRange(of: find), "the text has no '\(find)'")
    return replacingCharacters(in: range, with: replacement)
  }

  private func firstRange(of find: String) -> Range<String.Index>? {
    ranges(of: find).first
  }

  private func replacingCharacters(in range: Range<Index>, with replacement: String) -> String {
    String(self[..<range.lowerBound]) + replacement + self[range.upperBound...]
  }
}
