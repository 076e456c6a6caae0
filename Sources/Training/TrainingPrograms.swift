package import Graphs

/// What one update gives back.
package struct UpdateResult: Hashable, Sendable {
  /// The mean over the batch's scored targets, nats a token.
  package var loss: Double
  /// The global norm of the batch's gradient before clipping.
  package var gradientNorm: Double
}

/// A run's programs in a session of their own.
package struct TrainingPrograms {
  package let session: any EngineSession
  package let evaluation: any EngineProgram
  private let graphs: TrainingGraphs
  private let update: Update

  private enum Update {
    case whole(any EngineProgram)
    case accumulated(gradients: any EngineProgram, update: any EngineProgram, tokens: Int)
  }

  /// Compiles the programs.
  ///
  /// - Throws: ``EngineError`` if the engine refuses.
  package init(
    _ graphs: TrainingGraphs, _ options: CompileOptions, on engine: any Engine
  ) throws(EngineError) {
    self.graphs = graphs
    session = try engine.makeSession(graphs.sessionVariables)
    if let accumulation = graphs.accumulation {
      update = .accumulated(
        gradients: try session.compile(accumulation.gradients, options),
        update: try session.compile(accumulation.update, options),
        tokens: accumulation.microBatch.tokens)
    } else {
      update = .whole(try session.compile(graphs.step, options))
    }
    evaluation = try session.compile(graphs.evaluation, options)
  }

  /// The engine's time on a part of all updates so far.
  package func updateDuration(of section: Graph.Section) -> Duration {
    switch update {
    case .whole(let program): program.duration(of: section)
    case .accumulated(let gradients, let update, _):
      gradients.duration(of: section) + update.duration(of: section)
    }
  }

  /// Makes one update.
  ///
  /// - Parameters:
  ///   - tokens: [B, T], ids.
  ///   - targets: [B, T], ids; negative where not scored.
  ///   - scored: The number of targets that are scored.
  ///   - learningRate: Of this update.
  ///   - step: 1 in the first update.
  /// - Returns: Loss and gradient norm of the whole batch.
  /// - Throws: ``EngineError`` if the engine fails.
  package func update(
    tokens: [Int32], targets: [Int32], scored: Int, learningRate: Double, step: Int
  ) throws(EngineError) -> UpdateResult {
    let scored = TensorData.float32([Float(scored)])
    let rates: [String: TensorData] = [
      GraphName.learningRate: .float32([Float(learningRate)]),
      GraphName.step: .float32([Float(step)]),
    ]
    func batch(_ range: Range<Int>) -> [String: TensorData] {
      [
        GraphName.tokens: .int32(Array(tokens[range])),
        GraphName.targets: .int32(Array(targets[range])), GraphName.scored: scored,
      ]
    }
    switch update {
    case .whole(let program):
      let outputs = try program.run(batch(tokens.indices).merging(rates) { old, _ in old })
      return UpdateResult(
        loss: Double(outputs.float32(GraphName.loss)[0]),
        gradientNorm: Double(outputs.float32(GraphName.gradientNorm)[0]))
    case .accumulated(let gradients, let update, let count):
      var loss = 0.0
      for start in stride(from: 0, to: tokens.count, by: count) {
        let outputs = try gradients.run(batch(start..<(start + count)))
        loss += Double(outputs.float32(GraphName.loss)[0])
      }
      let outputs = try update.run(rates)
      return UpdateResult(
        loss: loss, gradientNorm: Double(outputs.float32(GraphName.gradientNorm)[0]))
    }
  }
}
