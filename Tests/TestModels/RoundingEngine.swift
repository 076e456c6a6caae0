package import Graphs

/// An engine whose variables are float32 after every run, whatever the one inside keeps.
///
/// The reference engine keeps more digits than a checkpoint holds, so it could not go on from one
/// with the same bits.
package struct RoundingEngine: Engine {
  private let base: any Engine

  package init(_ base: any Engine) { self.base = base }

  package var description: String { "\(base.description), float32 variables" }

  package func makeSession(_ variables: [Variable]) throws(EngineError) -> any EngineSession {
    RoundingSession(try base.makeSession(variables))
  }
}

private final class RoundingSession: EngineSession {
  private let base: any EngineSession

  init(_ base: any EngineSession) { self.base = base }

  func compile(
    _ graph: Graph, _ options: CompileOptions
  ) throws(EngineError) -> any EngineProgram {
    RoundingProgram(
      try base.compile(graph, options),
      updated: graph.updates.map {
        graph.variables[$0.variable].name
      }, base)
  }

  func read(_ variable: String) throws(EngineError) -> [Float] { try base.read(variable) }

  func write(_ variable: String, _ elements: [Float]) throws(EngineError) {
    try base.write(variable, elements)
  }
}

private final class RoundingProgram: EngineProgram {
  private let base: any EngineProgram
  private let updated: [String]
  private let session: any EngineSession

  init(_ base: any EngineProgram, updated: [String], _ session: any EngineSession) {
    self.base = base
    self.updated = updated
    self.session = session
  }

  var workingByteCount: Int { base.workingByteCount }

  func run(_ inputs: [String: TensorData]) throws(EngineError) -> [String: TensorData] {
    let outputs = try base.run(inputs)
    for name in updated { try session.write(name, try session.read(name)) }
    return outputs
  }
}
