import GraphLanguage
import PluginSDK

/// An optimizer plugin in a worker.
struct WorkerOptimizerFactory: OptimizerFactory {
  private let worker: PluginWorker

  var identity: PluginIdentity { worker.identity }
  var options: [OptionDeclaration] { worker.options }

  init(_ worker: PluginWorker) { self.worker = worker }

  func make(options: OptionValues) throws(PluginError) -> any Optimizer {
    let id: Int = try worker.connection.call(.create, options)
    return WorkerOptimizer(instance: WorkerInstance(worker, id))
  }
}

/// An optimizer in a worker.
private struct WorkerOptimizer: Optimizer {
  let instance: WorkerInstance

  func states(for parameter: ParameterInfo) throws(PluginError) -> [OptimizerState] {
    try instance.call(.states, parameter)
  }

  func describe(
    _ inputs: UpdateInputs, of parameter: ParameterInfo, in graph: any GraphBuilder
  ) throws(PluginError) -> UpdateResults {
    let described = WorkerGraph(
      graph,
      inputs: [inputs.parameter, inputs.gradient, inputs.step, inputs.learningRate]
        + inputs.states)
    let ids: [Int32] = try instance.call(
      .describe, inputs, parameter, answering: described.answer)
    let values = try described.values(ids)
    guard let updated = values.first, values.count == 1 + inputs.states.count else {
      throw WireReader.garbled
    }
    return UpdateResults(parameter: updated, states: Array(values.dropFirst()))
  }
}
