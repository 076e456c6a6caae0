import Corpora
import Pipelines
import Training

/// The held-out text of a study's corpora, cut into the batches of each of its pipelines.
final class EvaluationSets {
  private struct Shape: Hashable {
    var context: Int
    var rows: Int
  }

  private let data: PreparedData
  private var known: [Shape: [EvaluationSet]] = [:]

  init(_ data: PreparedData) { self.data = data }

  /// What runs of a pipeline are evaluated on, in the order of its corpora.
  ///
  /// - Throws: The errors of the corpora.
  func sets(for pipeline: Pipeline) throws -> [EvaluationSet] {
    let context = pipeline.model.context
    let shape = Shape(context: context, rows: pipeline.batch.passTokens / context)
    if let sets = known[shape] { return sets }
    let sets = try pipeline.evaluation.corpora.map { name in
      try EvaluationSet(
        corpus: name,
        batches: try EvaluationBatches(
          store: try data.corpus(name).heldOut, corpus: name, context: context, rows: shape.rows,
          tokenLimit: pipeline.evaluation.tokenLimit))
    }
    known[shape] = sets
    return sets
  }

  /// How much an evaluation of each corpus reads.
  func size(for pipeline: Pipeline) throws -> EvaluationSize {
    EvaluationSize(batches: try sets(for: pipeline).reduce(0) { $0 + $1.batches.count })
  }
}
