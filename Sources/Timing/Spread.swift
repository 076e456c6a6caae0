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
  /// - Parameters:
  ///   - seconds: The time for all rounds.
  ///   - rounds: How many there are.
  ///   - calls: Makes so many calls.
  /// - Returns: The spread over the rounds.
  /// - Throws: What a call throws.
  package static func nanosecondsForOne(
    seconds: Double, rounds: Int = 15, _ calls: (Int) throws -> Void
  ) throws -> Spread {
    try withoutActuallyEscaping(calls) { calls in
      try nanosecondsForOne(seconds: seconds, rounds: rounds, inTurn: [calls])[0]
    }
  }

  /// Nanoseconds for one call of each of some things, measured in turn: what disturbs one round
  /// disturbs that of the others as well.
  ///
  /// Rounds are of so many calls that all of them take about the time given, and that one takes a
  /// multiple of what the clock costs.
  ///
  /// - Parameters:
  ///   - seconds: The time for all rounds of each.
  ///   - rounds: How many each has.
  ///   - things: Each makes so many calls.
  /// - Returns: The spread of each.
  /// - Throws: What a call throws.
  package static func nanosecondsForOne(
    seconds: Double, rounds: Int = 15, inTurn things: [(Int) throws -> Void]
  ) throws -> [Spread] {
    let clock = ContinuousClock()
    let enough = max(seconds / Double(rounds + 1), 1e-6)
    let counts = try things.map { calls in
      var count = 1
      var elapsed = try clock.measure { try calls(count) }.inSeconds
      while elapsed < enough, count < 1 << 40 {
        // At most eightfold: the first calls take longer than those to come.
        let wanted = elapsed > 0 ? enough / elapsed : 8
        count = max(count + 1, Int(Double(count) * min(8, wanted * 1.05)))
        elapsed = try clock.measure { try calls(count) }.inSeconds
      }
      return count
    }
    var nanoseconds = things.map { _ in [Double]() }
    for _ in 0..<rounds {
      for (place, calls) in things.enumerated() {
        let elapsed = try clock.measure { try calls(counts[place]) }.inSeconds
        nanoseconds[place].append(elapsed * 1e9 / Double(counts[place]))
      }
    }
    return nanoseconds.map { Spread($0) }
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
