import Experiments

/// Comma-separated values by RFC 4180, with numbers in full precision.
struct CommaSeparated: Sendable {
  private(set) var text: String

  /// Starts a file with the names of its columns.
  init(_ columns: String...) { self.init(columns) }

  init(_ columns: [String]) {
    text = CommaSeparated.line(columns)
  }

  /// Adds a row.
  mutating func append(_ fields: String...) { append(fields) }

  mutating func append(_ fields: [String]) { text += CommaSeparated.line(fields) }

  private static func line(_ fields: [String]) -> String {
    fields.map { field in
      guard field.unicodeScalars.contains(where: { ",\"\r\n".unicodeScalars.contains($0) }) else {
        return field
      }
      return "\""
        + field.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
        + "\""
    }.joined(separator: ",") + "\n"
  }
}

extension Report {
  /// A file for each plot and table; absent values are empty fields.
  func dataFiles() -> [String: String] {
    var files = [
      "contours.csv": contourFile(), "evaluations.csv": evaluationFile(),
      "frontiers.csv": frontierFile(), "forgetting.csv": forgettingFile(), "fits.csv": fitFile(),
      "held_out_errors.csv": heldOutErrorFile(), "parameters.csv": parameterFile(),
      "results.csv": resultFile(),
      "time.csv": timeFile(), "training.csv": trainingFile(), "transfer.csv": transferFile(),
    ]
    let replay = replayStudies()
    if !replay.isEmpty { files["replay.csv"] = replayFile(replay) }
    if comparisons.contains(where: { !$0.seedSpreads(in: results).isEmpty }) {
      files["seeds.csv"] = seedFile()
    }
    return files
  }

  /// Loss against compute and against tokens.
  ///
  /// The column `last` says `yes` at the end of a run. What a branch shares with its trunk stands with
  /// the trunk.
  private func evaluationFile() -> String {
    var file = CommaSeparated(
      "stage", "size", "corpus", "step", "tokens", "exact_flops", "approximate_flops", "loss",
      "standard_error", "bits_per_byte", "evaluated_tokens", "parameters", "last", "run", "variant")
    for run in results.runs {
      for evaluation in run.evaluations where evaluation.step > run.sharedSteps ?? -1 {
        file.append(
          run.stage, run.size, evaluation.corpus, "\(evaluation.step)", "\(evaluation.tokens)",
          "\(evaluation.exactFLOPs)", "\(run.approximateFLOPs(at: evaluation.tokens))",
          "\(evaluation.loss)", "\(evaluation.standardError)", "\(evaluation.bitsPerByte)",
          "\(evaluation.evaluatedTokens)", "\(run.countedParameters)",
          evaluation.step == run.steps ? "yes" : "no", run.id, run.variant ?? "")
      }
    }
    return file.text
  }

  /// The frontiers of loss against compute, fitted and best measured.
  private func frontierFile() -> String {
    var file = CommaSeparated(
      ["kind", "name", "corpus", "compute", "parameters", "tokens", "loss"]
        + ["parameters", "tokens", "loss"].flatMap { ["\($0)_low", "\($0)_high"] })
    for fit in results.fits {
      for optimum in fit.optima {
        file.append(
          [
            "fitted", fit.name, fit.corpus, "\(optimum.compute)", "\(optimum.parameters)",
            "\(optimum.tokens)", "\(optimum.loss)",
          ] + ends(optimum.parametersInterval) + ends(optimum.tokensInterval)
            + ends(optimum.lossInterval))
      }
    }
    for (corpus, stages) in computeGroups() {
      for stage in stages {
        for point in bestMeasured(results.runs(of: stage), on: corpus) {
          file.append(
            ["measured", stage, corpus, "\(point.compute)", "", "", "\(point.loss)"]
              + ends(nil) + ends(nil) + ends(nil))
        }
      }
    }
    return file.text
  }

  /// A number in full precision, empty where there is none.
  func number(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }

  /// Both ends of an interval, empty where it is open or there is none.
  func ends(_ interval: IntervalRecord?) -> [String] {
    [interval?.low, interval?.high].map(number)
  }

  private func forgettingFile() -> String {
    var file = CommaSeparated("stage", "size", "corpus", "tokens", "loss", "before", "variant")
    for comparison in comparisons {
      guard let source = comparison.source else { continue }
      for row in comparison.rows(in: results) {
        for evaluation in row.continued?.evaluations(on: source) ?? [] {
          file.append(
            comparison.continuedStage, row.size, source, "\(evaluation.tokens)",
            "\(evaluation.loss)", row.sourceBefore.map { "\($0.loss)" } ?? "",
            row.variant ?? "")
        }
      }
    }
    return file.text
  }

  private func fitFile() -> String {
    var file = CommaSeparated("fit", "run", "parameters", "tokens", "measured", "predicted")
    for fit in results.fits {
      for point in fit.points {
        file.append(
          fit.name, point.run, "\(point.parameters)", "\(point.tokens)", "\(point.measured)",
          "\(point.predicted)")
      }
    }
    return file.text
  }

  private func resultFile() -> String {
    var file = CommaSeparated(
      "size", "corpus", "scratch_stage", "continued_stage", "scratch_loss", "continued_loss",
      "equal_loss", "saved_measured", "saved_predicted", "source_corpus", "source_before",
      "source_after", "remark", "variant", "saved_measured_low", "saved_measured_high",
      "saved_predicted_low", "saved_predicted_high")
    for comparison in comparisons {
      for row in comparison.rows(in: results) {
        file.append(
          [
            row.size, comparison.target, comparison.scratchStage ?? "", comparison.continuedStage,
            number(row.scratch?.lastEvaluation(on: comparison.target)?.loss),
            number(row.continued?.lastEvaluation(on: comparison.target)?.loss),
            number(row.saving?.loss), number(row.saving?.measured), number(row.saving?.predicted),
            comparison.source ?? "", number(row.sourceBefore?.loss), number(row.sourceAfter?.loss),
            row.saving?.remark ?? "", row.variant ?? "",
          ] + ends(row.saving?.measuredInterval) + ends(row.saving?.predictedInterval))
      }
    }
    return file.text
  }

  /// How fast each run was and what its seconds were spent on.
  private func timeFile() -> String {
    var file = CommaSeparated(
      ["stage", "size", "threads", "tokens_per_second", "share_of_peak", "peak_flops_per_second"]
        + SpeedRecord.Part.allCases.map { "\($0.rawValue)_seconds" } + ["engine", "variant"])
    for run in results.runs {
      let speed = run.speed
      file.append(
        [
          run.stage, run.size, number(speed?.threads), "\(run.tokensPerSecond)",
          number(speed?.shareOfPeak), number(speed?.peakFLOPsPerSecond),
        ] + SpeedRecord.Part.allCases.map { number(speed?.secondsByPart[$0]) }
          + [speed?.engine ?? "", run.variant ?? ""])
    }
    return file.text
  }

  private func trainingFile() -> String {
    var file = CommaSeparated(
      "stage", "size", "step", "loss", "learning_rate", "gradient_norm", "variant")
    for run in results.runs {
      for point in run.trainingCurve {
        file.append(
          run.stage, run.size, "\(point.step)", "\(point.loss)", "\(point.learningRate)",
          "\(point.gradientNorm)", run.variant ?? "")
      }
    }
    return file.text
  }
}
