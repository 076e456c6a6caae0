/// How text is divided into pieces before pairs are joined: no token crosses the end of a piece.
///
/// A piece is the longest of: letters, or signs, either with one space before them; Han characters;
/// digits; line breaks; other white space, but for the one space that the next piece takes along.
/// This is the division of GPT-2 (Radford et al. 2019, section 2.2) without English contractions,
/// and with Han characters and digits of their own. Every piece has a greatest length, so that
/// encoding takes time in proportion to the text whatever it is.
package struct Division: Hashable, Sendable {
  /// The most digits in a piece: 1 or 3.
  package var digits: Int
  /// The most Han characters in a piece.
  package var hanCharacters: Int
  /// The most characters in any other piece.
  static let longestRun = 32

  package init(digits: Int, hanCharacters: Int) {
    self.digits = digits
    self.hanCharacters = hanCharacters
  }

  /// The end of the piece that starts at a place.
  package func endOfPiece(in bytes: [UInt8], from start: Int) -> Int {
    var (kind, length) = CharacterClass.character(in: bytes, at: start)
    var place = start + length
    if bytes[start] == Self.blank, place < bytes.count {
      let (next, nextLength) = CharacterClass.character(in: bytes, at: place)
      if Self.takesBlank(next) {
        kind = next
        place += nextLength
      }
    }
    var room = limit(of: kind) - 1
    while room > 0 && place < bytes.count {
      let (next, nextLength) = CharacterClass.character(in: bytes, at: place)
      guard next == kind else {
        let leavesBlank = kind == .space && bytes[place - 1] == Self.blank && Self.takesBlank(next)
        return leavesBlank ? place - 1 : place
      }
      place += nextLength
      room -= 1
    }
    return place
  }

  private func limit(of kind: CharacterClass) -> Int {
    switch kind {
    case .digit: digits
    case .han: hanCharacters
    case .letter, .lineBreak, .space, .other: Self.longestRun
    }
  }

  private static func takesBlank(_ kind: CharacterClass) -> Bool {
    kind == .letter || kind == .other
  }

  private static let blank = UInt8(ascii: " ")
}
