import Crypto
import Glibc

/// A stream of random numbers that is addressed, not advanced: number `index` never depends on what
/// was drawn before, so there is no state to save.
///
/// Philox4x32 with ten rounds (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3",
/// doi 10.1145/2063384.2063405), keyed by the first eight bytes of the SHA-256 of seed and stream
/// name.
package struct CounterRandom: Hashable, Sendable {
  /// The key of the stream.
  package let key: UInt64

  /// Opens the stream of a seed with a name; different names give unrelated streams.
  package init(seed: UInt64, stream: String) {
    var hash = SHA256()
    hash.update(data: seed.littleEndianBytes)
    hash.update(data: Array(stream.utf8))
    var key: UInt64 = 0
    for (place, byte) in hash.finalize().prefix(8).enumerated() {
      key |= UInt64(byte) << (8 * place)
    }
    self.key = key
  }

  /// Opens the stream of a key.
  package init(key: UInt64) { self.key = key }

  /// 64 random bits.
  package func word(_ index: UInt64) -> UInt64 {
    let block = Self.block(
      counter: SIMD4(UInt32(truncatingIfNeeded: index), .high(index), 0, 0), key)
    return UInt64(block.x) | UInt64(block.y) << 32
  }

  /// A number in 0..<1, a multiple of 2⁻⁵³.
  package func uniform(_ index: UInt64) -> Double { Self.fraction(word(index)) }

  /// A number of the standard normal distribution, by Box and Muller's method.
  package func normal(_ index: UInt64) -> Double {
    let (radius, turns) = fractions(index)
    return (-2 * log(1 - radius)).squareRoot() * cos(2 * .pi * turns)
  }

  /// Two numbers in 0..<1 that a normal number is made of: of its radius and of its angle.
  @inline(__always)
  func fractions(_ index: UInt64) -> (radius: Double, turns: Double) {
    let block = Self.block(
      counter: SIMD4(UInt32(truncatingIfNeeded: index), .high(index), 0, 0), key)
    return (
      Self.fraction(UInt64(block.x) | UInt64(block.y) << 32),
      Self.fraction(UInt64(block.z) | UInt64(block.w) << 32)
    )
  }

  /// The four output words of one Philox4x32-10 block.
  @inline(__always)
  package static func block(counter: SIMD4<UInt32>, _ key: UInt64) -> SIMD4<UInt32> {
    // Multipliers and key increments of the paper, table 2 and section 4.
    let multiplier0: UInt32 = 0xD251_1F53
    let multiplier1: UInt32 = 0xCD9E_8D57
    // Four variables and not a vector: between rounds its lanes would move through memory.
    var (x, y, z, w) = (counter.x, counter.y, counter.z, counter.w)
    var key0 = UInt32(truncatingIfNeeded: key)
    var key1 = UInt32.high(key)
    for _ in 0..<10 {
      let product0 = UInt64(multiplier0) &* UInt64(x)
      let product1 = UInt64(multiplier1) &* UInt64(z)
      (x, y) = (.high(product1) ^ y ^ key0, UInt32(truncatingIfNeeded: product1))
      (z, w) = (.high(product0) ^ w ^ key1, UInt32(truncatingIfNeeded: product0))
      key0 &+= 0x9E37_79B9
      key1 &+= 0xBB67_AE85
    }
    return SIMD4(x, y, z, w)
  }

  private static func fraction(_ word: UInt64) -> Double {
    // Of a signed number, for which processors have the conversion.
    Double(Int64(truncatingIfNeeded: word >> 11)) * 0x1p-53
  }
}

extension UInt32 {
  fileprivate static func high(_ word: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: word >> 32) }
}

extension FixedWidthInteger {
  /// The bytes of the number, least significant first.
  var littleEndianBytes: [UInt8] {
    (0..<(Self.bitWidth / 8)).map { UInt8(truncatingIfNeeded: self >> (8 * $0)) }
  }
}
