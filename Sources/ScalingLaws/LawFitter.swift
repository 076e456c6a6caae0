import Glibc
package import PluginSDK

/// Fits a law of any form to observations, to the last digit and without getting stuck.
///
/// Minimises the sum over rows of Huber of the log residual, as Hoffmann et al. do (arXiv 2203.15556,
/// approach 3), by: seeds from a grid with non-negative least squares in it; quasi-Newton steps in
/// coordinates that hardly depend on one another; a wide threshold first and the true one after; and
/// fresh starts from where the search ended until nothing falls. Nothing in it is random: the same
/// observations give the same bits.
package struct LawFitter: Sendable {
  /// The residual in log loss at which Huber's loss turns linear (arXiv 2203.15556, appendix D.3).
  package static let threshold = 1e-3

  package let law: any ScalingLaw
  /// The parameters that keep a given value.
  package let frozen: [String: Double]

  /// Creates a fitter.
  ///
  /// - Parameters:
  ///   - law: The form to fit.
  ///   - frozen: Parameters that keep a value, for instance E, A and alpha from another fit.
  /// - Throws: ``ScalingLawError`` with `invalidFrozenParameter` if a name is not the law's or a
  ///   value is out of bounds.
  package init(law: any ScalingLaw, frozen: [String: Double] = [:]) throws(ScalingLawError) {
    for (name, value) in frozen.sorted(by: { $0.key < $1.key }) {
      guard let parameter = law.parameters.first(where: { $0.name == name }) else {
        throw ScalingLawError(
          .invalidFrozenParameter,
          """
          cannot freeze '\(name)': the law has no such parameter; its parameters are \
          \(law.parameters.map(\.name).joined(separator: ", "))
          """)
      }
      guard parameter.bounds.contains(value) else {
        throw ScalingLawError(
          .invalidFrozenParameter,
          """
          cannot freeze '\(name)' at \(value): it must lie in \
          \(parameter.bounds.lowerBound)...\(parameter.bounds.upperBound)
          """)
      }
    }
    self.law = law
    self.frozen = frozen
  }

  /// Fits the law.
  ///
  /// - Parameters:
  ///   - observations: Rows with a column for each variable of the law.
  ///   - warmStart: Parameters to start from in place of a search over seeds, as a bootstrap does;
  ///     frozen ones keep their frozen value.
  /// - Returns: The parameters of least objective, with what the observations leave open.
  /// - Throws: ``ScalingLawError`` with `invalidObservations`, `tooFewObservations`, `unsuitableLaw`,
  ///   `noFit` or `lawFailed`.
  package func fit(
    _ observations: Observations, warmStart: [Double]? = nil
  ) throws(ScalingLawError) -> LawFit {
    var columns: [[Double]] = []
    for variable in law.variables { columns.append(try observations.column(variable)) }
    let free = law.parameters.count { frozen[$0.name] == nil }
    guard observations.count >= max(free, 1) else {
      throw ScalingLawError(
        .tooFewObservations,
        """
        \(observations.count) observations cannot fit \(free) free parameters: measure more, or \
        freeze some of \(law.parameters.map(\.name).joined(separator: ", "))
        """)
    }
    if let warmStart, warmStart.count != law.parameters.count {
      throw ScalingLawError(
        .unsuitableLaw,
        "the law has \(law.parameters.count) parameters and the start has \(warmStart.count)")
    }
    do throws(PluginError) {
      let search = LawSearch(
        law: law, frozen: law.parameters.map { frozen[$0.name] }, columns: columns,
        logLosses: observations.losses.map { log($0) })
      if let found = try search.run(warmStart: warmStart) {
        return try describe(found, search: search, observations: observations)
      }
    } catch {
      throw ScalingLawError(error)
    }
    throw ScalingLawError(
      .noFit,
      """
      the law predicts no positive, finite loss for these observations anywhere in its bounds; check \
      the units of the columns \(law.variables.joined(separator: ", ")) and the frozen values
      """)
  }

  private func describe(
    _ found: LawSearch.Result, search: LawSearch, observations: Observations
  ) throws(PluginError) -> LawFit {
    let predicted = try law.predict(found.theta, at: search.columns, wantsGradients: false).losses
    let parameters = law.parameters.enumerated().map { index, parameter in
      FittedParameter(
        name: parameter.name, value: found.theta[index], frozen: frozen[parameter.name] != nil,
        atBound: frozen[parameter.name] == nil && parameter.isAtBound(found.theta[index]))
    }
    let ranges = zip(law.variables, search.columns).map { variable, values in
      ObservedRange(
        variable: variable, least: values.min() ?? 0, greatest: values.max() ?? 0,
        distinct: Set(values).count)
    }
    var fit = LawFit(
      parameters: parameters, objective: found.objective, threshold: Self.threshold,
      evaluations: found.evaluations, predicted: predicted,
      residuals: predicted.indices.map { log(predicted[$0]) - search.logLosses[$0] },
      ranges: ranges, unidentified: [], warnings: [])
    let findings = FitWarnings(fit: fit, law: law, search: search)
    let open = try findings.unidentified()
    fit.warnings = try findings.sentences(unidentified: open)
    fit.unidentified = open.map { law.parameters[$0].name }
    return fit
  }
}

extension LawParameter {
  /// Whether a value lies on a bound, a coefficient of 0 included.
  func isAtBound(_ value: Double) -> Bool {
    if role == .coefficient { return value <= bounds.lowerBound || value >= bounds.upperBound }
    // A bound near 0 of a parameter that is taken by its log has a margin as small as itself.
    let width = bounds.upperBound - bounds.lowerBound
    let isByLog = bounds.lowerBound > 0 || bounds.upperBound < 0
    let margin = { (bound: Double) in 1e-9 * (isByLog ? min(abs(bound), width) : width) }
    return value <= bounds.lowerBound + margin(bounds.lowerBound)
      || value >= bounds.upperBound - margin(bounds.upperBound)
  }
}
