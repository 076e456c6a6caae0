import Corpora
import Testing

struct HeldOutTests {
  private static func document(_ id: Int, group: String? = nil) -> Document {
    Document(text: Array("text \(id)".utf8), id: "document/\(id)", group: group)
  }

  @Test(arguments: [0.0, 0.01, 0.02, 0.1, 0.5])
  func shareHeldOutIsTheFraction(fraction: Double) {
    let count = 20_000
    let heldOut = (0..<count).count { Self.document($0).isHeldOut(fraction: fraction) }
    // Five standard deviations of a binomial count.
    let slack = 5 * (Double(count) * fraction * (1 - fraction)).squareRoot()
    #expect(abs(Double(heldOut) - Double(count) * fraction) <= slack)
  }

  @Test func greaterFractionsHoldOutEverythingThatSmallerOnesDo() {
    for id in 0..<2000 where Self.document(id).isHeldOut(fraction: 0.05) {
      #expect(Self.document(id).isHeldOut(fraction: 0.06))
    }
  }

  @Test func documentsOfOneGroupStandOnOneSide() {
    for group in 0..<500 {
      let sides = (0..<4).map {
        Self.document(1000 * $0 + group, group: "g\(group)").isHeldOut(fraction: 0.3)
      }
      #expect(Set(sides).count == 1)
    }
  }

  /// The split must never move between versions: these sides were computed on 2025-11-23 with this
  /// program's first version.
  @Test func splitOfTheFirstVersionStands() {
    let heldOut = (0..<100).filter { Self.document($0).isHeldOut(fraction: 0.1) }
    #expect(heldOut == [26, 30, 33, 38, 39, 47, 57, 62, 68, 74, 75, 89])
  }
}
