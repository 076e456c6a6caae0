import Experiments

/// Continued models that differ in how much of the source corpus they replay.
struct ReplayStudy: Sendable {
  var target: String
  var source: String
  /// By size as the ladder has them, then by ascending replay.
  var outcomes: [Outcome]

  /// The sizes, as the ladder has them.
  var sizes: [String] { outcomes.map(\.size).distinct }

  /// One model continued with one amount of replay.
  struct Outcome: Sendable {
    var size: String
    /// The part of the tokens that came from the source corpus, as realised.
    var share: Double
    var run: RunRecord
    /// On the target corpus after the last step.
    var target: EvaluationRecord
    var sourceBefore: EvaluationRecord
    var sourceAfter: EvaluationRecord

    /// The rise of the source corpus's loss, bits a byte; below 0 where it fell.
    var forgotten: Double { sourceAfter.bitsPerByte - sourceBefore.bitsPerByte }
  }
}

extension Report {
  /// How replay of the source corpus trades what is forgotten against what is learnt.
  func replaySection() -> Markup {
    let studies = replayStudies()
    guard !studies.isEmpty else { return [] }
    return section(
      "Replay", id: "replay",
      .note(
        "FLOPs of one language are the run's FLOPs times the part of its tokens in that language. "
          + "At equal FLOPs in the target language, replay has cost its own FLOPs on top."),
      .fragment(studies.enumerated().map(replayMarkup)))
  }

  /// The groups of continued stages with one source and one target, each with two amounts or more.
  func replayStudies() -> [ReplayStudy] {
    let groups = comparisons.grouped { [$0.sourceStage, $0.source, $0.target] }
    return groups.compactMap { group in
      guard let first = group.first, let source = first.source else { return nil }
      let outcomes = outcomes(of: group, target: first.target, source: source)
      guard Set(outcomes.map { ($0.share * 1000).rounded() }).count > 1 else { return nil }
      return ReplayStudy(target: first.target, source: source, outcomes: outcomes)
    }
  }

  private func outcomes(
    of comparisons: [Comparison], target: String, source: String
  ) -> [ReplayStudy.Outcome] {
    let rows = comparisons.flatMap { $0.rows(in: results) }
    // A continued run has a row for each run from scratch that it is compared with.
    var seen: Set<String> = []
    return rows.map(\.size).distinct.flatMap { size in
      rows.filter { $0.size == size }.compactMap { row -> ReplayStudy.Outcome? in
        guard let run = row.continued, seen.insert(run.name).inserted,
          let before = row.sourceBefore, let after = row.sourceAfter,
          let end = run.lastEvaluation(on: target)
        else { return nil }
        return ReplayStudy.Outcome(
          size: size, share: run.share(of: source), run: run, target: end,
          sourceBefore: before, sourceAfter: after)
      }.sorted { $0.share < $1.share }
    }
  }

  private func replayMarkup(_ index: Int, _ study: ReplayStudy) -> Markup {
    let panels = study.sizes.enumerated().map { place, size in
      Figure(
        id: "replay-\(index)-\(place)", title: "Loss under replay at size \(size)",
        caption: "A line for each part of \(study.source) in the data.",
        plots: replayPlots(study, at: size)
      ).multiples
    }
    return [
      Figure(
        id: "trade-\(index)", title: "What is learnt against what is forgotten",
        caption: "A line for each size, a mark for each amount of replay. Lower is better on both "
          + "axes; the horizontal axis is the loss at the end.",
        plots: [tradePlot(study)]
      ).single,
      outcomeTable(study).markup, boundTable(study).markup,
      .fragment(panels),
    ]
  }

  /// The trade-off, a line for each size.
  func tradePlot(_ study: ReplayStudy) -> Plot {
    Plot(
      title: "What is learnt against what is forgotten",
      summary: "The rise of the \(study.source) loss against the final \(study.target) loss, both "
        + "in bits a byte, a line for each size through the amounts of replay.",
      x: Plot.Axis(
        label: "\(study.target) loss (bits a byte)", kind: .linear,
        format: { NumberText.trimmed($0, 3) }),
      y: Plot.Axis(
        label: "rise of \(study.source) loss (bits a byte)", kind: .linear,
        format: { NumberText.trimmed($0, 3) }),
      series: study.sizes.enumerated().map { index, size in
        Plot.Series(
          name: size, colour: index % 8, line: .solid, mark: Mark.at(index), isHollow: false,
          points: study.outcomes.filter { $0.size == size }.map { outcome in
            Plot.Point(
              x: outcome.target.bitsPerByte, y: outcome.forgotten,
              title: "\(size), \(NumberText.percent(outcome.share)) \(study.source): "
                + "\(study.target) \(bitsText(outcome.target)), \(study.source) "
                + "\(NumberText.signed(outcome.forgotten, 3)) bits a byte")
          }, label: size)
      })
  }

  /// Both corpora against all FLOPs and against those of their own language.
  func replayPlots(_ study: ReplayStudy, at size: String) -> [Plot] {
    [(study.target, false), (study.target, true), (study.source, false), (study.source, true)]
      .map { corpus, isSpecific in
        let compute = isSpecific ? "FLOPs in \(corpus)" : "all FLOPs"
        return Plot(
          title: "\(corpus), \(compute)",
          summary:
            "\(corpus) loss in nats a token against \(compute), logarithmic, a line for each "
            + "amount of replay.",
          x: Plot.Axis(
            label: "\(compute) (log scale)", kind: .logarithmic,
            format: { NumberText.power($0, 0) }),
          y: Plot.Axis(
            label: "\(corpus) loss (nats a token)", kind: .linear,
            format: { NumberText.trimmed($0, 3) }),
          series: study.outcomes.filter { $0.size == size }.enumerated().map { index, outcome in
            let share = isSpecific ? outcome.run.share(of: corpus) : 1
            return Plot.Series(
              name: "\(NumberText.percent(outcome.share)) \(study.source)", colour: index % 8,
              line: .solid, mark: Mark.at(index), isHollow: false,
              points: outcome.run.evaluations(on: corpus)
                .filter { $0.step > 0 && share > 0 }.map { evaluation in
                  Plot.Point(
                    x: evaluation.exactFLOPs * share, y: evaluation.loss,
                    title: "\(outcome.run.name), "
                      + "\(NumberText.count(evaluation.tokens)) tokens: \(lossText(evaluation)) "
                      + "nats a token")
                })
          })
      }
  }

  private func outcomeTable(_ study: ReplayStudy) -> DataTable {
    DataTable(
      caption: "Replay of \(study.source): both corpora after the last step",
      columns: [
        .words("run"), .numbers("\(study.source) in the data"),
        .numbers("\(study.target), bits a byte"), .numbers("\(study.source) before, bits a byte"),
        .numbers("after"), .numbers("change"),
      ],
      rows: study.outcomes.map { outcome in
        [
          .init(outcome.run.name),
          .init(NumberText.percent(outcome.share), detail: "\(outcome.share)"),
          .init(bitsText(outcome.target)), .init(bitsText(outcome.sourceBefore)),
          .init(bitsText(outcome.sourceAfter)),
          .init(NumberText.signed(outcome.forgotten, 3), detail: "\(outcome.forgotten)"),
        ]
      })
  }

  /// The rises of the source corpus's loss that are asked about, bits a byte.
  private static let forgettingBounds = [0, 0.01, 0.03, 0.1]

  private func boundTable(_ study: ReplayStudy) -> DataTable {
    DataTable(
      caption: "The least measured replay under which \(study.source) rises by no more than",
      columns: [.words("size")]
        + Self.forgettingBounds.map { .numbers("\(NumberText.trimmed($0, 2)) bits a byte") },
      rows: study.sizes.map { size in
        [.init(size)]
          + Self.forgettingBounds.map { bound in
            let enough = study.outcomes.first { $0.size == size && $0.forgotten <= bound }
            return .init(enough.map { NumberText.percent($0.share) } ?? "none of them")
          }
      })
  }
}

extension RunRecord {
  /// The part of its tokens that came from a corpus, as realised.
  func share(of corpus: String) -> Double {
    let all = sources.reduce(0) { $0 + $1.realisedTokens }
    let own = sources.first { $0.corpus == corpus }?.realisedTokens ?? 0
    return all > 0 ? Double(own) / Double(all) : 0
  }
}
