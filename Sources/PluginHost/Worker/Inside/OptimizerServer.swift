import GraphLanguage
import PluginSDK

/// Serves an optimizer plugin.
struct OptimizerServer: KindServer {
  private let factory: any OptimizerFactory
  private let instances = Instances<any Optimizer>()

  init(_ factory: any OptimizerFactory) { self.factory = factory }

  func serve(_ call: inout IncomingCall) throws(PluginError) {
    switch call.function {
    case .create: try call.answer(instances.keep(try factory.make(options: try call.argument())))
    case .states:
      let optimizer = try instances.next(&call)
      try call.answer(try optimizer.states(for: try call.argument()))
    case .describe:
      let optimizer = try instances.next(&call)
      let inputs: UpdateInputs = try call.argument()
      let parameter: ParameterInfo = try call.argument()
      let results = try optimizer.describe(inputs, of: parameter, in: AskedGraph(call.lane))
      try call.answer(([results.parameter] + results.states).map(\.id))
    default: throw WireReader.garbled
    }
  }

  func release(_ id: Int) { instances.release(id) }
}
