import Experiments

/// Continued stages that differ in how much of the source corpus they replay.
struct ReplayStudy: Sendable {
  var target: String
  var source: String
  /// One for each amount of replay.
  var comparisons: [Comparison]

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
    var studies: [ReplayStudy] = []
    for comparison in comparisons {
      guard let source = comparison.source else { continue }
      let index = studies.firstIndex {
        $0.target == comparison.target && $0.source == source
          && $0.comparisons[0].sourceStage == comparison.sourceStage
      }
      if let index {
        studies[index].comparisons.append(comparison)
      } else {
        studies.append(
          ReplayStudy(target: comparison.target, source: source, comparisons: [comparison]))
      }
    }
    return studies.filter { study in
      Set(outcomes(of: study).map { ($0.share * 1000).rounded() }).count > 1
    }
  }

  /// By size as the ladder has them, then by ascending replay.
  func outcomes(of study: ReplayStudy) -> [ReplayStudy.Outcome] {
    let rows = study.comparisons.flatMap { $0.rows(in: results) }
    var sizes: [String] = []
    for row in rows where !sizes.contains(row.size) { sizes.append(row.size) }
    // A continued run has a row for each run from scratch that it is compared with.
    var seen: Set<String> = []
    return sizes.flatMap { size in
      rows.filter { $0.size == size }.compactMap { row -> ReplayStudy.Outcome? in
        guard let run = row.continued, seen.insert(run.name).inserted,
          let before = row.sourceBefore, let after = row.sourceAfter,
          let target = run.lastEvaluation(on: study.target)
        else { return nil }
        return ReplayStudy.Outcome(
          size: size, share: run.share(of: study.source), run: run, target: target,
          sourceBefore: before, sourceAfter: after)
      }.sorted { $0.share < $1.share }
    }
  }

  private func replayMarkup(_ index: Int, _ study: ReplayStudy) -> Markup {
    let outcomes = outcomes(of: study)
    var sizes: [String] = []
    for outcome in outcomes where !sizes.contains(outcome.size) { sizes.append(outcome.size) }
    let panels = sizes.enumerated().map { place, size in
      Figure(
        id: "replay-\(index)-\(place)", title: "Loss under replay at size \(size)",
        caption: "A line for each part of \(study.source) in the data.",
        plots: replayPlots(study, outcomes.filter { $0.size == size })
      ).multiples
    }
    return [
      Figure(
        id: "trade-\(index)", title: "What is learnt against what is forgotten",
        caption: "A line for each size, a mark for each amount of replay. Lower is better on both "
          + "axes; the horizontal axis is the loss at the end.",
        plots: [tradePlot(study, outcomes)]
      ).single,
      outcomeTable(study, outcomes).markup, boundTable(study, outcomes, sizes).markup,
      .fragment(panels),
    ]
  }

  /// The trade-off, a line for each size.
  func tradePlot(_ study: ReplayStudy, _ outcomes: [ReplayStudy.Outcome]) -> Plot {
    var sizes: [String] = []
    for outcome in outcomes where !sizes.contains(outcome.size) { sizes.append(outcome.size) }
    return Plot(
      title: "What is learnt against what is forgotten",
      summary: "The rise of the \(study.source) loss against the final \(study.target) loss, both "
        + "in bits a byte, a line for each size through the amounts of replay.",
      x: Plot.Axis(
        label: "\(study.target) loss (bits a byte)", kind: .linear,
        format: { NumberText.trimmed($0, 3) }),
      y: Plot.Axis(
        label: "rise of \(study.source) loss (bits a byte)", kind: .linear,
        format: { NumberText.trimmed($0, 3) }),
      series: sizes.enumerated().map { index, size in
        Plot.Series(
          name: size, colour: index % 8, line: .solid, mark: Mark.at(index), isHollow: false,
          points: outcomes.filter { $0.size == size }.map { outcome in
            Plot.Point(
              x: outcome.target.bitsPerByte, y: outcome.forgotten,
              title: "\(size), \(NumberText.percent(outcome.share)) \(study.source): "
                + "\(study.target) \(bitsText(outcome.target)), \(study.source) "
                + "\(NumberText.signed(outcome.forgotten, 3)) bits a byte")
          }, label: size)
      })
  }

  /// Both corpora against all FLOPs and against those of their own language.
  func replayPlots(_ study: ReplayStudy, _ outcomes: [ReplayStudy.Outcome]) -> [Plot] {
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
          series: outcomes.enumerated().map { index, outcome in
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

  private func outcomeTable(
    _ study: ReplayStudy, _ outcomes: [ReplayStudy.Outcome]
  ) -> DataTable {
    DataTable(
      caption: "Replay of \(study.source): both corpora after the last step",
      columns: [
        .words("run"), .numbers("\(study.source) in the data"),
        .numbers("\(study.target), bits a byte"), .numbers("\(study.source) before, bits a byte"),
        .numbers("after"), .numbers("change"),
      ],
      rows: outcomes.map { outcome in
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

  private func boundTable(
    _ study: ReplayStudy, _ outcomes: [ReplayStudy.Outcome], _ sizes: [String]
  ) -> DataTable {
    DataTable(
      caption: "The least measured replay under which \(study.source) rises by no more than",
      columns: [.words("size")]
        + Self.forgettingBounds.map { .numbers("\(NumberText.trimmed($0, 2)) bits a byte") },
      rows: sizes.map { size in
        [.init(size)]
          + Self.forgettingBounds.map { bound in
            let enough = outcomes.first { $0.size == size && $0.forgotten <= bound }
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
