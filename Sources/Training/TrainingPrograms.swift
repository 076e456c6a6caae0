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
  private let options: CompileOptions
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
    self.options = options
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

  /// Makes one update, or none where the loss or the gradient norm is not finite.
  ///
  /// - Returns: Loss and gradient norm of the whole batch.
  /// - Throws: ``EngineError`` if the engine fails.
  package func update(_ inputs: UpdateBatch) throws(EngineError) -> UpdateResult {
    switch update {
    case .whole(let program):
      let outputs = try program.run(inputs.tensors.merging(inputs.rates) { old, _ in old })
      return UpdateResult(
        loss: Double(outputs.float32(GraphName.loss)[0]),
        gradientNorm: Double(outputs.float32(GraphName.gradientNorm)[0]))
    case .accumulated(let gradients, let update, let count):
      var loss = 0.0
      for part in inputs.parts(of: count) {
        let outputs = try gradients.run(part.tensors)
        loss += Double(outputs.float32(GraphName.loss)[0])
      }
      var rates = inputs.rates
      rates[GraphName.loss] = .float32([Float(loss)])
      let outputs = try update.run(rates)
      return UpdateResult(
        loss: loss, gradientNorm: Double(outputs.float32(GraphName.gradientNorm)[0]))
    }
  }

  /// Computes an update's loss and gradients once more and looks at every result on the way.
  ///
  /// - Parameter inputs: Those of an update that was not made, so that the parameters are as before it.
  /// - Returns: The first that is not finite; nil where only sums over micro-batches are not.
  /// - Throws: ``EngineError`` if the engine fails.
  package func firstNonFinite(_ inputs: UpdateBatch) throws(EngineError) -> NonFiniteResult? {
    let accumulation = graphs.accumulation
    let probe: FinitenessProbe
    do {
      probe = try FinitenessProbe(accumulation?.gradients ?? graphs.step)
    } catch {
      throw EngineError("\(error)")
    }
    let program = try session.compile(probe.graph, options)
    let known = Set(probe.graph.inputs.map(\.name))
    for part in inputs.parts(of: accumulation?.microBatch.tokens ?? inputs.tokens.count) {
      let all = part.tensors.merging(inputs.rates) { old, _ in old }
      let outputs = try program.run(all.filter { known.contains($0.key) })
      if let found = probe.firstNonFinite(outputs) { return found }
    }
    return nil
  }
}

/// What one update reads.
package struct UpdateBatch: Hashable, Sendable {
  /// [B, T], ids.
  package var tokens: [Int32]
  /// [B, T], ids; negative where not scored.
  package var targets: [Int32]
  /// The number of targets of the whole batch that are scored.
  package var scored: Int
  package var learningRate: Double
  /// 1 in the first update.
  package var step: Int

  package init(tokens: [Int32], targets: [Int32], scored: Int, learningRate: Double, step: Int) {
    self.tokens = tokens
    self.targets = targets
    self.scored = scored
    self.learningRate = learningRate
    self.step = step
  }

  fileprivate var tensors: [String: TensorData] {
    [
      GraphName.tokens: .int32(tokens), GraphName.targets: .int32(targets),
      GraphName.scored: .float32([Float(scored)]),
    ]
  }

  fileprivate var rates: [String: TensorData] {
    [
      GraphName.learningRate: .float32([Float(learningRate)]),
      GraphName.step: .float32([Float(step)]),
    ]
  }

  /// The batch cut into parts of so many tokens.
  fileprivate func parts(of count: Int) -> [UpdateBatch] {
    stride(from: 0, to: tokens.count, by: count).map { start in
      var part = self
      part.tokens = Array(tokens[start..<(start + count)])
      part.targets = Array(targets[start..<(start + count)])
      return part
    }
  }
}
