/// The kinds of file that text is taken from.
enum TextFormat: String, Hashable, Sendable, CaseIterable {
  case manualPage
  /// Records parted by lines of a single percent sign, as fortune(6) reads them.
  case fortunes
  /// Paragraphs parted by blank lines; AsciiDoc and reStructuredText are read as they stand.
  case plain

  /// The format of a file, by the folders it lies in and by its name; nil for all other files.
  init?(path: String) {
    let folders = path.split(separator: "/").dropLast().map(String.init)
    let name = String(path.split(separator: "/").last ?? "")
    let ending = name.contains(".") ? String(name.split(separator: ".").last ?? "") : ""
    if folders.contains("man"), ending.first?.isNumber == true {
      self = .manualPage
    } else if folders.contains("fortunes"), !["dat", "u8"].contains(ending) {
      self = .fortunes
    } else if ["txt", "text", "rst", "adoc", "asciidoc", "md"].contains(ending) {
      self = .plain
    } else {
      return nil
    }
  }

  /// The paragraphs of a file; nil if it is not of this format after all.
  func paragraphs(of text: String) -> [String]? {
    switch self {
    case .manualPage: RoffText.paragraphs(of: text)
    case .fortunes: Self.blocks(of: text) { $0 == "%" }
    case .plain: Self.blocks(of: text) { $0.allSatisfy(\.isWhitespace) }
    }
  }

  private static func blocks(of text: String, _ isBorder: (Substring) -> Bool) -> [String] {
    var blocks: [String] = []
    var lines: [String] = []
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if isBorder(line) {
        blocks.append(lines.joined(separator: "\n"))
        lines = []
      } else {
        lines.append(withoutControls(line))
      }
    }
    blocks.append(lines.joined(separator: "\n"))
    return blocks.filter { !$0.allSatisfy(\.isWhitespace) }
  }

  /// A line without control characters and terminal colours (ECMA-48: escape, bracket, parameters,
  /// letter).
  private static func withoutControls(_ line: Substring) -> String {
    var text = String.UnicodeScalarView()
    var rest = line.unicodeScalars
    while let scalar = rest.popFirst() {
      if scalar == "\u{1B}" && rest.first == "[" {
        rest = rest.drop { !("@"..."~").contains($0) || $0 == "[" }.dropFirst()
      } else if scalar == "\t" || scalar.properties.generalCategory != .control {
        text.append(scalar)
      }
    }
    return String(text)
  }
}
