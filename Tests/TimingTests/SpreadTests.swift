import Testing
import Timing

/// Rounds are summed up, and as many calls made as were asked for.
struct SpreadTests {
  @Test(
    arguments: [
      ([3], 3, 3, 3), ([4, 1], 2.5, 1, 4), ([9, 1, 5], 5, 1, 9), ([2, 8, 4, 6], 5, 2, 8),
    ] as [([Double], Double, Double, Double)])
  func medianLiesBetweenLeastAndGreatest(
    rounds: [Double], median: Double, least: Double, greatest: Double
  ) {
    let spread = Spread(rounds)
    #expect(spread.median == median && spread.least == least && spread.greatest == greatest)
    #expect(spread.rounds == rounds.count)
  }

  @Test func everyRoundMakesTheSameNumberOfCalls() throws {
    var counts: [Int] = []
    let spread = try Spread.nanosecondsForOne(seconds: 0.01, rounds: 5) { counts.append($0) }
    #expect(spread.rounds == 5)
    #expect(counts.count > 5 && Set(counts.suffix(5)).count == 1)
    #expect(counts.allSatisfy { $0 >= 1 } && counts == counts.sorted())
  }

  @Test func roundsOfSeveralThingsComeInTurn() throws {
    var order: [String] = []
    let spreads = try Spread.nanosecondsForOne(
      seconds: 0.01, rounds: 3, inTurn: [{ _ in order.append("a") }, { _ in order.append("b") }])
    #expect(spreads.map(\.rounds) == [3, 3])
    #expect(order.suffix(6) == ["a", "b", "a", "b", "a", "b"])
  }

  @Test func failureOfACallEndsTheMeasurement() {
    struct Failure: Error {}
    #expect(throws: Failure.self) {
      try Spread.nanosecondsForOne(seconds: 0.01) { _ in throw Failure() }
    }
  }

  @Test func repetitionsGoOnUntilThereAreEnough() {
    #expect(Repetitions(seconds: 0, least: 3).time {}.count == 3)
    let share = OthersShare().soFar
    #expect((0...1).contains(share))
  }
}
