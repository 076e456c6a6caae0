/// A fit repeated without each value of a variable in turn, usually each model size.
///
/// A check on a bootstrap: it shows which size a number hangs on. Quenouille's and Tukey's estimate
/// with one group left out at a time (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993,
/// section 11.5).
package struct Jackknife: Hashable, Sendable, Codable {
  package let variable: String
  /// The parameters of the fit to all rows.
  package let estimate: [Double]
  /// The fits without one value each, from least to greatest value.
  package let parts: [LeftOutValue]

  /// How far a number moves when one value is left out.
  package struct Influence: Hashable, Sendable, Codable {
    package var standardError: Double
    /// The value of the variable without which the number moves most.
    package var strongest: Double
    /// The number without that value.
    package var without: Double
  }

  /// The standard error of anything that follows from the parameters, and the value it hangs on most.
  ///
  /// - Throws: ``ScalingLawError`` with `notIdentified` if fewer than two values were left out, and
  ///   what the quantity throws at any of the fits.
  package func influence(
    on quantity: ([Double]) throws(ScalingLawError) -> Double
  ) throws(ScalingLawError) -> Influence {
    var numbers: [Double] = []
    for part in parts { numbers.append(try quantity(part.fit.theta)) }
    let whole = try quantity(estimate)
    guard numbers.count > 1,
      let strongest = numbers.indices.max(by: {
        abs(numbers[$0] - whole) < abs(numbers[$1] - whole)
      })
    else {
      throw ScalingLawError(
        .notIdentified,
        "a jackknife needs two values of \(variable) or more; there are \(parts.count)")
    }
    let count = Double(numbers.count)
    let mean = numbers.reduce(0, +) / count
    let squares = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return Influence(
      standardError: ((count - 1) / count * squares).squareRoot(),
      strongest: parts[strongest].value, without: numbers[strongest])
  }
}

extension LawFitter {
  /// Repeats a fit without each value of a variable in turn.
  ///
  /// - Throws: As ``leavingOutEach(_:of:threads:)``.
  package func jackknife(
    _ observations: Observations, fit: LawFit, variable: String = "N", threads: Int
  ) throws(ScalingLawError) -> Jackknife {
    Jackknife(
      variable: variable, estimate: fit.theta,
      parts: try leavingOutEach(variable, of: observations, threads: threads))
  }
}
