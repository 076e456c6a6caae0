import PluginSDK

/// Serves a scaling-law plugin.
struct ScalingLawServer: KindServer {
  private let factory: any ScalingLawFactory
  private let instances = Instances<any ScalingLaw>()

  init(_ factory: any ScalingLawFactory) { self.factory = factory }

  func serve(_ call: inout IncomingCall) throws(PluginError) {
    switch call.function {
    case .create:
      let law = try factory.make(options: try call.argument())
      try call.answer(
        MadeInstance(
          id: instances.keep(law),
          facts: LawFacts(variables: law.variables, parameters: law.parameters)))
    case .evaluate:
      let law = try instances.next(&call)
      let theta: [Double] = try call.argument()
      let columns: [[Double]] = try call.argument()
      let wantsGradients: Bool = try call.argument()
      try call.answer(try law.predict(theta, at: columns, wantsGradients: wantsGradients))
    case .optimum:
      let law = try instances.next(&call)
      let theta: [Double] = try call.argument()
      try call.answer(try law.optimum(theta, compute: try call.argument()))
    default: throw WireReader.garbled
    }
  }

  func release(_ id: Int) { instances.release(id) }
}
