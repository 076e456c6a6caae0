import Experiments

extension Report {
  /// How the numbers of the page were made, in plain words.
  func methodsSection() -> Markup {
    section("Methods", id: "methods", .fragment(methods().map(Markup.paragraph)))
  }

  /// A paragraph each on the runs, the losses, and the comparison.
  func methods() -> [String] {
    [runsParagraph, lossesParagraph] + (comparisons.isEmpty ? [] : [comparisonParagraph])
      + (results.fits.isEmpty ? [] : [lawsParagraph])
      + (intervalLevel.map { [intervalsParagraph($0)] } ?? [])
  }

  private var runsParagraph: String {
    let stages = results.stages.map { stage -> String in
      let runs = results.runs(of: stage)
      let sizes = Set(runs.map(\.size)).count
      let origin =
        runs.first?.continuedFrom.map { "from the final weights of the same size in \($0)" }
        ?? "from random weights"
      let ratios = runs.map { Double($0.tokens) / Double(max(1, $0.countedParameters)) }
      return "\(stage) trained \(sizes == 1 ? "one size" : "\(sizes) sizes") \(origin) on "
        + "\(NumberText.range(ratios) { NumberText.trimmed($0, 1) }) tokens for each parameter "
        + "counted"
    }
    return "In this study " + stages.joined(separator: "; ")
      + ". A continued run starts with fresh optimizer state and its own learning-rate schedule. "
      + "Which sequence comes at which step depends on the data mixture and the seed alone, so "
      + "runs of one stage and seed that differ in size see the same text in the same order. The "
      + "tokenizer was trained once and is shared by all."
  }

  private var lossesParagraph: String {
    "Losses are cross-entropies on documents that were held out of training, chosen by a hash of "
      + "each document, the same for all models: nats a token, and bits a byte of the text, which "
      + "do not depend on the tokenizer. The error beside a loss is the standard error of its mean "
      + "over held-out sequences. FLOPs are counted from the graph that was run, a multiplication "
      + "and an addition as two; 6 N D stands beside them where laws are fitted."
  }

  private var comparisonParagraph: String {
    "A saving compares two runs of one size at equal loss: the FLOPs of the continued run against "
      + "those at which the curve from scratch was first at that loss, with log loss taken as "
      + "linear in log FLOPs between evaluations. FLOPs of the source models are not in it: they "
      + "are listed in the accounting. Predicted savings solve the two fitted laws for the tokens "
      + "that give that loss. What was forgotten is the source corpus's loss after continuing less "
      + "its loss before."
  }

  private func intervalsParagraph(_ level: Double) -> String {
    let counts = results.fits.compactMap(\.resampling).map { Double($0.draws) }
    let drawn =
      counts.isEmpty
      ? "No law of this study has enough runs for an interval."
      : "Those of parameters, of optima and of what laws predict lie between percentiles of "
        + "\(NumberText.range(counts) { NumberText.count(Int($0)) }) fits to as many runs drawn with "
        + "replacement, all points of a run together. A law that takes terms from another takes "
        + "them from the same draw, and two laws are compared draw by draw. A law without more runs "
        + "than free parameters has none."
    let seeds =
      comparisons.contains { !$0.seedSpreads(in: results).isEmpty }
      ? " What another seed changes is the standard deviation over seeds." : ""
    return "Brackets hold intervals of \(NumberText.percent(level)). \(drawn) That of a measured "
      + "saving carries the standard errors of the losses through the interpolated curves: the "
      + "quantiles of a normal error shift the continued curve against the other. Both were scored "
      + "on the same text, so it is wider than it need be. None of them covers an error in the form "
      + "of a law, which is what the back-test is for.\(seeds)"
  }

  private var lawsParagraph: String {
    "Each law minimises the sum over its points of Huber's loss of log prediction minus log loss, "
      + "which counts outliers linearly. Frozen terms keep the value that another fit found. A "
      + "back-test fits the lower part of the compute and predicts the rest; leaving out a size "
      + "does the same for each size in turn. Their errors, and not the fit's own, say how well a "
      + "law forecasts."
  }
}
