/// A permutation of `0..<count` that is computed element by element from a key.
///
/// A Feistel network of eight rounds on the fewest bits that hold `count`, walked until it comes
/// back inside (cycle walking: Black and Rogaway 2002, "Ciphers with arbitrary finite domains",
/// doi 10.1007/3-540-45760-7_9). It takes two evaluations at most on average.
package struct KeyedPermutation: Hashable, Sendable {
  package let count: Int
  private let key: UInt64
  private let lowBits: UInt64
  private let highBits: UInt64

  /// Creates the permutation of a key.
  ///
  /// - Precondition: `count` is positive.
  package init(count: Int, key: UInt64) {
    precondition(count > 0, "a permutation needs at least one element")
    self.count = count
    self.key = key
    let bits = UInt64(max(1, Int.bitWidth - (count - 1).leadingZeroBitCount))
    lowBits = bits - bits / 2
    highBits = bits / 2
  }

  /// The element that stands at a place.
  package subscript(place: Int) -> Int {
    precondition(place >= 0 && place < count, "place \(place) is outside 0..<\(count)")
    var value = UInt64(place)
    repeat { value = encipher(value) } while value >= UInt64(count)
    return Int(value)
  }

  private func encipher(_ value: UInt64) -> UInt64 {
    let lowMask = UInt64(1) << lowBits - 1
    let highMask = UInt64(1) << highBits - 1
    var low = value & lowMask
    var high = value >> lowBits
    for round in 0..<UInt64(4) {
      high ^= Self.mix(low, key, 2 * round) & highMask
      low ^= Self.mix(high, key, 2 * round + 1) & lowMask
    }
    return high << lowBits | low
  }

  /// The finaliser of SplitMix64 (Steele, Lea and Flood 2014, doi 10.1145/2660193.2660195).
  private static func mix(_ half: UInt64, _ key: UInt64, _ round: UInt64) -> UInt64 {
    var word = (half &+ 1) &* 0x9E37_79B9_7F4A_7C15 ^ (key &+ round &* 0xD1B5_4A32_D192_ED03)
    word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
    return word ^ word >> 31
  }
}
