import Experiments

extension Report {
  /// What each run spent its time on, and how near it came to what the machine can do.
  func timeSection() -> Markup {
    let timed = timedRuns()
    guard !timed.isEmpty else { return [] }
    return section(
      "Where the time went", id: "time",
      Figure(
        id: "time-use", title: "Parts of the time of each run",
        caption: "Forward, backward and update are the engine's work on training steps; data is "
          + "drawing their batches. The table has the numbers.", plots: []
      ).bars(timeBars(timed)),
      timeTable(timed).markup,
      .note(
        "Share of peak: the exact FLOPs of the run over the seconds of its updates, over the "
          + "float32 operations a second that as many threads reached in a loop of nothing but "
          + "multiplications and additions in registers. Runs that trained side by side had part of "
          + "the threads each, so that their times add up to more than passed. Run again, a study "
          + "takes other times to come to the same losses."),
      .notes(peakRemarks(timed)))
  }

  /// The runs that say how fast they were.
  private func timedRuns() -> [(run: RunRecord, speed: SpeedRecord)] {
    results.runs.compactMap { run in run.speed.map { (run, $0) } }
  }

  private func timeBars(_ timed: [(run: RunRecord, speed: SpeedRecord)]) -> StackedBars {
    StackedBars(
      summary: "A bar for each run, divided among "
        + NumberText.list(SpeedRecord.Part.allCases.map(\.rawValue)) + ".",
      parts: SpeedRecord.Part.allCases.map(\.rawValue),
      bars: timed.map { run, speed in
        let name = run.name
        let amounts = SpeedRecord.Part.allCases.map { max(0, speed.secondsByPart[$0] ?? 0) }
        return StackedBars.Bar(
          label: name, amounts: amounts,
          titles: zip(SpeedRecord.Part.allCases, amounts).map { part, seconds in
            "\(name), \(part.rawValue): \(shareText(seconds, of: amounts.reduce(0, +))), "
              + NumberText.duration(seconds: seconds)
          })
      })
  }

  /// A row a run, and one for all of them.
  func timeTable(_ timed: [(run: RunRecord, speed: SpeedRecord)]) -> DataTable {
    var total: [SpeedRecord.Part: Double] = [:]
    for (_, speed) in timed { total.merge(speed.secondsByPart, uniquingKeysWith: +) }
    let rows = timed.map { run, speed in
      [
        .init(run.name, detail: run.id),
        .init(
          speed.threads.map { NumberText.fixed($0, 1) } ?? "all",
          detail: speed.threads.map { "\($0)" }),
        .init(NumberText.short(run.tokensPerSecond.rounded()), detail: "\(run.tokensPerSecond)"),
        .init(
          speed.shareOfPeak.map(NumberText.percent) ?? "not known",
          detail: speed.shareOfPeak.map { "\($0)" }),
      ] + partCells(speed.secondsByPart)
    }
    return DataTable(
      caption: "Where the time of every run went",
      columns: [
        .words("run"), .numbers("threads"), .numbers("tokens a second"),
        .numbers("share of peak"), .numbers("time"),
      ] + SpeedRecord.Part.allCases.map { .numbers($0.rawValue) },
      rows: rows + [["all runs", "", "", ""] + partCells(total)])
  }

  private func partCells(_ seconds: [SpeedRecord.Part: Double]) -> [DataTable.Cell] {
    let total = SpeedRecord.Part.allCases.reduce(0) { $0 + (seconds[$1] ?? 0) }
    return [.init(NumberText.duration(seconds: total), detail: "\(total) s")]
      + SpeedRecord.Part.allCases.map { part in
        let seconds = seconds[part] ?? 0
        return .init(shareText(seconds, of: total), detail: "\(seconds) s")
      }
  }

  private func shareText(_ seconds: Double, of total: Double) -> String {
    total > 0 ? NumberText.percent(seconds / total) : "none"
  }

  /// What the machine could do at most, once for each engine and peak.
  private func peakRemarks(_ timed: [(run: RunRecord, speed: SpeedRecord)]) -> [String] {
    var seen: Set<String> = []
    return timed.map { _, speed in
      guard let peak = speed.peakFLOPsPerSecond else { return "\(speed.engine): peak not known." }
      let part = peak / (speed.threads ?? 1)
      return "\(speed.engine): \(NumberText.fixed(part / 1e9, 1)) GFLOP/s at most"
        + (speed.threads == nil ? "." : " on each.")
    }.filter { seen.insert($0).inserted }
  }
}
