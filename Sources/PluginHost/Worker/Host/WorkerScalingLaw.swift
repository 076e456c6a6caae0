import PluginSDK

/// A scaling-law plugin in a worker.
struct WorkerScalingLawFactory: ScalingLawFactory {
  private let worker: PluginWorker

  var identity: PluginIdentity { worker.identity }
  var options: [OptionDeclaration] { worker.options }

  init(_ worker: PluginWorker) { self.worker = worker }

  func make(options: OptionValues) throws(PluginError) -> any ScalingLaw {
    let made: MadeInstance<LawFacts> = try worker.connection.call(.create, options)
    return WorkerScalingLaw(facts: made.facts, instance: WorkerInstance(worker, made.id))
  }
}

/// A scaling law in a worker.
private struct WorkerScalingLaw: ScalingLaw {
  let facts: LawFacts
  let instance: WorkerInstance

  var variables: [String] { facts.variables }
  var parameters: [LawParameter] { facts.parameters }

  func predict(
    _ theta: [Double], at columns: [[Double]], wantsGradients: Bool
  ) throws(PluginError) -> LawPrediction {
    precondition(theta.count == parameters.count, "theta needs \(parameters.count) numbers")
    precondition(columns.count == variables.count, "there are \(variables.count) variables")
    let count = columns.first?.count ?? 0
    precondition(columns.allSatisfy { $0.count == count }, "columns differ in length")
    let prediction: LawPrediction = try instance.call(.evaluate, theta, columns, wantsGradients)
    guard prediction.losses.count == count,
      prediction.gradients.count == (wantsGradients ? count * theta.count : 0)
    else { throw WireReader.garbled }
    return prediction
  }

  func optimum(_ theta: [Double], compute: Double) throws(PluginError) -> Allocation? {
    precondition(theta.count == parameters.count, "theta needs \(parameters.count) numbers")
    return try instance.call(.optimum, theta, compute)
  }
}
