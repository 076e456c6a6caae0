/// How well the parameters of a fit are known.
package struct FitUncertainty: Hashable, Sendable, Codable {
  /// One parameter.
  package struct Parameter: Hashable, Sendable, Codable {
    package var name: String
    /// The percentile interval of the draws.
    package var interval: Interval
    /// Nil where none was asked for, or the parameter was frozen or ended on a bound.
    package var profile: ProfileInterval?
    /// How far it moves when a model size is left out; nil where sizes cannot be spared.
    package var leavingOutSizes: Jackknife.Influence?
  }

  package let level: Double
  package let draws: FitDraws
  /// In the order of the law.
  package let parameters: [Parameter]
  /// What a reader must know before believing the intervals, each a sentence.
  package let remarks: [String]

  /// Measures it.
  ///
  /// - Parameters:
  ///   - fitter: What was fitted.
  ///   - fit: The fit.
  ///   - observations: The rows that were fitted.
  ///   - draws: Its bootstrap.
  ///   - level: The level of the intervals.
  ///   - profiles: How many draws calibrate profiles; nil for no profiles.
  ///   - threads: How many threads to use; the result does not depend on it.
  /// - Throws: ``ScalingLawError`` as `LawFitter.profile` and ``FitDraws/interval(of:level:)``.
  package init(
    _ fitter: LawFitter, fit: LawFit, observations: Observations, draws: FitDraws, level: Double,
    profiles: Int?, threads: Int
  ) throws(ScalingLawError) {
    var remarks: [String] = []
    var calibration: ProfileCalibration?
    if let profiles {
      calibration = try fitter.profileCalibration(
        observations, fit: fit, draws: profiles, seed: draws.seed, threads: threads)
    }
    var jackknife: Jackknife?
    if observations.columns["N"] != nil {
      // Sizes that cannot be spared are no failure of the fit.
      jackknife = try? fitter.jackknife(observations, fit: fit, threads: threads)
    }
    var parameters: [Parameter] = []
    for (index, parameter) in fit.parameters.enumerated() {
      let name = parameter.name
      var profile: ProfileInterval?
      if let calibration, calibration.scales[name] != nil {
        let found = try fitter.profile(
          name, of: fit, observations: observations, calibration: calibration, level: level)
        remarks += found.remarks
        profile = found
      }
      parameters.append(
        Parameter(
          name: name, interval: try draws.interval(of: name, level: level), profile: profile,
          leavingOutSizes: parameter.frozen
            ? nil
            : try? jackknife?.influence { theta throws(ScalingLawError) in theta[index] }))
    }
    if draws.unit == .row {
      remarks.append(
        """
        No run is known, so single rows were drawn: if some are of one run, the intervals are too \
        narrow.
        """)
    }
    let frozen = fit.parameters.filter { $0.frozen && !draws.inherited.contains($0.name) }
    if !frozen.isEmpty {
      remarks.append(
        "\(frozen.map(\.name).joined(separator: ", ")) were given, and count as known exactly.")
    }
    if draws.failures > 0 {
      remarks.append("\(draws.failures) of \(draws.draws.count) draws could not be fitted.")
    }
    self.level = level
    self.draws = draws
    self.parameters = parameters
    self.remarks = remarks
  }
}
