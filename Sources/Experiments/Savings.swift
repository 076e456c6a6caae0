package import Pipelines
import ScalingLaws

/// What continuing saved against training from scratch, at equal loss on the same corpus.
package struct Savings {
  private let stages: [StageDeclaration]
  private let runs: [RunRecord]
  private let laws: [FittedLaw]
  private let labels: VariantLabels

  /// Takes what there is to compare.
  ///
  /// - Parameters:
  ///   - stages: The stages of the pipeline.
  ///   - runs: The study's runs.
  ///   - laws: The fitted laws, for predictions.
  ///   - labels: What variants of a sweep are called.
  package init(
    stages: [StageDeclaration], runs: [RunRecord], laws: [FittedLaw],
    labels: VariantLabels = VariantLabels()
  ) {
    self.labels = labels
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
      predicted: predicted(scratch, continued, corpus, loss), remark: remark,
      variant: labels.label(
        of: Set(continued.variants ?? []).intersection(scratch.variants ?? [])),
      scratchRun: scratch.id, continuedRun: continued.id,
      curve: transfer(scratch, continued, corpus))
  }

  /// The comparison over the whole of a continued run.
  private func transfer(
    _ scratch: RunRecord, _ continued: RunRecord, _ corpus: String
  ) -> [TransferPoint] {
    let curve = scratch.curve(on: corpus)
    let scratchTokensPerFLOP = Double(scratch.tokens) / scratch.exactFLOPs
    let (scratchLaw, continuedLaw) = (law(of: scratch, corpus), law(of: continued, corpus))
    return continued.evaluations.filter { $0.corpus == corpus && $0.tokens > 0 }.map { evaluation in
      let predictedLoss = continuedLaw?.loss(
        parameters: Double(continued.countedParameters), tokens: Double(evaluation.tokens))
      return TransferPoint(
        tokens: evaluation.tokens, exactFLOPs: evaluation.exactFLOPs, loss: evaluation.loss,
        scratchTokens: curve.flops(atLoss: evaluation.loss).map { $0 * scratchTokensPerFLOP },
        predictedScratchTokens: predictedLoss.flatMap {
          scratchLaw?.tokens(parameters: Double(scratch.countedParameters), forLoss: $0)
        })
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
  ) -> Double? {
    func tokens(_ run: RunRecord) -> Double? {
      law(of: run, corpus)?.tokens(parameters: Double(run.countedParameters), forLoss: loss)
    }
    guard let scratchTokens = tokens(scratch), let continuedTokens = tokens(continued) else {
      return nil
    }
    return (scratchTokens - continuedTokens) / scratchTokens
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

  /// The losses on a corpus over the compute spent on this run, the start left out.
  fileprivate func curve(on corpus: String) -> LossCurve {
    LossCurve(
      evaluations.filter { $0.corpus == corpus && $0.exactFLOPs > 0 }.map {
        LossPoint(flops: $0.exactFLOPs, loss: $0.loss)
      })
  }
}
