import Experiments
import PluginSDK

/// Every number that results state and a replay has to give again, by name.
struct StatedNumbers {
  private(set) var names: [String] = []
  private(set) var values: [String: Double] = [:]
  private let withIntervals: Bool

  /// Lists them, with the ends of intervals or without.
  init(_ results: StudyResults, withIntervals: Bool) {
    self.withIntervals = withIntervals
    add("tokenizer", ["vocabulary": Double(results.tokenizer.vocabulary)])
    for corpus in results.corpora { add(corpus) }
    for run in results.runs { add(run) }
    for fit in results.fits { add(fit) }
    for saving in results.savings {
      let name =
        "saving of \(saving.continuedStage) against \(saving.scratchStage), \(saving.size), "
        + saving.corpus + (saving.variant.map { ", \($0)" } ?? "")
      add(name, ["loss": saving.loss, "measured": saving.measured, "predicted": saving.predicted])
      add(name, "measured", saving.measuredInterval)
      add(name, "predicted", saving.predictedInterval)
      for point in saving.curve {
        add(
          "transfer from \(saving.continuedStage) to \(saving.scratchStage), \(saving.size), "
            + "\(saving.corpus)\(saving.variant.map { ", \($0)" } ?? "") at \(point.tokens) tokens",
          [
            "tokens from scratch": point.scratchTokens,
            "predicted tokens from scratch": point.predictedScratchTokens,
          ])
      }
    }
  }

  private mutating func add(_ corpus: CorpusRecord) {
    add(
      "corpus \(corpus.name)",
      [
        "training documents": Double(corpus.trainingDocuments),
        "training tokens": Double(corpus.trainingTokens),
        "training bytes": Double(corpus.trainingBytes),
        "held-out documents": Double(corpus.heldOutDocuments),
        "held-out tokens": Double(corpus.heldOutTokens),
        "held-out bytes": Double(corpus.heldOutBytes),
      ])
  }

  private mutating func add(_ run: RunRecord) {
    let name = run.name
    add(
      name,
      [
        "N": Double(run.countedParameters), "total N": Double(run.parameters.total),
        "tokens": Double(run.tokens), "steps": Double(run.steps), "exact FLOPs": run.exactFLOPs,
        "6 N D": run.approximateFLOPs,
      ])
    for source in run.sources {
      add(
        "\(name), tokens of \(source.corpus)",
        [
          "planned": Double(source.plannedTokens), "realised": Double(source.realisedTokens),
          "epochs": source.epochs,
        ])
    }
    for evaluation in run.evaluations {
      add(
        "\(name), \(evaluation.corpus) at step \(evaluation.step)",
        [
          "loss": evaluation.loss, "standard error": evaluation.standardError,
          "bits a byte": evaluation.bitsPerByte,
          "scored tokens": Double(evaluation.evaluatedTokens),
          "exact FLOPs": evaluation.exactFLOPs,
        ])
    }
    for point in run.trainingCurve {
      add(
        "\(name), training at step \(point.step)",
        [
          "loss": point.loss, "learning rate": point.learningRate,
          "gradient norm": point.gradientNorm,
        ])
    }
  }

  private mutating func add(_ fit: FitRecord) {
    let name = "fit \(fit.name)"
    add(name, ["objective": fit.objective])
    for parameter in fit.parameters {
      add(name, [parameter.name: parameter.value])
      add(name, parameter.name, parameter.interval)
    }
    // Runs have other ids where their files lie elsewhere, so points go by their place.
    for (index, point) in fit.points.enumerated() {
      add(
        "\(name), point \(index + 1)",
        [
          "N": point.parameters, "D": point.tokens, "measured": point.measured,
          "predicted": point.predicted,
        ])
    }
    for (index, optimum) in fit.optima.enumerated() {
      let place = "\(name), optimum \(index + 1)"
      add(
        place,
        ["C": optimum.compute, "N": optimum.parameters, "D": optimum.tokens, "loss": optimum.loss])
      add(place, "N", optimum.parametersInterval)
      add(place, "D", optimum.tokensInterval)
      add(place, "loss", optimum.lossInterval)
    }
  }

  private mutating func add(_ subject: String, _ kind: String, _ interval: IntervalRecord?) {
    guard withIntervals, let interval else { return }
    add(subject, ["\(kind), lower end": interval.low, "\(kind), upper end": interval.high])
  }

  private mutating func add(_ subject: String, _ numbers: KeyValuePairs<String, Double?>) {
    for (kind, value) in numbers {
      guard let value else { continue }
      var name = "\(subject): \(kind)"
      // Two records of one name are told apart by their order.
      var count = 2
      while values[name] != nil {
        name = "\(subject): \(kind) (\(count))"
        count += 1
      }
      names.append(name)
      values[name] = value
    }
  }
}

extension StudyResults {
  /// Whether any number has an interval.
  var hasIntervals: Bool {
    savings.contains { $0.measuredInterval != nil || $0.predictedInterval != nil }
      || fits.contains { $0.resampling != nil }
  }
}
