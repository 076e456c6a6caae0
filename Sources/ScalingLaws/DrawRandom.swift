/// Random numbers of one bootstrap draw, addressed by seed, draw and place and never advanced.
///
/// So a draw can be made again alone, on any thread. The mixing function is the finalizer of
/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014), applied once for each part of the address.
struct DrawRandom {
  private let key: UInt64

  /// Opens the numbers of a draw; different streams of one seed are unrelated.
  init(seed: UInt64, stream: UInt64, draw: Int) {
    key = Self.mixed(
      Self.mixed(Self.mixed(seed) &+ stream) &+ UInt64(truncatingIfNeeded: draw))
  }

  /// A whole number in 0..<bound; its bias is below bound / 2⁶⁴.
  ///
  /// - Precondition: `bound` is positive.
  func number(below bound: Int, at place: Int) -> Int {
    precondition(bound > 0, "there is no number below \(bound)")
    let word = Self.mixed(key &+ UInt64(truncatingIfNeeded: place))
    return Int(word.multipliedFullWidth(by: UInt64(bound)).high)
  }

  private static func mixed(_ word: UInt64) -> UInt64 {
    var mixed = word &+ 0x9E37_79B9_7F4A_7C15
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
