package import PluginSDK

/// Sequences side by side, as a step takes them.
package struct Batch: Hashable, Sendable {
  /// B.
  package var rows: Int
  /// T.
  package var context: Int
  /// [B, T], ids; 0 where there is nothing.
  package var tokens: [TokenID]
  /// [B, T], the id that follows each token; -1 where there is none to predict.
  package var targets: [TokenID]
  /// How many targets are to be predicted.
  package var scoredTokens: Int

  /// A batch in which nothing is to be predicted.
  init(rows: Int, context: Int) {
    self.rows = rows
    self.context = context
    tokens = [TokenID](repeating: 0, count: rows * context)
    targets = [TokenID](repeating: -1, count: rows * context)
    scoredTokens = 0
  }

  /// Lays a run of tokens into a row: all but the last as input, all but the first as targets.
  mutating func fill(row: Int, with run: [TokenID]) {
    precondition(run.count >= 2 && run.count <= context + 1)
    let start = row * context
    tokens.replaceSubrange(start..<(start + run.count - 1), with: run.dropLast())
    targets.replaceSubrange(start..<(start + run.count - 1), with: run.dropFirst())
    scoredTokens += run.count - 1
  }
}

/// The batches of a stage, each a pure function of its step.
///
/// Step `k` takes the sequences `k·B ..< (k+1)·B` of the order. If the batches end within a batch, the
/// rows that are left over are empty.
package struct BatchSource: Sendable {
  package let order: SequenceOrder
  /// B, sequences in a batch.
  package let rows: Int
  /// The sequences of all batches together: the whole order, or its beginning.
  package let count: Int
  private let stores: [TokenStore]

  /// Joins an order with the tokens it orders.
  ///
  /// - Parameters:
  ///   - order: The order of the stage.
  ///   - stores: The training tokens of each of the order's sources.
  ///   - rows: B, sequences in a batch.
  ///   - count: How many sequences to take, from the first; nil for all.
  /// - Precondition: Each store has the number of sequences that the order was planned with, and the
  ///   order has as many as are taken.
  package init(order: SequenceOrder, stores: [TokenStore], rows: Int, count: Int? = nil) {
    precondition(rows > 0 && stores.count == order.sources.count)
    precondition((0...order.count).contains(count ?? 0))
    for (source, store) in zip(order.sources, stores) {
      precondition(
        source.sequenceCount == store.sequenceCount(context: order.context),
        "the order was planned for other tokens than those of '\(source.name)'")
    }
    self.order = order
    self.rows = rows
    self.count = count ?? order.count
    self.stores = stores
  }

  /// The number of steps, the last of which may be partly empty.
  package var stepCount: Int { (count + rows - 1) / rows }

  /// How many tokens of each source all batches draw.
  package var plannedTokens: [Int] { sourceTokens(before: stepCount) }

  /// The batch of a step.
  ///
  /// - Precondition: `step` lies in `0 ..< stepCount`.
  package func batch(at step: Int) -> Batch {
    precondition(step >= 0 && step < stepCount, "step \(step) is outside 0..<\(stepCount)")
    var batch = Batch(rows: rows, context: order.context)
    for index in (step * rows)..<min((step + 1) * rows, count) {
      let place = order.place(at: index)
      let start = place.sequence * order.context
      batch.fill(
        row: index - step * rows,
        with: stores[place.source].tokens(in: start..<(start + order.context + 1)))
    }
    return batch
  }

  /// The tokens drawn from each source by the steps before `step`.
  package func sourceTokens(before step: Int) -> [Int] {
    order.counts(before: min(step * rows, count)).map { $0 * order.context }
  }
}

/// The batches of an evaluation: a store from its first token to its last, or to a limit.
///
/// Every token but the first is predicted exactly once, from at most T tokens before it; rows share
/// one token with the next. Bits a byte are `nats · scoredTokens / (byteCount · ln 2)`, where `nats`
/// is the mean loss over the scored tokens. The ends of documents are predicted too and count as
/// tokens of no bytes, so splitting a text into more documents costs bits.
package struct EvaluationBatches: Sendable {
  /// B, sequences in a batch.
  package let rows: Int
  /// T, tokens in a sequence.
  package let context: Int
  /// The number of tokens to predict in all batches together.
  package let scoredTokens: Int
  /// The bytes of text that the scored tokens stand for.
  package let byteCount: Double
  /// The number of batches, the last of which may be partly empty.
  package let count: Int
  private let store: TokenStore

  /// Prepares an evaluation.
  ///
  /// - Parameters:
  ///   - store: The held-out tokens of a corpus.
  ///   - corpus: The corpus, as the pipeline names it, for errors.
  ///   - context: T, tokens in a sequence.
  ///   - rows: B, sequences in a batch.
  ///   - tokenLimit: The most tokens to predict; nil for all.
  /// - Throws: ``CorpusError`` if there is nothing to predict.
  package init(
    store: TokenStore, corpus: String, context: Int, rows: Int, tokenLimit: Int? = nil
  ) throws(CorpusError) {
    precondition(context > 0 && rows > 0)
    let scored = min(store.tokenCount - 1, tokenLimit ?? .max)
    guard scored > 0 else {
      throw CorpusError(
        .tooLittleText,
        """
        corpus '\(corpus)' has \(store.documentCount) held-out documents with \(store.tokenCount) \
        tokens, and an evaluation needs at least 2; raise held_out, or divide the text into more \
        documents (the split is by document)
        """)
    }
    self.store = store
    self.context = context
    self.rows = rows
    scoredTokens = scored
    byteCount = store.byteCount(in: 1..<(scored + 1))
    count = (scored + rows * context - 1) / (rows * context)
  }

  /// Converts a mean loss in nats a token to bits a byte.
  package func bitsPerByte(nats: Double) -> Double {
    nats * Double(scoredTokens) / (byteCount * 0.693_147_180_559_945_3)
  }

  /// A batch.
  ///
  /// - Precondition: `index` lies in `0 ..< count`.
  package func batch(at index: Int) -> Batch {
    precondition(index >= 0 && index < count, "batch \(index) is outside 0..<\(count)")
    var batch = Batch(rows: rows, context: context)
    for row in 0..<rows {
      let start = (index * rows + row) * context
      let end = min(start + context, scoredTokens)
      if start < end { batch.fill(row: row, with: store.tokens(in: start..<(end + 1))) }
    }
    return batch
  }
}
