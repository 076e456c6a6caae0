import Experiments
import PluginSDK

extension Report {
  /// The final table.
  func resultsSection() -> Markup {
    guard !comparisons.isEmpty else {
      return section("Results", id: "results", runsTable().markup)
    }
    return section("Results", id: "results", .fragment(comparisons.map(resultMarkup)))
  }

  private func resultMarkup(_ comparison: Comparison) -> Markup {
    [
      savingsTable(comparison).markup,
      .notes(savingRemarks(comparison)),
      seedTable(comparison)?.markup ?? [],
      .note(
        "± behind a single loss is one standard error. FLOPs are exact, for the run alone. Saved: "
          + "(scratch − continued) / scratch at equal loss, measured by interpolation of the curves "
          + "and predicted by the two fitted laws."
          + (intervalLevel.map { " Brackets hold \(NumberText.percent($0)) intervals." } ?? "")),
      runsTable(comparison).markup,
      sourceTable(comparison)?.markup ?? [],
    ]
  }

  /// What was saved, a row for each continued run beside one from scratch.
  func savingsTable(_ comparison: Comparison) -> DataTable {
    DataTable(
      caption: "FLOPs that \(comparison.continuedStage) saved at equal \(comparison.target) loss",
      columns: [
        .words("size"), .phrases("measured"), .numbers("by the laws"),
        .numbers("loss compared at, nats a token"),
      ],
      rows: comparison.rows(in: results).map { row in
        [
          .init(row.label),
          .init(measuredText(row.saving), detail: row.saving?.measured.map { "\($0)" }),
          .init(predictedText(row.saving), detail: row.saving?.predicted.map { "\($0)" }),
          .init(
            row.saving.map { NumberText.fixed($0.loss, 3) } ?? "",
            detail: row.saving.map { "\($0.loss)" }),
        ]
      })
  }

  /// The runs of a comparison with their last loss on the target, two rows a size.
  private func runsTable(_ comparison: Comparison) -> DataTable {
    DataTable(
      caption: "Held-out \(comparison.target) loss of every run",
      columns: runColumns,
      rows: comparison.rows(in: results).flatMap { row in
        [row.scratch, row.continued].compactMap { run in
          run.map { runCells($0, on: comparison.target) }
        }
      })
  }

  /// Both in one, for the terminal: two rows a size, from scratch and continued.
  func targetTable(_ comparison: Comparison) -> DataTable {
    let rows = comparison.rows(in: results).flatMap { row in
      [row.scratch, row.continued].compactMap { run in
        run.map { run in
          runCells(run, on: comparison.target)
            + (run.stage == comparison.continuedStage
              ? [
                .init(measuredText(row.saving), detail: row.saving?.measured.map { "\($0)" }),
                .init(predictedText(row.saving), detail: row.saving?.predicted.map { "\($0)" }),
              ] : ["", ""])
        }
      }
    }
    return DataTable(
      caption: "Held-out \(comparison.target) loss, and what continuing saved",
      columns: runColumns + [.phrases("FLOPs saved at equal loss"), .numbers("by the laws")],
      rows: rows)
  }

  /// Before and after, a row a size; nil if there is no source corpus.
  func sourceTable(_ comparison: Comparison) -> DataTable? {
    guard let source = comparison.source else { return nil }
    let rows = comparison.rows(in: results).map { row -> [DataTable.Cell] in
      [
        .init(row.label), evaluationCell(row.sourceBefore), evaluationCell(row.sourceAfter),
        .init(changeText(row)),
        .init(row.sourceBefore.map(bitsText) ?? "not measured"),
        .init(row.sourceAfter.map(bitsText) ?? "not measured"),
      ]
    }
    return DataTable(
      caption: "Held-out \(source) loss before and after \(comparison.continuedStage)",
      columns: [
        .words("size"), .numbers("before, nats a token"), .numbers("after, nats a token"),
        .numbers("change"), .numbers("before, bits a byte"), .numbers("after, bits a byte"),
      ], rows: rows)
  }

  /// Every run with the loss on its main corpus.
  func runsTable() -> DataTable {
    DataTable(
      caption: "Held-out loss of every run on the corpus it learns",
      columns: runColumns + [.words("corpus")],
      rows: results.runs.map { run in
        runCells(run, on: run.mainCorpus() ?? "") + [.init(run.mainCorpus() ?? "none")]
      })
  }

  private var runColumns: [DataTable.Column] {
    var columns: [DataTable.Column] = [.words("size"), .words("stage")]
    if isSwept { columns.append(.words("variant")) }
    columns += [
      .numbers("N, counted"), .numbers("N, total"), .numbers("tokens"), .numbers("FLOPs"),
      .numbers("loss, nats a token"), .numbers("bits a byte"),
    ]
    return columns
  }

  /// Whether values of a sweep tell runs apart.
  private var isSwept: Bool { results.runs.contains { $0.variant != nil } }

  private func runCells(_ run: RunRecord, on corpus: String) -> [DataTable.Cell] {
    let evaluation = run.lastEvaluation(on: corpus)
    var cells: [DataTable.Cell] = [.init(run.size), .init(run.stage)]
    if isSwept { cells.append(.init(run.variant ?? "")) }
    cells += [
      .init(NumberText.count(run.countedParameters)),
      .init(NumberText.count(run.parameters.total)), .init(NumberText.count(run.tokens)),
      .init(NumberText.power(run.exactFLOPs, 2), detail: "\(run.exactFLOPs)"),
      evaluationCell(evaluation),
      .init(
        evaluation.map(bitsText) ?? "not measured",
        detail: evaluation.map { "\($0.bitsPerByte)" }),
    ]
    return cells
  }

  private func evaluationCell(_ evaluation: EvaluationRecord?) -> DataTable.Cell {
    guard let evaluation else { return "not measured" }
    return .init(
      lossText(evaluation),
      detail: "\(evaluation.loss), over \(NumberText.count(evaluation.evaluatedTokens)) tokens")
  }

  /// What was saved by the measured curves, in plain words where it is nothing.
  func measuredText(_ saving: SavingsRecord?) -> String {
    guard let measured = saving?.measured else { return "not measured" }
    guard measured > 0 else {
      let digits = NumberText.percentDigits(measured)
      return "none: scratch was better"
        + NumberText.ends(saving?.measuredInterval) { NumberText.fixed(100 * $0, digits) }
    }
    return NumberText.percent(measured, saving?.measuredInterval)
  }

  /// What the two laws say is saved; negative where continuing costs more.
  func predictedText(_ saving: SavingsRecord?) -> String {
    saving?.predicted.map { NumberText.percent($0, saving?.predictedInterval) } ?? "no fit"
  }

  /// The change of the source corpus's loss.
  func changeText(_ row: Comparison.Row) -> String {
    guard let before = row.sourceBefore, let after = row.sourceAfter else { return "not measured" }
    return NumberText.signed(after.loss - before.loss, 3)
  }

  /// What there is to know about single savings, and what continuing cost where it saved nothing.
  func savingRemarks(_ comparison: Comparison) -> [String] {
    comparison.rows(in: results).flatMap { row -> [String] in
      guard let saving = row.saving else { return [] }
      var remarks: [String] = []
      if let measured = saving.measured, measured < 0 {
        remarks.append(
          "\(row.label): to reach the same loss, \(comparison.continuedStage) needed "
            + "\(NumberText.percent(-measured)) more FLOPs.")
      }
      if saving.isContradicted, let measured = saving.measured, let predicted = saving.predicted {
        remarks.append(
          "\(row.label): the laws contradict what was measured, "
            + "\(NumberText.percent(predicted, saving.predictedInterval)) against "
            + "\(NumberText.percent(measured, saving.measuredInterval)): the intervals hold no value "
            + "in common.")
      }
      if let remark = saving.remark { remarks.append("\(row.label): \(remark)") }
      return remarks
    }
  }
}
