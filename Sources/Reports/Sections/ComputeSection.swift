import Experiments

extension Report {
  /// Loss against compute: every run, the best of them, and the fitted frontiers.
  func computeSection() -> Markup {
    let figures = computePlots().enumerated().map { index, plot in
      Figure(
        id: "compute-\(index)", title: plot.title,
        caption: "Labels are the sizes of the ladder. The broad line joins the points that no "
          + "cheaper one undercuts. A band is the interval of a fitted frontier.", plots: [plot]
      ).single
    }
    return section(
      "Loss against compute", id: "compute", .note(computeNote),
      figures.isEmpty ? [] : .plotKeys, .fragment(figures))
  }

  /// A plot for each corpus that a stage is there to learn, with the runs of all such stages.
  func computePlots() -> [Plot] {
    computeGroups().map { corpus, stages in
      var series: [Plot.Series] = []
      for (index, stage) in stages.enumerated() {
        let runs = results.runs(of: stage)
        series.append(
          envelope(of: runs, stage: stage, on: corpus, colour: style(of: stage).colour))
        var labelled: Set<String> = []
        series += runs.map { run in
          var one = runSeries(run, on: corpus)
          // Where stages or variants share their sizes, one label names all.
          if index == 0, labelled.insert(run.size).inserted { one.label = run.size }
          return one
        }
        series += frontiers(of: stage, on: corpus)
      }
      return Plot(
        title: "Held-out \(corpus) loss of every run",
        summary: "Loss in nats a token against training compute 6 N D, both logarithmic, for the "
          + "stages \(NumberText.list(stages)), with the best measured and the fitted frontiers.",
        x: Plot.Axis(
          label: "training compute C = 6 N D (FLOPs, log scale)", kind: .logarithmic,
          format: { NumberText.power($0, 0) }),
        y: Plot.Axis(
          label: "\(corpus) loss (nats a token, log scale)", kind: .logarithmic,
          format: { NumberText.trimmed($0, 3) },
          values: series.filter { $0.mark != nil }.flatMap(\.points).map(\.y)),
        series: series)
    }
  }

  /// The corpora that stages learn, each with its stages: the targets first.
  func computeGroups() -> [(corpus: String, stages: [String])] {
    var groups: [(corpus: String, stages: [String])] = []
    let targets = comparisons.flatMap { comparison in
      [comparison.scratchStage, comparison.continuedStage].compactMap { $0 }
        .map { (comparison.target, $0) }
    }
    let others = results.stages.compactMap { stage in
      results.runs(of: stage).first?.mainCorpus().map { ($0, stage) }
    }
    for (corpus, stage) in targets + others {
      if let index = groups.firstIndex(where: { $0.corpus == corpus }) {
        if !groups[index].stages.contains(stage) { groups[index].stages.append(stage) }
      } else if !groups.contains(where: { $0.stages.contains(stage) }) {
        groups.append((corpus, [stage]))
      }
    }
    return groups
  }

  private func runSeries(_ run: RunRecord, on corpus: String) -> Plot.Series {
    let style = style(of: run)
    let points = run.evaluations(on: corpus).filter { $0.tokens > 0 }.map { evaluation in
      Plot.Point(
        x: run.approximateFLOPs(at: evaluation.tokens), y: evaluation.loss,
        title: "\(run.name), \(NumberText.count(evaluation.tokens)) tokens: "
          + "\(lossText(evaluation)) nats a token, "
          + "\(NumberText.power(evaluation.exactFLOPs, 2)) exact FLOPs")
    }
    return Plot.Series(
      name: style.name, colour: style.colour, line: .solid, mark: style.mark,
      isHollow: run.continuedFrom != nil, dash: style.dash, points: points, labelPlace: .aboveFirst)
  }

  private func envelope(
    of runs: [RunRecord], stage: String, on corpus: String, colour: Int
  ) -> Plot.Series {
    Plot.Series(
      name: "\(stage): best measured", colour: colour, line: .broad, mark: nil, isHollow: false,
      points: bestMeasured(runs, on: corpus).map {
        Plot.Point(x: $0.compute, y: $0.loss, title: "")
      })
  }

  /// The points of runs that no cheaper point of them undercuts, by compute.
  func bestMeasured(_ runs: [RunRecord], on corpus: String) -> [(compute: Double, loss: Double)] {
    let points = runs.flatMap { run in
      run.evaluations(on: corpus).filter { $0.tokens > 0 && $0.loss.isFinite }
        .map { (compute: run.approximateFLOPs(at: $0.tokens), loss: $0.loss) }
    }
    var best: [(compute: Double, loss: Double)] = []
    for point in points.sorted(by: { ($0.compute, $0.loss) < ($1.compute, $1.loss) })
    where point.loss < best.last?.loss ?? .infinity {
      best.append(point)
    }
    return best
  }

  private func frontiers(of stage: String, on corpus: String) -> [Plot.Series] {
    results.fits.filter { $0.stage == stage && $0.corpus == corpus && !$0.optima.isEmpty }
      .map { fit in
        Plot.Series(
          name: "\(fit.name): fitted frontier (\(fit.plugin))", colour: style(of: fit).colour,
          line: .dashed, mark: nil, isHollow: false,
          points: fit.optima.sorted { $0.compute < $1.compute }
            .map { optimum in
              Plot.Point(
                x: optimum.compute, y: optimum.loss,
                title: "\(fit.name), frontier at \(NumberText.power(optimum.compute, 2)) FLOPs: "
                  + NumberText.fixed(optimum.loss, 3)
                  + NumberText.ends(optimum.lossInterval) { NumberText.fixed($0, 3) }
                  + " nats a token",
                interval: optimum.lossInterval)
            })
      }
  }

  private var computeNote: String {
    let ratios = results.runs.filter { $0.approximateFLOPs > 0 }
      .map { $0.exactFLOPs / $0.approximateFLOPs }
    let exact =
      ratios.isEmpty
      ? ""
      : " Counted exactly, from the graph, the runs spent "
        + NumberText.range(ratios) { NumberText.fixed($0, 2) } + " times as much."
    return "Compute is 6 N D with N as the pipeline counts it, the measure in which the fitted "
      + "frontiers are defined; training of the source models is not included.\(exact) Points "
      + "inside a run are taken before its learning rate has come down, so they lie above what a "
      + "run planned for that length would reach. Evaluations before the first step are left out."
  }
}

/// A loss with its standard error, nats a token: `3.142 ± 0.012`.
func lossText(_ evaluation: EvaluationRecord) -> String {
  "\(NumberText.fixed(evaluation.loss, 3)) ± \(NumberText.fixed(evaluation.standardError, 3))"
}

/// Bits a byte with its standard error: `1.668 ± 0.007`.
///
/// For a given text bits a byte are nats a token times a constant, and so are their errors.
func bitsText(_ evaluation: EvaluationRecord) -> String {
  let bits = NumberText.fixed(evaluation.bitsPerByte, 3)
  let error = evaluation.standardError * evaluation.bitsPerByte / evaluation.loss
  return error.isFinite ? "\(bits) ± \(NumberText.fixed(error, 3))" : bits
}
