/// Numbers pairs of ids in the order in which they first appear.
///
/// A hash table with open addressing; nothing is ever removed.
struct PairTable {
  /// The pairs, by number.
  private(set) var pairs: [Pair] = []
  /// For each place of the table a pair's number plus 1, or 0.
  private var places: [Int32]

  init(minimumCapacity: Int = 0) {
    var size = 1024
    while size < 2 * minimumCapacity { size *= 2 }
    places = [Int32](repeating: 0, count: size)
  }

  /// The number of a pair, or nil if it never appeared.
  func number(of pair: Pair) -> Int? {
    let number = places[place(of: pair)]
    return number == 0 ? nil : Int(number) - 1
  }

  /// The number of a pair, which from now on has one.
  mutating func insert(_ pair: Pair) -> Int {
    let place = place(of: pair)
    if places[place] != 0 { return Int(places[place]) - 1 }
    pairs.append(pair)
    places[place] = Int32(pairs.count)
    if 2 * pairs.count > places.count { grow() }
    return pairs.count - 1
  }

  /// Where the pair is, or would be.
  private func place(of pair: Pair) -> Int {
    let mask = places.count - 1
    var place = Int(truncatingIfNeeded: pair.hash) & mask
    while places[place] != 0 && pairs[Int(places[place]) - 1] != pair { place = (place + 1) & mask }
    return place
  }

  private mutating func grow() {
    places = [Int32](repeating: 0, count: 2 * places.count)
    for (number, pair) in pairs.enumerated() { places[place(of: pair)] = Int32(number + 1) }
  }
}

/// Two ids side by side.
struct Pair: Equatable {
  var left: Int32
  var right: Int32

  /// The ids in one number, the left one first.
  var word: UInt64 { UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right)) }

  /// The high bits of a product by the golden ratio's fraction (Knuth, TAOCP 3, section 6.4).
  var hash: UInt64 {
    let product = (word ^ word >> 29) &* 0x9E37_79B9_7F4A_7C15
    return product ^ product >> 32
  }
}
