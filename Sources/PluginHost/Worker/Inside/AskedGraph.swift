import GraphLanguage
import PluginSDK

/// The host's graph inside a worker: every parameter and operation is asked of the host.
final class AskedGraph: GraphBuilder {
  private let lane: WorkerLane

  init(_ lane: WorkerLane) { self.lane = lane }

  func parameter(
    _ declaration: ParameterDeclaration, at location: SourceLocation
  ) throws(GraphError) -> Value {
    try answer(at: location) { () throws(PluginError) in
      try lane.ask(.parameter, declaration, location)
    }
  }

  func add(
    _ operation: Operation, _ inputs: [Value], at location: SourceLocation
  ) throws(GraphError) -> Value {
    try answer(at: location) { () throws(PluginError) in
      try lane.ask(.operation, operation, inputs.map(\.id), location)
    }
  }

  private func answer(
    at location: SourceLocation,
    _ ask: () throws(PluginError) -> Result<Value, GraphError>
  ) throws(GraphError) -> Value {
    let answer: Result<Value, GraphError>
    do throws(PluginError) {
      answer = try ask()
    } catch {
      throw GraphError(error.message, at: location)
    }
    return try answer.get()
  }
}
