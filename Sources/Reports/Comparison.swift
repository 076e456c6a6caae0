import Experiments

/// A stage that continues from a source model, beside the stage that learns the same from scratch.
struct Comparison: Hashable, Sendable {
  /// The stage that the source models come from.
  var sourceStage: String
  /// Nil if no stage trains on the target from scratch.
  var scratchStage: String?
  var continuedStage: String
  /// The corpus that both are there to learn.
  var target: String
  /// The corpus that the source models learnt; nil if it is the target.
  var source: String?

  /// One size of a comparison; of a sweep, for one pair of runs that share a variant.
  struct Row: Sendable {
    var size: String
    /// What tells the row from others of this size; nil without a sweep.
    var variant: String?
    var scratch: RunRecord?
    var continued: RunRecord?
    var saving: SavingsRecord?
    /// On the source corpus, before the first step of the continued run.
    var sourceBefore: EvaluationRecord?
    /// On the source corpus, after its last step.
    var sourceAfter: EvaluationRecord?

    /// The size, with the variant.
    var label: String { variant.map { "\(size) \($0)" } ?? size }
  }

  /// Every comparison of a study, one for each continued stage, in the order of its runs.
  static func all(in results: StudyResults) -> [Comparison] {
    results.stages.compactMap { stage in
      let runs = results.runs(of: stage)
      guard let sourceStage = runs.first?.continuedFrom else { return nil }
      let saving = results.savings.first { $0.continuedStage == stage }
      let source = results.runs(of: sourceStage).first?.mainCorpus()
      let learnt = Set([source].compactMap { $0 })
      guard let target = saving?.corpus ?? runs.first?.mainCorpus(besides: learnt) else {
        return nil
      }
      let scratch = results.stages.first { candidate in
        guard candidate != sourceStage, let run = results.runs(of: candidate).first else {
          return false
        }
        return run.continuedFrom == nil && run.mainCorpus() == target
      }
      return Comparison(
        sourceStage: sourceStage, scratchStage: saving?.scratchStage ?? scratch,
        continuedStage: stage, target: target, source: source == target ? nil : source)
    }
  }

  /// The sizes of the comparison, in the order of the ladder.
  func rows(in results: StudyResults) -> [Row] {
    let scratch = scratchStage.map(results.runs(of:)) ?? []
    let continued = results.runs(of: continuedStage)
    return (scratch + continued).map(\.size).distinct.flatMap { size in
      let pairs = Self.pairs(
        scratch.filter { $0.size == size }, continued.filter { $0.size == size })
      return pairs.map { row(size, scratch: $0, continued: $1, in: results) }
    }
  }

  private func row(
    _ size: String, scratch: RunRecord?, continued: RunRecord?, in results: StudyResults
  ) -> Row {
    let saving = results.savings.first {
      $0.size == size && $0.continuedStage == continuedStage && $0.corpus == target
        && $0.scratchRun ?? scratch?.id == scratch?.id
        && $0.continuedRun ?? continued?.id == continued?.id
    }
    return Row(
      size: size, variant: saving?.variant ?? continued?.variant ?? scratch?.variant,
      scratch: scratch, continued: continued, saving: saving,
      sourceBefore: source.flatMap { sourceBefore(continued, on: $0, in: results) },
      sourceAfter: source.flatMap { corpus in continued?.lastEvaluation(on: corpus) })
  }

  /// Each continued run beside those from scratch that share a variant with it, and what is left.
  private static func pairs(
    _ scratch: [RunRecord], _ continued: [RunRecord]
  ) -> [(scratch: RunRecord?, continued: RunRecord?)] {
    var paired: Set<String> = []
    let pairs = continued.flatMap { run -> [(scratch: RunRecord?, continued: RunRecord?)] in
      let twins = scratch.filter { $0.sharesVariant(with: run) }
      paired.formUnion(twins.map(\.name))
      return twins.isEmpty ? [(nil, run)] : twins.map { ($0, run) }
    }
    return pairs + scratch.filter { !paired.contains($0.name) }.map { ($0, nil) }
  }

  private func sourceBefore(
    _ run: RunRecord?, on corpus: String, in results: StudyResults
  ) -> EvaluationRecord? {
    if let first = run?.evaluations(on: corpus).first, first.step == 0 { return first }
    return results.runs.first { $0.id == run?.sourceRun }?.lastEvaluation(on: corpus)
  }
}

extension StudyResults {
  /// The names of the stages that have runs, in the order of the pipeline.
  var stages: [String] {
    runs.map(\.stage).distinct
  }

  /// The runs of a stage, in the order of the ladder.
  func runs(of stage: String) -> [RunRecord] { runs.filter { $0.stage == stage } }
}

extension RunRecord {
  /// Whether two runs are part of one variant of a sweep; without a sweep they are.
  func sharesVariant(with other: RunRecord) -> Bool {
    guard let variants, let others = other.variants else { return true }
    return !Set(variants).isDisjoint(with: others)
  }

  /// Its evaluations on one corpus, in the order of steps.
  func evaluations(on corpus: String) -> [EvaluationRecord] {
    evaluations.filter { $0.corpus == corpus }.sorted { $0.step < $1.step }
  }

  /// Its evaluation on one corpus after the last step.
  func lastEvaluation(on corpus: String) -> EvaluationRecord? { evaluations(on: corpus).last }

  /// C = 6 N D with the counted N, FLOPs, at some tokens of the run.
  func approximateFLOPs(at tokens: Int) -> Double { 6 * Double(countedParameters) * Double(tokens) }
}
