import BytePair
import Testing

struct DivisionTests {
  private static func pieces(_ bytes: [UInt8], digits: Int = 1, han: Int = 16) -> [[UInt8]] {
    let division = Division(digits: digits, hanCharacters: han)
    var pieces: [[UInt8]] = []
    var place = 0
    while place < bytes.count {
      let end = division.endOfPiece(in: bytes, from: place)
      pieces.append(Array(bytes[place..<end]))
      place = end
    }
    return pieces
  }

  private static func pieces(_ text: String, digits: Int = 1, han: Int = 16) -> [String] {
    pieces(Array(text.utf8), digits: digits, han: han).map { String(decoding: $0, as: UTF8.self) }
  }

  @Test(arguments: [
    ("Hello world", ["Hello", " world"]),
    ("a  b", ["a", " ", " b"]),
    ("a   b", ["a", "  ", " b"]),
    ("end. Next", ["end", ".", " Next"]),
    ("x (y) -- z", ["x", " (", "y", ")", " --", " z"]),
    ("a\n\nb", ["a", "\n\n", "b"]),
    ("a \n b", ["a", " ", "\n", " b"]),
    ("tab\t\tx", ["tab", "\t\t", "x"]),
    ("  ", ["  "]),
    (" 7", [" ", "7"]),
    ("naïve Größe", ["naïve", " Größe"]),
    ("使用 Linux 系统。", ["使用", " Linux", " ", "系统", "。"]),
    ("ひらがな漢字", ["ひらがな", "漢字"]),
  ])
  func textIsDividedAsDocumented(text: String, expected: [String]) {
    #expect(Self.pieces(text) == expected)
  }

  @Test func digitsComeSinglyOrInThrees() {
    #expect(Self.pieces("12345") == ["1", "2", "3", "4", "5"])
    #expect(Self.pieces("12345", digits: 3) == ["123", "45"])
  }

  @Test func hanRunsAreBounded() {
    #expect(Self.pieces("一二三四五", han: 2) == ["一二", "三四", "五"])
  }

  @Test func endlessRunsAreBounded() {
    for text in ["a", " ", "\n", "!", "é"] {
      let pieces = Self.pieces(String(repeating: text, count: 1000))
      #expect(pieces.allSatisfy { $0.unicodeScalars.count <= 33 })
    }
  }

  @Test(arguments: UInt64(0)..<100)
  func piecesAreTheWholeText(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let bytes = generator.messyBytes()
    let pieces = Self.pieces(bytes)
    #expect(Array(pieces.joined()) == bytes)
    #expect(pieces.allSatisfy { !$0.isEmpty })
  }
}
