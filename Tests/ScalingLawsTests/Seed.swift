/// The seed of one case of a property test, so that the case can be run again alone.
struct Seed: Codable, CustomStringConvertible, Sendable {
  var value: UInt64
  var description: String { "seed \(value)" }

  static func first(_ count: Int) -> [Seed] { (1...count).map { Seed(value: UInt64($0)) } }
}

/// Numbers from a seed, by the SplitMix64 recurrence (Steele, Lea and Flood, OOPSLA 2014).
struct SplitMix: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: Seed) { state = seed.value }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// A sum of twelve uniform numbers, less 6: near enough to a normal number.
  mutating func normal() -> Double {
    (0..<12).reduce(-6) { sum, _ in sum + Double.random(in: 0..<1, using: &self) }
  }
}
