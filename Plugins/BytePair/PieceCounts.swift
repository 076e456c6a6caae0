/// How often each piece occurs, in the order in which the pieces first appear.
struct PieceCounts {
  /// The bytes of all pieces, one after the other.
  private(set) var bytes: [UInt8] = []
  /// Where each piece starts in `bytes`, and their end.
  private(set) var starts: [Int] = [0]
  /// How often each piece occurs.
  private(set) var counts: [Int] = []
  private var hashes: [UInt64] = []
  /// For each place of the hash table a piece's number plus 1, or 0.
  private var places = [Int32](repeating: 0, count: 1 << 16)

  /// Counts the piece in a range of a document once more.
  mutating func count(_ range: Range<Int>, of document: [UInt8]) {
    let hash = Self.hash(range, of: document)
    let mask = places.count - 1
    var place = Int(truncatingIfNeeded: hash) & mask
    while places[place] != 0 {
      let piece = Int(places[place]) - 1
      if hashes[piece] == hash && equals(piece, range, of: document) {
        counts[piece] += 1
        return
      }
      place = (place + 1) & mask
    }
    bytes += document[range]
    starts.append(bytes.count)
    counts.append(1)
    hashes.append(hash)
    places[place] = Int32(counts.count)
    if 2 * counts.count > places.count { grow() }
  }

  private func equals(_ piece: Int, _ range: Range<Int>, of document: [UInt8]) -> Bool {
    let start = starts[piece]
    guard starts[piece + 1] - start == range.count else { return false }
    for offset in 0..<range.count
    where bytes[start + offset] != document[range.lowerBound + offset] {
      return false
    }
    return true
  }

  private mutating func grow() {
    places = [Int32](repeating: 0, count: 2 * places.count)
    let mask = places.count - 1
    for (piece, hash) in hashes.enumerated() {
      var place = Int(truncatingIfNeeded: hash) & mask
      while places[place] != 0 { place = (place + 1) & mask }
      places[place] = Int32(piece + 1)
    }
  }

  /// FNV-1a (Fowler, Noll and Vo; RFC 9923), with its high bits folded into the low ones.
  private static func hash(_ range: Range<Int>, of document: [UInt8]) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for place in range { hash = (hash ^ UInt64(document[place])) &* 0x0000_0100_0000_01B3 }
    return hash ^ hash >> 32
  }
}
