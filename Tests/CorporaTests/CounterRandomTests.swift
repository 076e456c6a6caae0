import Corpora
import Testing

struct CounterRandomTests {
  /// The known answers of the authors' own library, Random123 1.14, `kat_vectors`, philox4x32 10.
  @Test(arguments: [
    (
      SIMD4<UInt32>(repeating: 0), UInt64(0),
      SIMD4<UInt32>(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8)
    ),
    (
      SIMD4(repeating: .max), .max,
      SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd)
    ),
    (
      SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344), 0x299f_31d0_a409_3822,
      SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1)
    ),
  ])
  func philoxGivesThePublishedWords(
    counter: SIMD4<UInt32>, key: UInt64, expected: SIMD4<UInt32>
  ) {
    #expect(CounterRandom.block(counter: counter, key) == expected)
  }

  @Test func streamsOfDifferentNamesAndSeedsDiffer() {
    let first = CounterRandom(seed: 1, stream: "weights")
    #expect(first.key != CounterRandom(seed: 2, stream: "weights").key)
    #expect(first.key != CounterRandom(seed: 1, stream: "order").key)
    #expect(first == CounterRandom(seed: 1, stream: "weights"))
  }

  /// Long enough that several cores take part, and that some numbers lie so near the middle between
  /// two float32 that the quick way leaves them to the exact one.
  @Test(arguments: [(0.0, 0.02), (-1, 0.5), (3e4, 1e-3), (0, 1e30), (0, 1e-42), (2, 0)])
  func manyNumbersAreThoseOfTheirPlaces(mean: Double, deviation: Double) {
    let random = CounterRandom(seed: 1, stream: "many")
    let count = 400_001
    let normals = random.normals(count: count, mean: mean, standardDeviation: deviation)
    let exact = (0..<UInt64(count)).map { Float(mean + deviation * random.normal($0)) }
    #expect(normals.map(\.bitPattern) == exact.map(\.bitPattern))
    let uniforms = random.uniforms(count: count, from: mean, to: mean + deviation)
    #expect(
      uniforms
        == (0..<UInt64(count)).map {
          Float(mean + ((mean + deviation) - mean) * random.uniform($0))
        })
    #expect(random.normals(count: 0, mean: 0, standardDeviation: 1).isEmpty)
  }

  @Test(arguments: [UInt64(1), 2, 3])
  func momentsAreThoseOfTheDistributions(seed: UInt64) {
    let random = CounterRandom(seed: seed, stream: "moments")
    let count = 40_000
    var (uniform, normal, square) = (0.0, 0.0, 0.0)
    for index in 0..<UInt64(count) {
      let value = random.uniform(index)
      #expect(value >= 0 && value < 1)
      uniform += value
      let gaussian = random.normal(index)
      normal += gaussian
      square += gaussian * gaussian
    }
    // Five standard errors: 0.289, 1 and 1.414 over the square root of 40,000.
    #expect(abs(uniform / Double(count) - 0.5) < 0.0073)
    #expect(abs(normal / Double(count)) < 0.025)
    #expect(abs(square / Double(count) - 1) < 0.036)
  }
}

struct KeyedPermutationTests {
  @Test(arguments: [1, 2, 3, 4, 5, 7, 8, 9, 31, 100, 1000, 1023, 1024, 1025])
  func everyElementStandsExactlyOnce(count: Int) {
    for key in [UInt64(0), 1, .max, 0x1234_5678_9abc_def0] {
      let permutation = KeyedPermutation(count: count, key: key)
      #expect(Set((0..<count).map { permutation[$0] }) == Set(0..<count))
    }
  }

  @Test func differentKeysGiveDifferentOrders() {
    let first = KeyedPermutation(count: 1000, key: 1)
    let second = KeyedPermutation(count: 1000, key: 2)
    let agreeing = (0..<1000).count { first[$0] == second[$0] }
    // Two random orders agree at one place on average; 12 or more has a chance below 1e-8.
    #expect(agreeing < 12)
    let fixed = (0..<1000).count { first[$0] == $0 }
    #expect(fixed < 12)
  }
}
