/// What a character is to the division of text into pieces.
enum CharacterClass: UInt8 {
  /// A letter or a mark on one, of any script but Han.
  case letter
  /// A Han character.
  case han
  /// A number sign of any script.
  case digit
  case lineBreak
  /// White space that breaks no line.
  case space
  /// Punctuation, symbols, controls, and bytes that are not UTF-8.
  case other

  /// The class of the character that starts at a place, and its length in bytes.
  ///
  /// Bytes that start no UTF-8 character are characters of one byte.
  static func character(in bytes: [UInt8], at place: Int) -> (CharacterClass, length: Int) {
    let first = UInt32(bytes[place])
    if first < 0x80 { return (basic[Int(first)], 1) }
    let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
    guard first >= 0xC2 && first <= 0xF4 && place + length <= bytes.count else {
      return (.other, 1)
    }
    var code = first & (0x7F >> UInt32(length))
    for offset in 1..<length {
      let next = UInt32(bytes[place + offset])
      guard next & 0xC0 == 0x80 else { return (.other, 1) }
      code = code << 6 | next & 0x3F
    }
    return (code < 0x10000 ? basic[Int(code)] : classify(code), length)
  }

  /// The classes of the characters below U+10000.
  private static let basic: [CharacterClass] = (0..<0x10000).map(classify)

  private static func classify(_ code: UInt32) -> CharacterClass {
    guard let scalar = Unicode.Scalar(code) else { return .other }
    switch code {
    case 0x0A, 0x0D: return .lineBreak
    // Ideographs, with the iteration mark and the zero written as one (Unicode 16, chapter 18).
    case 0x3005, 0x3007, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x3FFFF:
      return .han
    default: break
    }
    if scalar.properties.isWhitespace { return .space }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
      .nonspacingMark, .spacingMark, .enclosingMark:
      return .letter
    case .decimalNumber, .letterNumber, .otherNumber: return .digit
    default: return .other
    }
  }
}
