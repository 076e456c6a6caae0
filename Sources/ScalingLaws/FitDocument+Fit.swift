package import PluginSDK

extension FitDocument {
  /// With more sizes than this, neighbouring ones are left out together.
  private static let mostSizeGroups = 24
  /// With as few groups as this, leaving one out may move the least to another valley, and a search
  /// from the start is cheap.
  private static let fewGroups = 8

  /// Fits a law to measured rows and judges it on rows that it was not fitted to.
  ///
  /// - Parameters:
  ///   - law: The form.
  ///   - reference: Where the form comes from.
  ///   - frozen: Parameters that keep a value.
  ///   - measurements: The rows.
  ///   - data: Where the rows come from.
  ///   - policy: Which rows of diverged runs are left out.
  /// - Throws: ``ScalingLawError`` as `LawFitter.fit`, and `tooFewObservations` where one value of a
  ///   variable leaves parameters open.
  package init(
    of law: any ScalingLaw, _ reference: LawReference, frozen: [String: Double],
    to measurements: Measurements, from data: DataReference,
    leavingOut policy: DivergencePolicy
  ) throws(ScalingLawError) {
    let fitter = try LawFitter(law: law, frozen: frozen)
    var rows = measurements.rows
    guard rows.count + measurements.leftOut.count > 0, !rows.isEmpty else {
      throw ScalingLawError(
        .tooFewObservations, "no row has a finite loss, so there is nothing to fit",
        place: data.file)
    }
    var observations = try Measurements.observations(of: rows, variables: law.variables)
    var fit = try Self.fit(fitter, observations, data)
    let diverged = Self.diverged(rows, predicted: fit.predicted, policy: policy)
    var leftOut = measurements.leftOut + diverged.leftOut.map(\.row)
    if !diverged.leftOut.isEmpty {
      let indices = Set(diverged.leftOut.map(\.index))
      rows = rows.indices.filter { !indices.contains($0) }.map { rows[$0] }
      observations = try Measurements.observations(of: rows, variables: law.variables)
      let evaluations = fit.evaluations
      fit = try Self.fit(fitter, observations, data)
      fit.evaluations += evaluations
    }
    leftOut.sort { $0.line < $1.line }
    var warnings = Self.leavingOutSentences(leftOut)
    warnings += diverged.warnings + measurements.warnings + fit.warnings
    let backTest = Self.backTest(fitter, observations, &warnings)
    let sizes = Self.leavingOutSizes(fitter, observations, fit.theta, &warnings)
    self.init(
      format: Self.currentFormat, law: reference, data: data, variables: law.variables,
      parameters: zip(law.parameters, fit.parameters).map { Parameter($0, $1) },
      objective: fit.objective, threshold: fit.threshold, evaluations: fit.evaluations,
      rows: fit.rows, freeParameters: fit.freeParameters, ranges: fit.ranges,
      unidentified: fit.unidentified, backTest: backTest, leaveOneSizeOut: sizes,
      observations: rows.indices.map { index in
        Row(
          line: rows[index].line, run: rows[index].run, values: rows[index].values,
          loss: rows[index].loss, predicted: fit.predicted[index], residual: fit.residuals[index])
      },
      leftOut: leftOut, warnings: warnings)
  }

  /// A fit whose variables say enough; one that rests on a single value of a variable is refused.
  private static func fit(
    _ fitter: LawFitter, _ observations: Observations, _ data: DataReference
  ) throws(ScalingLawError) -> LawFit {
    let fit: LawFit
    do throws(ScalingLawError) {
      fit = try fitter.fit(observations)
    } catch {
      throw error.code == .tooFewObservations
        ? ScalingLawError(.tooFewObservations, error.message, place: data.file) : error
    }
    let constant = fit.ranges.filter { $0.distinct == 1 }
    guard let range = constant.first, !fit.unidentified.isEmpty else { return fit }
    throw ScalingLawError(
      .tooFewObservations,
      """
      \(range.variable) is \(range.least) in all \(fit.rows) rows, so \
      \(fit.unidentified.joined(separator: ", ")) cannot be told apart: add rows with another \
      \(range.variable), or give all but one of them with --freeze
      """,
      place: data.file)
  }

  private struct Diverged {
    var leftOut: [(index: Int, row: LeftOutRow)] = []
    var warnings: [String] = []
  }

  private static func diverged(
    _ rows: [Measurement], predicted: [Double], policy: DivergencePolicy
  ) -> Diverged {
    let search = Divergence(rows: rows, predicted: predicted)
    let clear = search.clear()
    let all = search.aboveStart().merging(clear) { $1 }
    let leaving: [Int: String] =
      switch policy {
      case .nothing: [:]
      case .clearlyDiverged: clear
      case .diverged: all
      }
    var result = Diverged()
    for (index, reason) in all.sorted(by: { $0.key < $1.key }) {
      let row = rows[index]
      if leaving[index] != nil {
        result.leftOut.append(
          (index, LeftOutRow(line: row.line, run: row.run, loss: row.loss, reason: reason)))
      } else {
        result.warnings.append(
          "Line \(row.line) may come from a run that diverged, and is fitted: \(reason).")
      }
    }
    return result
  }

  /// One sentence for a row, or for all of many.
  private static func leavingOutSentences(_ rows: [LeftOutRow]) -> [String] {
    guard rows.count > 3 else {
      return rows.map { "Line \($0.line) is left out: \($0.reason)." }
    }
    return [
      """
      \(rows.count) rows are left out as diverged, lines \
      \(rows.map { "\($0.line)" }.joined(separator: ", ")).
      """
    ]
  }

  private static func backTest(
    _ fitter: LawFitter, _ observations: Observations, _ warnings: inout [String]
  ) -> BackTest? {
    do throws(ScalingLawError) {
      let test = try fitter.backTest(observations)
      guard test.error.isFinite else {
        warnings.append("In the back-test the law predicts no finite loss for the largest runs.")
        return nil
      }
      return BackTest(
        fittedRows: test.fit.rows, objective: test.fit.objective,
        parameters: values(of: test.fit), error: test.error)
    } catch {
      warnings.append("There is no back-test: \(error.message).")
      return nil
    }
  }

  private static func leavingOutSizes(
    _ fitter: LawFitter, _ observations: Observations, _ theta: [Double],
    _ warnings: inout [String]
  ) -> [LeftOutSize] {
    guard let sizes = observations.columns["N"], Set(sizes).count > 1 else { return [] }
    let groups = observations.neighbours(in: sizes, atMost: mostSizeGroups)
    var results: [LeftOutSize] = []
    do throws(ScalingLawError) {
      for group in groups {
        let members = Set(group)
        let others = observations.selecting(sizes.indices.filter { !members.contains($0) })
        let rest = observations.selecting(group)
        let fit = try fitter.fit(others, warmStart: groups.count <= fewGroups ? nil : theta)
        let error = try fitter.error(of: fit.theta, on: rest)
        guard error.isFinite else { continue }
        let values = group.map { sizes[$0] }
        results.append(
          LeftOutSize(
            least: values.min() ?? 0, greatest: values.max() ?? 0, parameters: Self.values(of: fit),
            error: error))
      }
    } catch {
      warnings.append("Sizes cannot be left out in turn: \(error.message).")
      return []
    }
    return results
  }

  private static func values(of fit: LawFit) -> [String: Double] {
    Dictionary(uniqueKeysWithValues: fit.parameters.map { ($0.name, $0.value) })
  }
}

extension FitDocument.Parameter {
  fileprivate init(_ declared: LawParameter, _ fitted: FittedParameter) {
    let (lower, upper) = (declared.bounds.lowerBound, declared.bounds.upperBound)
    self.init(
      name: declared.name, value: fitted.value, role: declared.role.name, unit: declared.unit,
      lower: lower.isFinite ? lower : nil, upper: upper.isFinite ? upper : nil,
      frozen: fitted.frozen, atBound: fitted.atBound)
  }
}

extension LawRole {
  /// The role as people read it.
  fileprivate var name: String {
    switch self {
    case .coefficient: "coefficient"
    case .exponent: "exponent"
    case .shape: "shape"
    }
  }
}

extension HeldOutError {
  /// Whether every number can be written down.
  fileprivate var isFinite: Bool {
    meanPercentError.isFinite && rootMeanSquare.isFinite && bias.isFinite
  }
}

extension Observations {
  /// The rows grouped by a value; where there are more values than groups, neighbouring ones share a
  /// group, of about as many rows each.
  fileprivate func neighbours(in values: [Double], atMost limit: Int) -> [[Int]] {
    let rows = Dictionary(grouping: values.indices) { values[$0] }
    let distinct = rows.keys.sorted()
    guard distinct.count > limit else { return distinct.compactMap { rows[$0] } }
    var groups: [[Int]] = []
    var taken = 0
    for value in distinct {
      // The group that the middle of this value's rows falls into.
      let own = rows[value] ?? []
      let group = limit * (2 * taken + own.count) / (2 * values.count)
      if group >= groups.count { groups.append(own) } else { groups[groups.count - 1] += own }
      taken += own.count
    }
    return groups
  }
}
