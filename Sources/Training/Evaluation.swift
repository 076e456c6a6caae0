package import Corpora
package import Graphs

/// A loss on held-out text at one moment of a run.
package struct Evaluation: Hashable, Sendable, Codable {
  package var corpus: String
  /// Updates done; 0 is before the first.
  package var step: Int
  /// Tokens trained on.
  package var tokens: Int
  package var result: HeldOutLoss

  package init(corpus: String, step: Int, tokens: Int, result: HeldOutLoss) {
    self.corpus = corpus
    self.step = step
    self.tokens = tokens
    self.result = result
  }
}

/// A mean over the scored tokens of held-out text, with what is known about its error.
package struct HeldOutLoss: Hashable, Sendable, Codable {
  /// Nats a token.
  package var loss: Double
  /// Of the mean, with sequences as the unit of sampling; nats a token.
  package var standardError: Double
  package var bitsPerByte: Double
  /// The number of scored tokens.
  package var tokens: Int

  package init(loss: Double, standardError: Double, bitsPerByte: Double, tokens: Int) {
    self.loss = loss
    self.standardError = standardError
    self.bitsPerByte = bitsPerByte
    self.tokens = tokens
  }
}

/// Sums over sequences, from which a token-weighted mean and its error follow.
package struct SequenceLosses: Hashable, Sendable {
  /// The sum over each sequence's scored tokens, nats.
  package private(set) var sums: [Double] = []
  /// The scored tokens of each.
  package private(set) var counts: [Int] = []

  package init() {}

  /// Adds a sequence; one without scored tokens is left out.
  package mutating func add(sum: Double, tokens: Int) {
    guard tokens > 0 else { return }
    sums.append(sum)
    counts.append(tokens)
  }

  package var tokens: Int { counts.reduce(0, +) }

  /// The mean over tokens, nats a token.
  package var mean: Double { sums.reduce(0, +) / Double(tokens) }

  /// The standard error of the mean, robust to dependence inside a sequence.
  ///
  /// With G sequences of n tokens and losses L each, and mean m: the square root of
  /// G / (G - 1) · Σ (L - m n)² / (Σ n)², the linearised variance of a ratio (Cochran 1977, "Sampling
  /// techniques", equation 6.13).
  ///
  /// - Precondition: There are at least two sequences.
  package var standardError: Double {
    precondition(sums.count > 1, "one sequence says nothing about the spread between them")
    let groups = Double(sums.count)
    let mean = mean
    let squares = zip(sums, counts).reduce(0) { total, sequence in
      let residual = sequence.0 - mean * Double(sequence.1)
      return total + residual * residual
    }
    return (groups / (groups - 1) * squares).squareRoot() / Double(tokens)
  }
}

/// The held-out text of a corpus, ready to be measured on.
package struct EvaluationSet: Sendable {
  /// The corpus, as the pipeline names it.
  package let corpus: String
  package let batches: EvaluationBatches

  /// Takes a corpus' held-out text.
  ///
  /// - Throws: ``TrainingError`` with `data` if it is a single sequence, whose loss has no error that
  ///   could be stated.
  package init(corpus: String, batches: EvaluationBatches) throws(TrainingError) {
    guard batches.scoredTokens > batches.context else {
      throw TrainingError(
        .data,
        "corpus '\(corpus)' has \(batches.scoredTokens) held-out tokens to evaluate on, not more "
          + "than one sequence of \(batches.context): no standard error can be given; raise "
          + "held_out or the evaluation's token limit, or add text")
    }
    self.corpus = corpus
    self.batches = batches
  }

  /// Measures the parameters in a session.
  ///
  /// - Parameters:
  ///   - program: The evaluation graph, compiled in that session.
  ///   - isCancelled: Asked before every batch.
  /// - Returns: nil if it was cancelled.
  /// - Throws: ``TrainingError`` with `model` if the engine fails.
  package func measure(
    with program: any EngineProgram, isCancelled: () -> Bool
  ) throws(TrainingError) -> HeldOutLoss? {
    var losses = SequenceLosses()
    for index in 0..<batches.count {
      if isCancelled() { return nil }
      let batch = batches.batch(at: index)
      let sums = try Self.run(program, batch)
      for row in 0..<batch.rows {
        let targets = batch.targets[(row * batch.context)..<((row + 1) * batch.context)]
        losses.add(sum: Double(sums[row]), tokens: targets.count { $0 >= 0 })
      }
    }
    return HeldOutLoss(
      loss: losses.mean, standardError: losses.standardError,
      bitsPerByte: batches.bitsPerByte(nats: losses.mean), tokens: losses.tokens)
  }

  private static func run(
    _ program: any EngineProgram, _ batch: Batch
  ) throws(TrainingError) -> [Float] {
    do {
      let outputs = try program.run([
        GraphName.tokens: .int32(batch.tokens), GraphName.targets: .int32(batch.targets),
      ])
      return outputs.float32(GraphName.sequenceLosses)
    } catch {
      throw TrainingError(.model, error.description)
    }
  }
}

extension [String: TensorData] {
  /// The elements of an output that the graph declares as float32.
  func float32(_ name: String) -> [Float] {
    guard case .float32(let elements)? = self[name] else {
      preconditionFailure("the engine gave no float32 output '\(name)'")
    }
    return elements
  }
}
