import Glibc

/// How residuals scatter, as an estimate under Huber's loss feels it.
///
/// The covariance of such an estimate is E[ψ²] / E[ψ']² times that of least squares with unit noise,
/// where ψ is the derivative of Huber's loss (Huber and Ronchetti, "Robust Statistics", 2nd edition,
/// section 7.6). At the small threshold of scaling laws, E[ψ'] is the density of the residuals at 0
/// times twice the threshold; it is counted over the bandwidth of Hall and Sheather (J. R. Stat. Soc.
/// B 50, 1988) and without as many of the least residuals as there are free parameters, since a fit
/// passes through about that many rows (Koenker, "Quantile Regression", 2005, sections 3.4 and 4.10).
package struct ResidualScale: Hashable, Sendable {
  /// E[ψ²] with as many degrees of freedom taken off as there are free parameters.
  package let pull: Double
  /// E[ψ'], the share of rows on which Huber's loss is bent.
  package let bend: Double
  /// The size of residual up to which the density at 0 is counted.
  package let bandwidth: Double
  private let threshold: Double

  /// The variance of one row's log loss by which it informs a fit: noise of this variance under least
  /// squares gives the same errors.
  package var variance: Double { pull / (bend * bend) }

  /// Measures the scale.
  ///
  /// - Throws: ``ScalingLawError`` with `notIdentified` if there are not more rows than free
  ///   parameters, or the residuals are all 0.
  package init(
    residuals: [Double], freeParameters: Int, threshold: Double
  ) throws(ScalingLawError) {
    let spare = residuals.count - freeParameters
    guard spare > 0 else {
      throw ScalingLawError(
        .notIdentified,
        """
        \(residuals.count) observations and \(freeParameters) free parameters leave nothing to judge \
        the noise by: add observations or freeze parameters
        """)
    }
    let huber = Huber(threshold: threshold)
    pull =
      residuals.reduce(0) { $0 + huber.derivative($1) * huber.derivative($1) } / Double(spare)
    // At the median of normal noise, for intervals of 95 %: half the share of rows to count.
    let bandwidth = min(
      0.5,
      pow(normalQuantile(0.975), 2.0 / 3) * cbrt(1.5 / (2 * .pi * Double(residuals.count))))
    let sizes = residuals.map { abs($0) }.sorted()
    let place = freeParameters + Int((2 * bandwidth * Double(spare)).rounded(.up))
    let reach = sizes[min(place, sizes.count) - 1]
    let width = max(threshold, reach)
    self.bandwidth = reach
    self.threshold = threshold
    let inside = sizes.count { $0 <= width } - freeParameters
    bend = Double(max(inside, 1)) / Double(spare) * threshold / width
    guard pull > 0 else {
      throw ScalingLawError(
        .notIdentified, "all residuals are 0, so the noise cannot be judged from them")
    }
  }

  /// E[ψ'] of a row by itself, given its residual: how likely it is bent if the residual is moved by
  /// normal noise of the bandwidth (Powell, in "Nonparametric and Semiparametric Methods in
  /// Econometrics", 1991; Koenker, section 3.4.2).
  ///
  /// Rows with large residuals count for less, so that rows need not scatter alike.
  package func bend(at residual: Double) -> Double {
    // A bandwidth of 0 asks whether the row is bent.
    let width = max(bandwidth, 1e-9 * threshold) * 2.0.squareRoot()
    return 0.5 * (erf((threshold - residual) / width) + erf((threshold + residual) / width))
  }
}
