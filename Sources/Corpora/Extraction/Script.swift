/// The script that a language is written in: a coarse filter against untranslated text.
enum Script: Hashable, Sendable {
  case latin, basicLatin, han, kanaAndHan, hangul, cyrillic, greek, arabic, hebrew, devanagari, thai

  /// The script of a language, by the first part of its BCP 47 tag; Latin for those not listed.
  init(language: String) {
    switch language.lowercased().prefix(while: { $0 != "-" && $0 != "_" }) {
    case "en": self = .basicLatin
    case "zh": self = .han
    case "ja": self = .kanaAndHan
    case "ko": self = .hangul
    case "ru", "uk", "be", "bg", "sr", "mk": self = .cyrillic
    case "el": self = .greek
    case "ar", "fa", "ur": self = .arabic
    case "he": self = .hebrew
    case "hi", "mr", "ne": self = .devanagari
    case "th": self = .thai
    default: self = .latin
    }
  }

  /// Whether a paragraph is written in the script.
  ///
  /// English and other Latin text: at least 60 % of what is not blank are letters of it, and at most
  /// 2 % of the letters are of another script. Any other script: a fifth of the letters are of it,
  /// because names of commands and options stay Latin in every technical translation, and 40 % of
  /// what is not blank are letters.
  func holds(_ paragraph: String) -> Bool {
    var (own, letters, visible) = (0, 0, 0)
    for scalar in paragraph.unicodeScalars where !scalar.properties.isWhitespace {
      visible += 1
      guard scalar.properties.isAlphabetic else { continue }
      letters += 1
      if contains(scalar.value) { own += 1 }
    }
    guard letters > 0 else { return false }
    switch self {
    case .latin, .basicLatin: return 5 * own >= 3 * visible && 50 * (letters - own) <= letters
    default: return 5 * own >= letters && 5 * letters >= 2 * visible
    }
  }

  /// Whether a character is as wide as a Han character and stands without blanks around it.
  static func isWide(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x2E80...0x303F, 0x3040...0x30FF, 0x3400...0x9FFF, 0xF900...0xFAFF, 0xFF00...0xFFEF,
      0x20000...0x3FFFF:
      true
    default: false
    }
  }

  private func contains(_ code: UInt32) -> Bool {
    switch self {
    case .basicLatin: code < 0x80
    case .latin: code < 0x250 || (0x1E00...0x1EFF).contains(code)
    case .han: Self.isHan(code)
    case .kanaAndHan: (0x3040...0x30FF).contains(code) || Self.isHan(code)
    case .hangul: (0xAC00...0xD7A3).contains(code) || (0x1100...0x11FF).contains(code)
    case .cyrillic: (0x400...0x52F).contains(code)
    case .greek: (0x370...0x3FF).contains(code) || (0x1F00...0x1FFF).contains(code)
    case .arabic: (0x600...0x77F).contains(code)
    case .hebrew: (0x590...0x5FF).contains(code)
    case .devanagari: (0x900...0x97F).contains(code)
    case .thai: (0xE00...0xE7F).contains(code)
    }
  }

  private static func isHan(_ code: UInt32) -> Bool {
    (0x3400...0x9FFF).contains(code) || (0xF900...0xFAFF).contains(code)
      || (0x20000...0x3FFFF).contains(code)
  }
}
