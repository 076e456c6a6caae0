package import Pipelines
import PluginSDK
import ScalingLaws

/// What continuing saved against training from scratch, at equal loss on the same corpus.
package struct Savings {
  private let stages: [StageDeclaration]
  private let runs: [RunRecord]
  private let laws: [FittedLaw]
  private let labels: VariantLabels
  private let threads: Int

  /// Takes what there is to compare.
  ///
  /// - Parameters:
  ///   - stages: The stages of the pipeline.
  ///   - runs: The study's runs.
  ///   - laws: The fitted laws, for predictions.
  ///   - labels: What variants of a sweep are called.
  ///   - threads: How many threads to use; the result does not depend on it.
  package init(
    stages: [StageDeclaration], runs: [RunRecord], laws: [FittedLaw],
    labels: VariantLabels = VariantLabels(), threads: Int = 1
  ) {
    self.labels = labels
    self.threads = threads
    self.stages = stages
    self.runs = runs
    self.laws = laws
  }

  /// One record for each size of each pair of a stage that continues and a stage that learns the
  /// same corpus from scratch; of a sweep, for each pair of runs that share a variant.
  package func records() -> [SavingsRecord] {
    pairs().flatMap { scratch, continued in
      runs.filter { $0.stage == continued }.flatMap { run in
        runs.filter {
          $0.stage == scratch && $0.size == run.size && run.isPart(of: Set($0.variants ?? []))
        }.compactMap { record(scratch: $0, continued: run) }
      }
    }
  }

  /// The stages to compare: the one from scratch must not be what the other continues from.
  private func pairs() -> [(scratch: String, continued: String)] {
    stages.flatMap { continued -> [(scratch: String, continued: String)] in
      guard case .continued = continued.strategy, let target = target(of: continued.name) else {
        return []
      }
      let ancestors = ancestors(of: continued)
      return stages.filter {
        $0.strategy == .fromScratch && !ancestors.contains($0.name)
          && self.target(of: $0.name) == target
      }.map { ($0.name, continued.name) }
    }
  }

  private func ancestors(of stage: StageDeclaration) -> Set<String> {
    guard case .continued(let name) = stage.strategy,
      let source = stages.first(where: { $0.name == name })
    else { return [] }
    return ancestors(of: source).union([name])
  }

  /// The corpus that a stage is there to learn.
  private func target(of stage: String) -> String? {
    guard let declared = stages.first(where: { $0.name == stage }) else { return nil }
    let learnt = ancestors(of: declared).compactMap { target(of: $0) }
    return runs.first { $0.stage == stage }?.mainCorpus(besides: Set(learnt))
  }

  private func record(scratch: RunRecord, continued: RunRecord) -> SavingsRecord? {
    guard let corpus = target(of: continued.stage), let scratchEnd = scratch.loss(on: corpus),
      let continuedEnd = continued.loss(on: corpus)
    else { return nil }
    let continuedCurve = continued.curve(on: corpus)
    let scratchCurve = scratch.curve(on: corpus)
    let reached = [continuedCurve.least ?? continuedEnd, scratchCurve.least ?? scratchEnd]
    let loss = reached.max() ?? continuedEnd
    let saving = EqualLossSaving(continued: continuedCurve, scratch: scratchCurve, loss: loss)
    let predicted = predicted(scratch, continued, corpus, loss)
    var remark: String?
    if saving == nil {
      remark =
        "The measured curves do not share a loss: "
        + "\(continued.stage) was evaluated from \(text(continuedCurve)), "
        + "\(scratch.stage) from \(text(scratchCurve)) nats a token."
    } else if continuedEnd > scratchEnd {
      remark = "\(continued.stage) ended above \(scratch.stage)."
    }
    return SavingsRecord(
      size: continued.size, corpus: corpus, scratchStage: scratch.stage,
      continuedStage: continued.stage, loss: loss, measured: saving?.fraction,
      predicted: predicted.value, remark: remark,
      variant: labels.label(
        of: Set(continued.variants ?? []).intersection(scratch.variants ?? [])),
      scratchRun: scratch.id, continuedRun: continued.id,
      curve: transfer(scratch, continued, corpus),
      measuredInterval: saving.flatMap { _ in
        IntervalRecord(
          EqualLossSaving.interval(
            continued: continuedCurve, scratch: scratchCurve,
            relativeError: relativeError([scratch, continued], corpus, near: loss),
            level: IntervalRecord.studyLevel))
      }, predictedInterval: predicted.interval)
  }

  /// The standard error of the log of the ratio of the losses of some runs near a loss, as if they were
  /// measured on different text.
  private func relativeError(_ runs: [RunRecord], _ corpus: String, near loss: Double) -> Double {
    runs.reduce(0) { sum, run in
      let error = run.relativeError(on: corpus, near: loss)
      return sum + error * error
    }.squareRoot()
  }

  /// The comparison over the whole of a continued run.
  private func transfer(
    _ scratch: RunRecord, _ continued: RunRecord, _ corpus: String
  ) -> [TransferPoint] {
    let curve = scratch.curve(on: corpus)
    let scratchTokensPerFLOP = Double(scratch.tokens) / scratch.exactFLOPs
    let (scratchLaw, continuedLaw) = (law(of: scratch, corpus), law(of: continued, corpus))
    let evaluations = continued.evaluations.filter { $0.corpus == corpus && $0.tokens > 0 }
    let places = evaluations.map {
      Allocation(parameters: Double(continued.countedParameters), tokens: Double($0.tokens))
    }
    let predicted = predictedIntervals(scratch, continued, corpus) {
      laws, own, other throws(ScalingLawError) in
      try places.map { place throws(ScalingLawError) in
        try laws.scratchTokens(own, other, at: place)
      }
    }
    return evaluations.enumerated().map { index, evaluation in
      let predictedLoss = continuedLaw?.loss(
        parameters: Double(continued.countedParameters), tokens: Double(evaluation.tokens))
      func scratchTokens(_ factor: Double) -> Double? {
        curve.flops(atLoss: factor * evaluation.loss).map { $0 * scratchTokensPerFLOP }
      }
      let measured = scratchTokens(1)
      return TransferPoint(
        tokens: evaluation.tokens, exactFLOPs: evaluation.exactFLOPs, loss: evaluation.loss,
        scratchTokens: measured,
        predictedScratchTokens: predictedLoss.flatMap {
          scratchLaw?.tokens(parameters: Double(scratch.countedParameters), forLoss: $0)
        },
        scratchTokensInterval: measured.flatMap { _ in
          IntervalRecord(
            Interval(
              level: IntervalRecord.studyLevel,
              relativeError: relativeError([scratch, continued], corpus, near: evaluation.loss),
              scratchTokens))
        }, predictedScratchTokensInterval: predicted?[index])
    }
  }

  private func law(of run: RunRecord, _ corpus: String) -> FittedLaw? {
    laws.first {
      $0.record.stage == run.stage && $0.record.corpus == corpus && run.isPart(of: $0.variants)
    }
  }

  /// The saving by the two laws: at one size compute is in proportion to tokens.
  private func predicted(
    _ scratch: RunRecord, _ continued: RunRecord, _ corpus: String, _ loss: Double
  ) -> (value: Double?, interval: IntervalRecord?) {
    guard let own = law(of: scratch, corpus)?.law,
      let other = law(of: continued, corpus)?.law
    else { return (nil, nil) }
    let size = Double(continued.countedParameters)
    let saved = try? LawSavings(scratch: own.form, continued: other.form).savedCompute(
      own.theta, other.theta, loss: loss, parameters: size)
    guard let saved, saved.isFinite else { return (nil, nil) }
    let intervals = predictedIntervals(scratch, continued, corpus) {
      laws, own, other throws(ScalingLawError) in
      [try laws.savedCompute(own, other, loss: loss, parameters: size)]
    }
    return (saved, intervals?[0])
  }

  /// The intervals of what follows from the two laws; nil without draws of both.
  private func predictedIntervals(
    _ scratch: RunRecord, _ continued: RunRecord, _ corpus: String,
    _ quantities: @Sendable (LawSavings, [Double], [Double]) throws(ScalingLawError) -> [Double]
  ) -> [IntervalRecord?]? {
    guard let own = law(of: scratch, corpus), let other = law(of: continued, corpus),
      let ownLaw = own.law, let otherLaw = other.law, let ownDraws = own.draws,
      let otherDraws = other.draws
    else { return nil }
    let savings = LawSavings(scratch: ownLaw.form, continued: otherLaw.form)
    let intervals = try? ownDraws.intervals(
      with: otherDraws, level: IntervalRecord.studyLevel, threads: threads
    ) { own, other throws(ScalingLawError) in try quantities(savings, own, other) }
    return intervals?.map { IntervalRecord($0) }
  }

  private func text(_ curve: LossCurve) -> String {
    guard let first = curve.points.first, let last = curve.points.last else { return "nothing" }
    func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
    return "\(rounded(first.loss)) to \(rounded(last.loss))"
  }
}

extension RunRecord {
  /// The last loss on a corpus, nats a token.
  fileprivate func loss(on corpus: String) -> Double? {
    evaluations.last { $0.corpus == corpus }?.loss
  }

  /// The standard error over the loss, of the evaluation on a corpus whose loss is nearest to one; the
  /// start left out.
  fileprivate func relativeError(on corpus: String, near loss: Double) -> Double {
    let measured = evaluations.filter { $0.corpus == corpus && $0.exactFLOPs > 0 }
    let nearest = measured.min { abs($0.loss - loss) < abs($1.loss - loss) }
    return nearest.map { $0.standardError / $0.loss } ?? 0
  }

  /// The losses on a corpus over the compute spent on this run, the start left out.
  fileprivate func curve(on corpus: String) -> LossCurve {
    LossCurve(
      evaluations.filter { $0.corpus == corpus && $0.exactFLOPs > 0 }.map {
        LossPoint(flops: $0.exactFLOPs, loss: $0.loss)
      })
  }
}
