/// The text of a manual page.
///
/// Understands the `man` macros and the escapes of groff (groff_man(7), groff_char(7)): enough to
/// read a page as prose. Tables, equations, macro definitions and conditional parts are left out; so
/// are pages that only point to another, and pages in the `mdoc` language.
struct RoffText {
  /// Finished paragraphs.
  private var paragraphs: [String] = []
  /// The lines of the paragraph being read.
  private var lines: [String] = []
  /// Whether lines are kept as they stand.
  private var isLiteral = false
  /// What ends the part that is being left out; nil outside of one.
  private var skippedUntil: String?
  private var openBraces = 0

  /// The paragraphs of a page; nil if it is none that this reads.
  static func paragraphs(of page: String) -> [String]? {
    var text = RoffText()
    var isManual = false
    for line in page.split(separator: "\n", omittingEmptySubsequences: false) {
      let request = Self.request(line)
      if request?.name == "Dd" || request?.name == "so" { return nil }
      if request?.name == "TH" { isManual = true }
      text.read(line, request)
    }
    guard isManual else { return nil }
    text.endParagraph()
    return text.paragraphs
  }

  private mutating func read(_ line: Substring, _ request: Request?) {
    if let end = skippedUntil {
      if line.hasPrefix(end) { skippedUntil = nil }
      return
    }
    if openBraces > 0 {
      openBraces += Self.braces(line)
      return
    }
    if let request {
      perform(request, line)
    } else if line.allSatisfy(\.isWhitespace) {
      endParagraph()
    } else {
      add(RoffEscapes.plain(line))
    }
  }

  private mutating func perform(_ request: Request, _ line: Substring) {
    switch request.name {
    case "SH", "SS":
      isLiteral = false
      endParagraph()
      add(request.words.joined(separator: " "))
      if !request.words.isEmpty { endParagraph() }
    case "PP", "P", "LP", "HP", "TP", "TQ", "RS", "RE", "sp": endParagraph()
    case "IP":
      endParagraph()
      if let tag = request.words.first { add(tag) }
    case "nf", "EX":
      endParagraph()
      isLiteral = true
    case "fi", "EE":
      endParagraph()
      isLiteral = false
    case "B", "I", "SM", "SB", "R", "CW": add(request.words.joined(separator: " "))
    case "BR", "BI", "IR", "IB", "RB", "RI": add(request.words.joined())
    case "UR", "MT": add(request.words.first ?? "")
    case "OP": add("[\(request.words.joined(separator: " "))]")
    case "TS": skippedUntil = ".TE"
    case "EQ": skippedUntil = ".EN"
    case "de", "am", "ig", "de1": skippedUntil = ".."
    case "if", "ie", "el", "while": openBraces = max(0, Self.braces(line))
    default: break
    }
  }

  private mutating func add(_ text: String) {
    // Program text keeps its indentation.
    let line = isLiteral ? text : text.trimmingBlanks()
    if !line.isEmpty { lines.append(line) }
  }

  private mutating func endParagraph() {
    guard !lines.isEmpty else { return }
    let paragraph =
      isLiteral
      ? lines.joined(separator: "\n") : lines.dropFirst().reduce(lines[0], Self.joined)
    paragraphs.append(paragraph)
    lines = []
  }

  /// Fills a line: words are parted by a blank, Han characters and their punctuation by nothing.
  private static func joined(_ text: String, _ next: String) -> String {
    guard let last = text.unicodeScalars.last, let first = next.unicodeScalars.first else {
      return text + next
    }
    return text + (Script.isWide(last) && Script.isWide(first) ? "" : " ") + next
  }

  private static func braces(_ line: Substring) -> Int {
    var count = 0
    var isEscape = false
    for character in line.unicodeScalars {
      if isEscape && character == "{" { count += 1 }
      if isEscape && character == "}" { count -= 1 }
      isEscape = character == "\\" && !isEscape
    }
    return count
  }

  /// A line that starts with a dot or an apostrophe.
  private struct Request {
    var name: String
    /// The arguments as plain text.
    var words: [String]
  }

  private static func request(_ line: Substring) -> Request? {
    guard line.first == "." || line.first == "'" else { return nil }
    let body = line.dropFirst().drop { $0 == " " || $0 == "\t" }
    let name = body.prefix { !$0.isWhitespace }
    // A comment is a request without a name.
    guard !name.hasPrefix("\\\"") else { return Request(name: "", words: []) }
    return Request(name: String(name), words: arguments(body.dropFirst(name.count)))
  }

  /// The arguments of a request: words, or anything between double quotes.
  private static func arguments(_ text: Substring) -> [String] {
    var words: [String] = []
    var word = ""
    var isQuoted = false
    var isOpen = false
    var isEscape = false
    for character in RoffEscapes.withoutComment(text) {
      if isEscape {
        word.append(character)
        isEscape = false
      } else if character == "\"" && (isQuoted || !isOpen) {
        isQuoted.toggle()
        isOpen = true
      } else if character == " " && !isQuoted {
        if isOpen { words.append(word) }
        word = ""
        isOpen = false
      } else {
        word.append(character)
        isOpen = true
        isEscape = character == "\\"
      }
    }
    if isOpen { words.append(word) }
    return words.map { RoffEscapes.plain($0[...]) }
  }
}
