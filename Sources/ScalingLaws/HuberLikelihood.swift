import Glibc

/// The likelihood under which least Huber loss is the likeliest fit.
///
/// The log residual of a row has a density in proportion to exp(-Huber(residual) / scale): normal in
/// the middle and Laplace's beyond the threshold (Huber, Ann. Math. Stat. 35, 1964, section 4). At the
/// threshold of scaling laws that is all but Laplace's density with mean size scale / threshold. The
/// scale is the likeliest one and counts as a parameter.
package struct HuberLikelihood: Hashable, Sendable {
  /// The scale, in squares of log loss.
  package let scale: Double
  /// The log of the density of the log losses of all rows.
  package let logLikelihood: Double
  private let rows: Int
  private let estimated: Int

  /// Finds the likeliest scale for a fit.
  ///
  /// - Parameters:
  ///   - objective: The sum over rows of Huber of the log residual.
  ///   - rows: How many rows there are.
  ///   - freeParameters: How many parameters the fit has, the scale not counted.
  ///   - threshold: The residual at which Huber goes from square to linear.
  /// - Throws: ``ScalingLawError`` with `notIdentified` if the residuals are all 0.
  package init(
    objective: Double, rows: Int, freeParameters: Int, threshold: Double
  ) throws(ScalingLawError) {
    guard objective > 0, rows > 0 else {
      throw ScalingLawError(
        .notIdentified,
        "the law passes through all observations, so no likelihood can be given: add observations")
    }
    let count = Double(rows)
    func value(_ logScale: Double) -> Double {
      -objective / exp(logScale) - count * Self.logNorm(exp(logScale), threshold)
    }
    // The likelihood has one maximum: it is concave in 1 / scale.
    let golden = 0.5 * (5.0.squareRoot() - 1)
    let middle = log(objective / count)
    var (low, high) = (middle - 5, middle + 5)
    for _ in 0..<100 {
      let left = high - golden * (high - low)
      let right = low + golden * (high - low)
      if value(left) < value(right) { low = left } else { high = right }
    }
    scale = exp(0.5 * (low + high))
    logLikelihood = value(0.5 * (low + high))
    self.rows = rows
    estimated = freeParameters + 1
  }

  /// Akaike's criterion: twice the number of estimated parameters less twice the log likelihood.
  package var aic: Double { 2 * Double(estimated) - 2 * logLikelihood }

  /// Schwarz's criterion, where a parameter counts the log of the number of rows.
  package var bic: Double { log(Double(rows)) * Double(estimated) - 2 * logLikelihood }

  /// The log of the integral of exp(-Huber / scale).
  private static func logNorm(_ scale: Double, _ threshold: Double) -> Double {
    let middle = (2 * Double.pi * scale).squareRoot() * erf(threshold / (2 * scale).squareRoot())
    let tails = 2 * scale / threshold * exp(-threshold * threshold / (2 * scale))
    return log(middle + tails)
  }
}
