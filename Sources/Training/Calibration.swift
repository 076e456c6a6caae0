import GraphLanguage
package import Graphs

/// How long a model's updates take, by trying.
package struct Calibration {
  private let graphs: TrainingGraphs
  private let options: CompileOptions
  private let engine: any Engine

  package init(_ graphs: TrainingGraphs, _ options: CompileOptions, engine: any Engine) {
    self.graphs = graphs
    self.options = options
    self.engine = engine
  }

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
      let programs = try TrainingPrograms(graphs, options, on: engine)
      try draw.fill(graphs.variables, of: programs.session)
      let ids = draw.elements(
        of: "calibration/tokens", shape: graphs.batch.shape, .uniform(0, Float(vocabulary)))
      let tokens = ids.map { min(Int32($0), Int32(vocabulary - 1)) }
      for update in 0...updates {
        let began = clock.now
        _ = try programs.update(
          UpdateBatch(
            tokens: tokens, targets: tokens, scored: tokens.count, learningRate: 0,
            step: update + 1))
        if update > 0 { fastest = min(fastest, clock.now - began) }
      }
    } catch {
      throw TrainingError(.model, error.description)
    }
    return fastest.seconds
  }
}
