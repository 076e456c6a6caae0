import PluginSDK

/// How much the objective rises by chance between its least and the true value of a parameter.
///
/// Under a true likelihood twice that rise is chi-square of one degree. Huber's objective is none: its
/// rise depends on how residuals scatter, how that differs from row to row, and how rows of one run
/// hang together. So the rise is measured where the truth is known: on draws from the observations,
/// whose truth is the fit (the bootstrap of a likelihood ratio; Davison and Hinkley, "Bootstrap
/// Methods and their Application", 1997, section 4.4). Its mean is the scale by which the rise is
/// divided, as in a correction of Bartlett's kind.
package struct ProfileCalibration: Hashable, Sendable, Codable {
  /// For each parameter that was fitted and is not on a bound, the mean of twice the rise.
  package let scales: [String: Double]
  /// How many draws were asked for.
  package let draws: Int
  /// How many of them could not be fitted.
  package let failures: Int
  package let seed: UInt64
}

extension LawFitter {
  /// Measures by how much the objective rises by chance.
  ///
  /// - Parameters:
  ///   - observations: The rows that were fitted.
  ///   - fit: What they gave.
  ///   - draws: How often to repeat; the ends of intervals scatter by 1 / √(2 draws) of their width.
  ///   - seed: Which random numbers to take.
  ///   - threads: How many threads to use; the result does not depend on it.
  /// - Returns: The mean of twice the rise for each parameter.
  /// - Throws: ``ScalingLawError`` with `invalidArgument` if there are no draws, `notIdentified` if
  ///   none could be fitted or the objective does not rise, `invalidObservations` or `lawFailed`.
  package func profileCalibration(
    _ observations: Observations, fit: LawFit, draws: Int, seed: UInt64, threads: Int
  ) throws(ScalingLawError) -> ProfileCalibration {
    guard draws > 0 else {
      throw ScalingLawError(.invalidArgument, "a calibration takes at least one draw, not \(draws)")
    }
    let resampling = try Resampling(observations, law: law)
    let frozen = law.parameters.map { self.frozen[$0.name] }
    let open = fit.parameters.indices.filter {
      !fit.parameters[$0].frozen && !fit.parameters[$0].atBound
    }
    let rises = try concurrently(draws, threads: threads) {
      draw throws(ScalingLawError) -> [Double]? in
      let random = DrawRandom(seed: seed, stream: 2, draw: draw)
      guard let search = resampling.draw(random, law: law, frozen: frozen),
        let least = try search.found(from: fit.theta)
      else { return nil }
      var rises: [Double] = []
      for index in open {
        var held = frozen
        held[index] = fit.theta[index]
        guard
          let found = try resampling.draw(random, law: law, frozen: held)?.found(from: least.theta)
        else { return nil }
        rises.append(2 * max(found.objective - least.objective, 0))
      }
      return rises
    }
    let usable = rises.compactMap { $0 }
    var scales: [String: Double] = [:]
    for (slot, index) in open.enumerated() {
      let mean = usable.reduce(0) { $0 + $1[slot] } / Double(max(usable.count, 1))
      guard mean > 0, mean.isFinite else {
        throw ScalingLawError(
          .notIdentified,
          """
          the objective does not rise with \(fit.parameters[index].name) in any draw, so no interval \
          follows: the observations do not identify it, or have no noise
          """)
      }
      scales[fit.parameters[index].name] = mean
    }
    return ProfileCalibration(
      scales: scales, draws: draws, failures: draws - usable.count, seed: seed)
  }
}
