import Experiments

extension Report {
  /// Tokens planned and realised, FLOPs counted both ways, cost with and without the source models.
  func accountingSection() -> Markup {
    section(
      "Accounting", id: "accounting", flopsTable().markup, sourceCountTable().markup,
      costTable()?.markup ?? [])
  }

  private func flopsTable() -> DataTable {
    DataTable(
      caption: "Compute of every run",
      columns: [
        .words("run"), .numbers("steps"), .numbers("tokens"), .numbers("exact FLOPs"),
        .numbers("6 N D"), .numbers("exact / 6 N D"), .numbers("time"),
        .numbers("tokens a second"),
      ],
      rows: results.runs.map { run in
        [
          .init(run.name, detail: run.id), .init(NumberText.count(run.steps)),
          .init(NumberText.count(run.tokens)),
          .init(NumberText.power(run.exactFLOPs, 2), detail: "\(run.exactFLOPs)"),
          .init(NumberText.power(run.approximateFLOPs, 2), detail: "\(run.approximateFLOPs)"),
          .init(
            run.approximateFLOPs > 0
              ? NumberText.fixed(run.exactFLOPs / run.approximateFLOPs, 2) : "none"),
          .init(NumberText.duration(seconds: run.seconds)),
          .init(NumberText.short(run.tokensPerSecond.rounded())),
        ]
      })
  }

  private func sourceCountTable() -> DataTable {
    DataTable(
      caption: "Tokens of every run, by corpus",
      columns: [
        .words("run"), .words("corpus"), .numbers("planned"), .numbers("realised"),
        .numbers("epochs"),
      ],
      rows: results.runs.flatMap { run in
        run.sources.map { source in
          [
            .init(run.name), .init(source.corpus),
            .init(NumberText.count(source.plannedTokens)),
            .init(NumberText.count(source.realisedTokens)),
            .init(NumberText.fixed(source.epochs, 2), detail: "\(source.epochs)"),
          ]
        }
      })
  }

  private func costTable() -> DataTable? {
    let continued = results.runs.filter { $0.continuedFrom != nil }
    guard !continued.isEmpty else { return nil }
    return DataTable(
      caption: "Cost of continuing, with and without the source model's training (exact FLOPs)",
      columns: [
        .words("run"), .words("source"), .numbers("without the source"),
        .numbers("with the source"), .numbers("from scratch, same size"),
      ],
      rows: continued.map { run in
        let cost = costWithSource(run)
        let scratch = comparisons.first { $0.continuedStage == run.stage }?.scratchStage
        let twin = results.runs.first {
          $0.stage == scratch && $0.size == run.size && $0.sharesVariant(with: run)
        }
        return [
          .init(run.name), .init(run.continuedFrom ?? ""),
          .init(NumberText.power(run.exactFLOPs, 2), detail: "\(run.exactFLOPs)"),
          .init(
            cost.map { NumberText.power($0, 2) } ?? "not known", detail: cost.map { "\($0)" }),
          .init(
            twin.map { NumberText.power($0.exactFLOPs, 2) } ?? "none",
            detail: twin.map { "\($0.exactFLOPs)" }),
        ]
      })
  }

  /// The FLOPs of a run and of all the runs that its weights came through.
  func costWithSource(_ run: RunRecord) -> Double? {
    var cost = run.exactFLOPs
    var current = run
    var seen: Set<String> = [run.id]
    while let id = current.sourceRun {
      guard seen.insert(id).inserted, let source = results.runs.first(where: { $0.id == id }) else {
        return nil
      }
      cost += source.exactFLOPs
      current = source
    }
    return current.continuedFrom == nil ? cost : nil
  }
}
