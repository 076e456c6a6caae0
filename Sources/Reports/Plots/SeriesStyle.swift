import Experiments

/// How the runs of a stage, and of a sweep of one of its variants, are drawn: the same in every plot.
struct SeriesStyle: Hashable, Sendable {
  /// What the legend says.
  var name: String
  var colour: Int
  var mark: Mark
  var dash: Int
}

extension Report {
  func style(of run: RunRecord) -> SeriesStyle {
    style(of: run.stage, variant: run.variant.flatMap(withoutSeed))
  }

  func style(of fit: FitRecord) -> SeriesStyle { style(of: fit.stage, variant: fit.variant) }

  /// The style of a stage; without a variant, that of its first.
  ///
  /// Seeds of one variant look alike. Stages and variants differ in colour and mark together, and the
  /// variants of a stage in their dashes as well.
  func style(of stage: String, variant: String? = nil) -> SeriesStyle {
    var order = comparisons.flatMap { [$0.scratchStage, $0.continuedStage].compactMap { $0 } }
    order += comparisons.map(\.sourceStage) + results.stages
    let all = order.distinct.flatMap { stage in
      let variants = results.runs(of: stage).map { $0.variant.flatMap(withoutSeed) }.distinct
      return (variants.isEmpty ? [nil] : variants).enumerated().map { (stage, $1, $0) }
    }
    let place =
      all.firstIndex { $0.0 == stage && $0.1 == variant } ?? all.firstIndex { $0.0 == stage } ?? 0
    let found = all.indices.contains(place) ? all[place] : (stage, nil, 0)
    return SeriesStyle(
      name: [found.0, found.1].compactMap { $0 }.joined(separator: " "), colour: place % 8,
      mark: Mark.at(place), dash: found.2 % Plot.Series.dashes)
  }
}
