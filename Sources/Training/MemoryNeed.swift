import GraphLanguage
package import Graphs

/// What a run keeps in memory at once, in bytes.
package struct MemoryNeed: Hashable, Sendable, Codable {
  /// The parameters, the optimizer's states and the sums of gradients.
  package var variables: Int
  /// What the programs work in: activations, gradients, scratch.
  package var working: Int
  /// Copies of the largest tensor while it is saved or restored.
  package var checkpointBuffers: Int

  package init(variables: Int, working: Int, checkpointBuffers: Int) {
    self.variables = variables
    self.working = working
    self.checkpointBuffers = checkpointBuffers
  }

  package var total: Int { variables + working + checkpointBuffers }

  /// Reads the need off a run's graphs; nothing is reserved.
  ///
  /// - Parameters:
  ///   - graphs: The run's programs.
  ///   - options: How they are to run.
  ///   - engine: What is to run them; nil to leave out what they work in.
  /// - Throws: ``TrainingError`` with `model` if the engine refuses.
  package init(
    _ graphs: TrainingGraphs, _ options: CompileOptions, engine: (any Engine)?
  ) throws(TrainingError) {
    let sizes = graphs.sessionVariables.map { $0.shape.elementCount * MemoryLayout<Float>.size }
    do {
      self.init(
        variables: sizes.reduce(0, +),
        working: try engine?.workingByteCount(of: graphs.programs, options) ?? 0,
        // As numbers, as words of the file's byte order, and as bytes.
        checkpointBuffers: 3 * (sizes.max() ?? 0))
    } catch {
      throw TrainingError(.model, error.description)
    }
  }
}
