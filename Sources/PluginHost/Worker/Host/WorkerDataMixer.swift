import PluginSDK

/// A data-mixer plugin in a worker.
struct WorkerDataMixerFactory: DataMixerFactory {
  private let worker: PluginWorker

  var identity: PluginIdentity { worker.identity }
  var options: [OptionDeclaration] { worker.options }

  init(_ worker: PluginWorker) { self.worker = worker }

  func make(options: OptionValues) throws(PluginError) -> any DataMixer {
    let made: MadeInstance<[String]> = try worker.connection.call(.create, options)
    return WorkerDataMixer(sources: made.facts, instance: WorkerInstance(worker, made.id))
  }
}

/// A data mixer in a worker.
private struct WorkerDataMixer: DataMixer {
  let sources: [String]
  let instance: WorkerInstance

  func weights(at progress: MixingProgress) throws(PluginError) -> [Double] {
    precondition(
      progress.sourceTokensDrawn.count == sources.count, "there are \(sources.count) sources")
    let weights: [Double] = try instance.call(.weights, progress)
    guard weights.count == sources.count else { throw WireReader.garbled }
    return weights
  }
}
