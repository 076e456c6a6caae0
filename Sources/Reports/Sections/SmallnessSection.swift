import Experiments

extension Report {
  /// How small the study is and what its error bars do and do not cover.
  func smallnessSection() -> Markup {
    let evaluations = results.runs.flatMap(\.evaluations)
    let corpora = results.corpora.map(\.name)
    let rows = corpora.map { corpus -> [DataTable.Cell] in
      let scored = evaluations.filter { $0.corpus == corpus }
      return [
        .init(corpus),
        .init(
          NumberText.range(scored.map { Double($0.evaluatedTokens) }) { text in
            NumberText.count(Int(text))
          }),
        .init(NumberText.range(scored.map(\.standardError)) { NumberText.fixed($0, 4) }),
      ]
    }
    let tokens = results.runs.map { Double($0.tokens) }
    let flops = results.runs.reduce(0) { $0 + $1.exactFLOPs }
    let seedCount = Set(results.runs.flatMap { $0.variants ?? [] }.compactMap(seed)).count
    let seeds = seedCount > 1 ? "\(seedCount) seeds" : "one seed (\(results.seed))"
    return section(
      "How small this is", id: "small",
      .paragraph(
        "\(results.runs.count) runs of \(NumberText.range(tokens, NumberText.short)) training "
          + "tokens each, \(NumberText.power(flops, 2)) FLOPs in all, \(seeds). The standard error "
          + "beside a loss says how much it would vary with other held-out text of the same kind. It "
          + "says nothing of another seed, another order of the data or a better learning rate, which "
          + "at these sizes can move a loss by more."),
      rows.isEmpty
        ? []
        : DataTable(
          caption: "What losses were measured on",
          columns: [
            .words("corpus"), .numbers("scored tokens an evaluation"),
            .numbers("standard error, nats a token"),
          ], rows: rows
        ).markup)
  }

  /// The seed that a variant names, as in `seed=1`.
  private func seed(_ variant: String) -> Substring? {
    variant.split(separator: ",").first { $0.hasPrefix("seed=") }
  }
}
