/// A fit repeated on resampled observations: how far its numbers could have come out otherwise.
///
/// Anything that follows from the parameters gets its interval by being computed for each draw. The
/// draws cover the noise of the observations and not an error in the form of the law.
package struct FitDraws: Hashable, Sendable, Codable {
  /// What was resampled.
  package enum Unit: String, Hashable, Sendable, Codable {
    /// Runs, each with all its rows.
    case run
    /// Single rows, as no run was known; rows that are not independent make this too narrow.
    case row
  }

  /// The names of the parameters, in the order of the law.
  package let names: [String]
  /// The parameters of the fit itself.
  package let estimate: [Double]
  /// For each draw its parameters; nil where the resampled observations could not be fitted.
  package let draws: [[Double]?]
  package let seed: UInt64
  package let unit: Unit
  /// How many runs or rows were resampled from.
  package let unitCount: Int
  /// The frozen parameters whose values follow the draws of another fit, draw by draw.
  package let inherited: [String]

  /// How many draws could not be fitted.
  package var failures: Int { draws.count { $0 == nil } }

  /// The interval of anything that follows from the parameters.
  ///
  /// - Parameters:
  ///   - level: The share of draws between the ends.
  ///   - threads: How many threads compute; the result does not depend on it.
  ///   - quantity: The value at some parameters. A draw where it throws has none; infinity is a
  ///     value, beyond all others.
  /// - Returns: The percentile interval.
  /// - Throws: ``ScalingLawError`` with `invalidArgument` for a level outside 0..<1, and what the
  ///   quantity throws at the fit itself.
  package func interval(
    level: Double, threads: Int = 1,
    _ quantity: @Sendable ([Double]) throws(ScalingLawError) -> Double
  ) throws(ScalingLawError) -> Interval {
    try intervals(level: level, threads: threads) { theta throws(ScalingLawError) in
      [try quantity(theta)]
    }[0]
  }

  /// The intervals of several numbers that are computed together.
  ///
  /// - Throws: As ``interval(level:threads:_:)``.
  package func intervals(
    level: Double, threads: Int = 1,
    _ quantities: @Sendable ([Double]) throws(ScalingLawError) -> [Double]
  ) throws(ScalingLawError) -> [Interval] {
    try requireLevel(level)
    let estimates = try quantities(estimate)
    let values = try concurrently(draws.count, threads: threads) {
      index throws(ScalingLawError) -> [Double]? in
      guard let theta = draws[index] else { return nil }
      return try? quantities(theta)
    }
    return estimates.indices.map { place in
      Interval(estimate: estimates[place], values: values.map { $0?[place] }, level: level)
    }
  }

  /// The interval of a parameter.
  ///
  /// - Throws: ``ScalingLawError`` with `invalidArgument` if the law has no parameter of that name or
  ///   the level is outside 0..<1.
  package func interval(of name: String, level: Double) throws(ScalingLawError) -> Interval {
    guard let index = names.firstIndex(of: name) else {
      throw ScalingLawError(
        .invalidArgument,
        "the law has no parameter '\(name)'; it has \(names.joined(separator: ", "))")
    }
    return try interval(level: level) { theta throws(ScalingLawError) in theta[index] }
  }

  /// The intervals of numbers that follow from the parameters of two fits.
  ///
  /// If one fit froze terms at the draws of the other, draws are paired as they were made. Else a
  /// draw is paired with the next one of the other fit: with the same seed, draws of one index
  /// resample the same places and so are not independent.
  ///
  /// - Throws: As ``interval(level:threads:_:)``.
  package func intervals(
    with other: FitDraws, level: Double, threads: Int = 1,
    _ quantities: @Sendable ([Double], [Double]) throws(ScalingLawError) -> [Double]
  ) throws(ScalingLawError) -> [Interval] {
    try requireLevel(level)
    let estimates = try quantities(estimate, other.estimate)
    let count = min(draws.count, other.draws.count)
    let shift = inherited.isEmpty && other.inherited.isEmpty ? 1 : 0
    let values = try concurrently(count, threads: threads) {
      index throws(ScalingLawError) -> [Double]? in
      guard let own = draws[index], let others = other.draws[(index + shift) % count] else {
        return nil
      }
      return try? quantities(own, others)
    }
    return estimates.indices.map { place in
      Interval(estimate: estimates[place], values: values.map { $0?[place] }, level: level)
    }
  }
}
