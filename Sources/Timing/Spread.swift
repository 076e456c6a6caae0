/// What some rounds of one measurement gave.
package struct Spread: Hashable, Sendable, Codable {
  package var median: Double
  package var least: Double
  package var greatest: Double
  package var rounds: Int

  /// Sums up rounds.
  ///
  /// - Precondition: There is one.
  package init(_ rounds: [Double]) {
    precondition(!rounds.isEmpty, "a measurement of no rounds")
    median = rounds.median
    least = rounds.min() ?? .nan
    greatest = rounds.max() ?? .nan
    self.rounds = rounds.count
  }

  /// Nanoseconds for one call of something that may take less than the clock can tell.
  ///
  /// Rounds are of so many calls that all of them take about the time given, and that one takes a
  /// multiple of what the clock costs.
  ///
  /// - Parameters:
  ///   - seconds: The time for all rounds.
  ///   - rounds: How many there are.
  ///   - calls: Makes so many calls.
  /// - Returns: The spread over the rounds.
  /// - Throws: What a call throws.
  package static func nanosecondsForOne(
    seconds: Double, rounds: Int = 15, _ calls: (Int) throws -> Void
  ) rethrows -> Spread {
    let clock = ContinuousClock()
    func time(_ count: Int) throws -> Double { try clock.measure { try calls(count) }.inSeconds }
    let enough = max(seconds / Double(rounds + 1), 1e-6)
    var count = 1
    var elapsed = try time(count)
    while elapsed < enough, count < 1 << 40 {
      // At most eightfold: the first calls take longer than those to come.
      let wanted = elapsed > 0 ? enough / elapsed : 8
      count = max(count + 1, Int(Double(count) * min(8, wanted * 1.05)))
      elapsed = try time(count)
    }
    return Spread(try (0..<rounds).map { _ in try time(count) * 1e9 / Double(count) })
  }
}

extension [Double] {
  /// The middle one, or the mean of the middle two.
  ///
  /// - Precondition: There is one.
  package var median: Double {
    let sorted = sorted()
    return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2
  }
}
