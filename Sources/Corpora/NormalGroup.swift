/// Normal numbers at neighbouring places, computed together and to the bits of
/// ``CounterRandom/normal(_:)``.
///
/// Logarithm and cosine are polynomials without branches, so that a processor computes several at
/// once. What they are off is bounded; a float32 counts only if the whole range around it rounds to
/// it, and for the few others the caller asks for the exact number (Ziv 1991, "Fast evaluation of
/// elementary mathematical functions with correctly rounded last bit", doi 10.1145/114697.116813).
struct NormalGroup {
  /// How many places a group has.
  static let count = 128

  /// −2 log of the radius' uniform number.
  private var squares = InlineArray<128, Double>(repeating: 0)
  private var cosines = InlineArray<128, Double>(repeating: 0)

  /// Draws the numbers from a place on.
  mutating func draw(_ random: CounterRandom, from start: UInt64) {
    for offset in squares.indices {
      let (radius, turns) = random.fractions(start &+ UInt64(truncatingIfNeeded: offset))
      squares[offset] = 1 - radius
      cosines[offset] = turns
    }
    // A loop of its own, which compiles to vectors.
    for offset in squares.indices {
      squares[offset] = -2 * Self.logarithm(squares[offset])
      cosines[offset] = Self.cosine(turns: cosines[offset])
    }
  }

  /// The number at a place of the group, scaled, shifted and rounded; nil if its last bit is not
  /// certain.
  func float(_ offset: Int, mean: Double, standardDeviation: Double) -> Float? {
    let radius = standardDeviation * squares[offset].squareRoot()
    let number = mean + radius * cosines[offset]
    // The polynomials are good to 2⁻⁴⁹ and each operation to 2⁻⁵³, here as in the exact way.
    let error = abs(radius) * 0x1p-43 + abs(number) * 0x1p-50
    let least = Float(number - error)
    return error > 0 && least == Float(number + error) ? least : nil
  }

  /// The natural logarithm of a normal number, with a relative error below 2⁻⁴⁹.
  ///
  /// With x = 2ᵏ m and m from √½ to √2, and s = (m − 1) / (m + 1): k log 2 + 2 artanh s, by the
  /// series of artanh up to s¹⁹.
  private static func logarithm(_ x: Double) -> Double {
    let one: UInt64 = 0x3FF0_0000_0000_0000
    let rootOfHalf: UInt64 = 0x3FE6_A09E_667F_3BCD
    let shifted = x.bitPattern &- rootOfHalf &+ one
    let m = Double(bitPattern: x.bitPattern &- (shifted & 0x7FF0_0000_0000_0000) &+ one)
    // The exponent without a conversion: as the last bits of 2⁵² plus itself.
    let k = Double(bitPattern: shifted >> 52 | 0x4330_0000_0000_0000) - (0x1p52 + 1023)
    let s = (m - 1) / (m + 1)
    let q = s * s
    let q2 = q * q
    let q4 = q2 * q2
    let low = (1 + q * (1.0 / 3)) + (1.0 / 5 + q * (1.0 / 7)) * q2
    let middle = (1.0 / 9 + q * (1.0 / 11)) + (1.0 / 13 + q * (1.0 / 15)) * q2
    let high = 1.0 / 17 + q * (1.0 / 19)
    return k * 0.693_147_180_559_945_3 + 2 * s * (low + middle * q4 + high * (q4 * q4))
  }

  /// The cosine of 2π times a number of 0..<1, with an error below 2⁻⁴⁹.
  ///
  /// The nearest half turn leaves at most a quarter, for which Taylor's series goes to y²⁰.
  private static func cosine(turns: Double) -> Double {
    // Adding 1.5 · 2⁵² rounds to a whole number: 0, 1 or 2.
    let halves = (turns * 2 + 0x1.8p52) - 0x1.8p52
    let y = (turns - halves * 0.5) * (2 * Double.pi)
    let q = y * y
    let q2 = q * q
    let q4 = q2 * q2
    let low = (1 - q * (1.0 / 2)) + (1.0 / 24 - q * (1.0 / 720)) * q2
    let middle =
      (1.0 / 40_320 - q * (1.0 / 3_628_800)) + (1.0 / 479_001_600 - q * (1.0 / 87_178_291_200)) * q2
    let high =
      (1.0 / 20_922_789_888_000 - q * (1.0 / 6_402_373_705_728_000))
      + q2 * (1.0 / 2_432_902_008_176_640_000)
    let cosine = low + middle * q4 + high * (q4 * q4)
    // 1 after a whole number of turns, -1 after a half.
    return ((halves - 1) * (halves - 1) * 2 - 1) * cosine
  }
}
