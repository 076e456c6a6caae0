import GraphLanguage
import PluginSDK

/// Serves an architecture plugin.
struct ArchitectureServer: KindServer {
  private let factory: any ArchitectureFactory
  private let instances = Instances<any Architecture>()

  init(_ factory: any ArchitectureFactory) { self.factory = factory }

  func serve(_ call: inout IncomingCall) throws(PluginError) {
    switch call.function {
    case .shape:
      let target: Int = try call.argument()
      let options: OptionValues = try call.argument()
      let dimensions: ModelDimensions = try call.argument()
      try call.answer(
        try factory.shape(near: target, options: options, dimensions: dimensions))
    case .create:
      let options: OptionValues = try call.argument()
      let dimensions: ModelDimensions = try call.argument()
      try call.answer(
        instances.keep(try factory.make(options: options, dimensions: dimensions)))
    case .parameterCount: try call.answer(try instances.next(&call).parameterCount)
    case .describe:
      let model = try instances.next(&call)
      let tokens: Value = try call.argument()
      let targets: Value = try call.argument()
      let losses = try model.describe(
        tokens: tokens, targets: targets, in: AskedGraph(call.lane))
      try call.answer(losses.id)
    default: throw WireReader.garbled
    }
  }

  func release(_ id: Int) { instances.release(id) }
}
