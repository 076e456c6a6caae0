import GraphLanguage
package import Graphs

/// A model's programs, compiled to see what they need.
package struct Calibration {
  private let graphs: TrainingGraphs
  private let session: any EngineSession
  private let step: any EngineProgram
  private let evaluation: any EngineProgram

  /// Compiles the programs in a session of their own.
  ///
  /// - Throws: ``TrainingError`` with `model` if the engine refuses.
  package init(
    _ graphs: TrainingGraphs, shards: Int, engine: any Engine
  ) throws(TrainingError) {
    self.graphs = graphs
    do {
      session = try engine.makeSession(graphs.variables)
      step = try session.compile(graphs.step, CompileOptions(shards: shards))
      evaluation = try session.compile(graphs.evaluation, CompileOptions(shards: shards))
    } catch {
      throw TrainingError(.model, error.description)
    }
  }

  /// The bytes that the programs need beside the variables.
  package var workingByteCount: Int { step.workingByteCount + evaluation.workingByteCount }

  /// Times some updates on random tokens; the fastest counts.
  ///
  /// - Parameters:
  ///   - seed: Of the parameters and the tokens.
  ///   - vocabulary: V.
  ///   - updates: How many are timed, after one that is not.
  /// - Returns: The seconds of the fastest.
  /// - Throws: ``TrainingError`` with `model` if the engine fails.
  package func secondsPerStep(
    seed: UInt64, vocabulary: Int, updates: Int = 2
  ) throws(TrainingError) -> Double {
    let draw = ParameterInitialization(seed: seed)
    let clock = ContinuousClock()
    var fastest = Duration.seconds(Int64.max / 2)
    do {
      try draw.fill(graphs.variables, of: session)
      let ids = draw.elements(
        of: "calibration/tokens", shape: graphs.batch.shape, .uniform(0, Float(vocabulary)))
      let tokens = ids.map { min(Int32($0), Int32(vocabulary - 1)) }
      for update in 0...updates {
        let began = clock.now
        _ = try step.run([
          GraphName.tokens: .int32(tokens), GraphName.targets: .int32(tokens),
          GraphName.scored: .float32([Float(tokens.count)]),
          GraphName.learningRate: .float32([0]),
          GraphName.step: .float32([Float(update + 1)]),
        ])
        if update > 0 { fastest = min(fastest, clock.now - began) }
      }
    } catch {
      throw TrainingError(.model, error.description)
    }
    return fastest.seconds
  }
}
