import PluginSDK

/// Terms that another fit gave, with its draws.
package struct InheritedTerms: Sendable {
  package var draws: FitDraws
  /// The names of the terms.
  package var terms: [String]

  package init(draws: FitDraws, terms: [String]) {
    self.draws = draws
    self.terms = terms
  }
}

extension LawFitter {
  /// Repeats a fit on observations that are resampled from the given ones.
  ///
  /// Runs are drawn with replacement, all rows of one together, since the points of one training run
  /// share its luck (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 8). Each
  /// draw starts from the fit. It depends on the seed and its index alone, so neither the number of
  /// draws nor that of threads changes it.
  ///
  /// - Parameters:
  ///   - observations: The rows that were fitted.
  ///   - fit: What they gave.
  ///   - draws: How often to repeat.
  ///   - seed: Which random numbers to take.
  ///   - threads: How many threads to use.
  ///   - other: The draws of a fit that gave frozen terms, where they are known: draw `i` freezes
  ///     these terms at draw `i` of it, and so carries the doubt in them along.
  /// - Returns: The draws, some of which may have failed.
  /// - Throws: ``ScalingLawError`` with `invalidObservations`, `unsuitableLaw` if the fit is not of
  ///   this law, `invalidArgument` if there are not as many draws of the other fit, or `lawFailed`.
  package func bootstrap(
    _ observations: Observations, fit: LawFit, draws: Int, seed: UInt64, threads: Int,
    inheriting other: InheritedTerms? = nil
  ) throws(ScalingLawError) -> FitDraws {
    guard fit.parameters.map(\.name) == law.parameters.map(\.name) else {
      throw ScalingLawError(
        .unsuitableLaw,
        """
        the fit is of a law with parameters \(fit.parameters.map(\.name).joined(separator: ", ")), \
        not \(law.parameters.map(\.name).joined(separator: ", "))
        """)
    }
    guard draws > 0, other.map({ $0.draws.draws.count >= draws }) ?? true else {
      throw ScalingLawError(
        .invalidArgument,
        draws > 0
          ? """
          \(draws) draws cannot follow the \(other?.draws.draws.count ?? 0) draws of the fit that gave the \
          frozen terms: make at least as many there
          """
          : "a bootstrap takes at least one draw, not \(draws)")
    }
    let resampling = try Resampling(observations, law: law)
    let inherited = law.parameters.map(\.name).filter { name in
      frozen[name] != nil && other.map { $0.terms.contains(name) } ?? false
    }
    let thetas = try concurrently(draws, threads: threads) {
      draw throws(ScalingLawError) -> [Double]? in
      var frozen = frozen
      if let other {
        guard let theta = other.draws.draws[draw] else { return nil }
        for (name, value) in zip(other.draws.names, theta) where inherited.contains(name) {
          frozen[name] = value
        }
      }
      // Another stream for a fit that follows another, so that they do not draw the same places.
      let random = DrawRandom(seed: seed, stream: other == nil ? 0 : 1, draw: draw)
      let search = resampling.draw(random, law: law, frozen: law.parameters.map { frozen[$0.name] })
      return try search?.found(from: fit.theta)?.theta
    }
    return FitDraws(
      names: fit.parameters.map(\.name), estimate: fit.theta, draws: thetas, seed: seed,
      unit: observations.runs == nil ? .row : .run, unitCount: resampling.units.count,
      inherited: inherited)
  }
}
