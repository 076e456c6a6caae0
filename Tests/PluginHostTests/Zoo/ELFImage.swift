/// The bytes of a shared library of 64 bits, lowest byte first, with the places that matter in them.
struct ELFImage: Sendable {
  var bytes: [UInt8]

  struct Section {
    var name: String
    /// Where its header lies.
    var header: Int
    var offset: Int
    var size: Int
    /// Whether it has bytes in the file.
    var hasBytes: Bool
  }

  /// The number of `count` bytes at an offset.
  func number(_ offset: Int, _ count: Int) -> Int {
    bytes[offset..<offset + count].reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  /// Writes the lowest `count` bytes of a number.
  mutating func write(_ number: UInt64, _ count: Int, at offset: Int) {
    for index in 0..<count {
      bytes[offset + index] = UInt8(truncatingIfNeeded: number >> UInt64(8 * index))
    }
  }

  /// Writes a text, and zeros to the end of its room.
  mutating func write(_ text: [UInt8], room: Int, at offset: Int) {
    bytes.replaceSubrange(
      offset..<offset + room, with: text + [UInt8](repeating: 0, count: room - text.count))
  }

  /// Where each program header lies.
  var segments: [Int] { (0..<number(56, 2)).map { number(32, 8) + 56 * $0 } }

  var sections: [Section] {
    let table = number(40, 8)
    let names = number(table + 64 * number(62, 2) + 24, 8)
    return (0..<number(60, 2)).map { index in
      let header = table + 64 * index
      let name = bytes[(names + number(header, 4))...].prefix { $0 != 0 }
      return Section(
        name: String(decoding: name, as: UTF8.self), header: header,
        offset: number(header + 24, 8), size: number(header + 32, 8),
        hasBytes: number(header + 4, 4) != 8)
    }
  }

  /// The section of a name.
  func section(_ name: String) -> Section? { sections.first { $0.name == name } }

  /// Where some bytes first stand.
  func offset(of text: String) -> Int? { bytes.firstRange(of: Array(text.utf8))?.lowerBound }
}
