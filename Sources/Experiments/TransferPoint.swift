/// One moment of a continued run beside the run of the same size from scratch at the same loss.
///
/// The two curves that a run draws with these are figure 2 of arXiv 2407.02118: the share of FLOPs
/// saved, and the tokens from scratch that the source model was worth.
package struct TransferPoint: Codable, Sendable, Hashable {
  /// D of the continued run so far.
  package var tokens: Int
  /// Spent on the continued run so far, from the graph.
  package var exactFLOPs: Double
  /// Nats a token, measured on the target corpus.
  package var loss: Double
  /// D at which the run from scratch was at that loss, by interpolation of its curve; nil where its
  /// curve does not reach or starts below it.
  package var scratchTokens: Double?
  /// D at which the law of the runs from scratch predicts the loss that the law of the continued
  /// runs predicts for `tokens`; nil without two fits, or where no number of tokens gives it.
  package var predictedScratchTokens: Double?
  /// Of `scratchTokens`, from the standard errors of both losses.
  package var scratchTokensInterval: IntervalRecord?
  /// Of `predictedScratchTokens`, from draws of both laws side by side.
  package var predictedScratchTokensInterval: IntervalRecord?

  package init(
    tokens: Int, exactFLOPs: Double, loss: Double, scratchTokens: Double?,
    predictedScratchTokens: Double?, scratchTokensInterval: IntervalRecord? = nil,
    predictedScratchTokensInterval: IntervalRecord? = nil
  ) {
    self.tokens = tokens
    self.exactFLOPs = exactFLOPs
    self.loss = loss
    self.scratchTokens = scratchTokens
    self.predictedScratchTokens = predictedScratchTokens
    self.scratchTokensInterval = scratchTokensInterval
    self.predictedScratchTokensInterval = predictedScratchTokensInterval
  }

  /// The share of the FLOPs from scratch that was saved, below 0 where continuing cost more: at one
  /// size FLOPs are in proportion to tokens.
  package var saved: Double? { scratchTokens.map(saved) }
  /// The same by the two laws.
  package var predictedSaved: Double? { predictedScratchTokens.map(saved) }
  /// The effectively transferred data, tokens.
  package var transferred: Double? { scratchTokens.map(transferred) }
  /// The same by the two laws.
  package var predictedTransferred: Double? { predictedScratchTokens.map(transferred) }

  package var savedInterval: IntervalRecord? { scratchTokensInterval?.mapped(saved) }
  package var predictedSavedInterval: IntervalRecord? {
    predictedScratchTokensInterval?.mapped(saved)
  }
  package var transferredInterval: IntervalRecord? { scratchTokensInterval?.mapped(transferred) }
  package var predictedTransferredInterval: IntervalRecord? {
    predictedScratchTokensInterval?.mapped(transferred)
  }

  private func saved(_ scratchTokens: Double) -> Double { 1 - Double(tokens) / scratchTokens }
  private func transferred(_ scratchTokens: Double) -> Double { scratchTokens - Double(tokens) }
}
