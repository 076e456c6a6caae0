import GraphLanguage
import PluginSDK

/// An architecture plugin in a worker.
struct WorkerArchitectureFactory: ArchitectureFactory {
  private let worker: PluginWorker

  var identity: PluginIdentity { worker.identity }
  var options: [OptionDeclaration] { worker.options }

  init(_ worker: PluginWorker) { self.worker = worker }

  func shape(
    near target: Int, options: OptionValues, dimensions: ModelDimensions
  ) throws(PluginError) -> OptionValues {
    try worker.connection.call(.shape, target, options, dimensions)
  }

  func make(
    options: OptionValues, dimensions: ModelDimensions
  ) throws(PluginError) -> any Architecture {
    let id: Int = try worker.connection.call(.create, options, dimensions)
    return WorkerArchitecture(instance: WorkerInstance(worker, id))
  }
}

/// An architecture in a worker.
private struct WorkerArchitecture: Architecture {
  let instance: WorkerInstance

  var parameterCount: ParameterCount {
    get throws(PluginError) { try instance.call(.parameterCount) }
  }

  func describe(
    tokens: Value, targets: Value, in graph: any GraphBuilder
  ) throws(PluginError) -> Value {
    let described = WorkerGraph(graph, inputs: [tokens, targets])
    let losses: Int32 = try instance.call(
      .describe, tokens, targets, answering: described.answer)
    return try described.values([losses])[0]
  }
}
