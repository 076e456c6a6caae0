/// The escape sequences of roff (groff(7), groff_char(7)).
enum RoffEscapes {
  /// The line without what follows `\"`.
  static func withoutComment(_ line: Substring) -> Substring {
    var isEscape = false
    for index in line.indices {
      if isEscape && line[index] == "\"" { return line[..<line.index(before: index)] }
      isEscape = line[index] == "\\" && !isEscape
    }
    return line
  }

  /// The text that a line prints, blanks as they stand, fonts, sizes and motions left out.
  static func plain(_ line: Substring) -> String {
    var text = ""
    var rest = withoutComment(line)
    while let backslash = rest.firstIndex(of: "\\") {
      text += rest[..<backslash]
      rest = rest[rest.index(after: backslash)...]
      guard let letter = rest.popFirst() else { break }
      text += print(letter, &rest)
    }
    return text + rest
  }

  /// What an escape prints; takes its arguments from `rest`.
  private static func print(_ letter: Character, _ rest: inout Substring) -> String {
    switch letter {
    case "-": return "-"
    case "e", "\\": return "\\"
    case " ", "~", "0": return " "
    case "'": return "´"
    case "`": return "`"
    case ".": return "."
    case "(": return special(String(take(2, &rest)))
    case "[": return special(String(takeBracketed(&rest)))
    case "*": return special(name(&rest))
    case "f", "F", "m", "M", "g", "k", "n":
      if letter == "n", let sign = rest.first, sign == "+" || sign == "-" { rest.removeFirst() }
      _ = name(&rest)
      return ""
    case "s":
      if let sign = rest.first, sign == "+" || sign == "-" { rest.removeFirst() }
      _ = name(&rest)
      return ""
    case "h", "v", "w", "b", "o", "D", "L", "l", "N", "X", "x", "Z", "H", "S", "C", "A", "B", "R":
      return quoted(letter, &rest)
    default: return ""
    }
  }

  /// A name of one letter, of two after a parenthesis, or of any length in brackets.
  private static func name(_ rest: inout Substring) -> String {
    guard let first = rest.popFirst() else { return "" }
    if first == "(" { return String(take(2, &rest)) }
    if first == "[" { return String(takeBracketed(&rest)) }
    return String(first)
  }

  private static func quoted(_ letter: Character, _ rest: inout Substring) -> String {
    guard let quote = rest.popFirst(), let end = rest.firstIndex(of: quote) else { return "" }
    let argument = String(rest[..<end])
    rest = rest[rest.index(after: end)...]
    return letter == "C" ? special(argument) : ""
  }

  private static func take(_ count: Int, _ rest: inout Substring) -> Substring {
    let taken = rest.prefix(count)
    rest = rest.dropFirst(count)
    return taken
  }

  private static func takeBracketed(_ rest: inout Substring) -> Substring {
    let taken = rest.prefix { $0 != "]" }
    rest = rest.dropFirst(taken.count + 1)
    return taken
  }

  private static func special(_ name: String) -> String {
    if let character = characters[name] { return character }
    if name.first == "u", let code = UInt32(name.dropFirst(), radix: 16),
      let scalar = Unicode.Scalar(code)
    {
      return String(Character(scalar))
    }
    return ""
  }

  /// The characters that pages use most, by their names in groff_char(7), and the strings of
  /// groff_man(7).
  private static let characters: [String: String] = [
    "aq": "'", "Aq": "'", "dq": "\"", "lq": "“", "rq": "”", "oq": "‘", "cq": "’", "em": "—",
    "en": "–", "hy": "-", "bu": "•", "co": "©", "rg": "®", "tm": "™", "mu": "×", "di": "÷",
    "+-": "±", "<=": "≤", ">=": "≥", "!=": "≠", "==": "≡", "->": "→", "<-": "←", "de": "°",
    "ha": "^", "ti": "~", "rs": "\\", "at": "@", "sh": "#", "Do": "$", "ga": "`", "aa": "´",
    "sc": "§", "12": "½", "14": "¼", "34": "¾", "if": "∞", "sq": "□", "bv": "|", "ba": "|",
    "lB": "[", "rB": "]", "lC": "{", "rC": "}", "la": "⟨", "ra": "⟩", "fo": "‹", "fc": "›",
    "Fo": "«", "Fc": "»", ":a": "ä", ":o": "ö", ":u": "ü", ":A": "Ä", ":O": "Ö", ":U": "Ü",
    "ss": "ß", "'e": "é", "`e": "è", "'a": "á", "`a": "à", "^o": "ô", ",c": "ç", "~n": "ñ",
    "R": "®", "Tm": "™",
  ]
}

extension StringProtocol {
  /// Without blanks and line ends before and after.
  func trimmingBlanks() -> String {
    let start = drop { $0.isWhitespace }
    guard let end = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return String(start[...end])
  }
}
