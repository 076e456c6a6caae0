import PluginSDK

/// Serves a data-mixer plugin.
struct DataMixerServer: KindServer {
  private let factory: any DataMixerFactory
  private let instances = Instances<any DataMixer>()

  init(_ factory: any DataMixerFactory) { self.factory = factory }

  func serve(_ call: inout IncomingCall) throws(PluginError) {
    switch call.function {
    case .create:
      let mixer = try factory.make(options: try call.argument())
      try call.answer(MadeInstance(id: instances.keep(mixer), facts: mixer.sources))
    case .weights:
      let mixer = try instances.next(&call)
      try call.answer(try mixer.weights(at: try call.argument()))
    default: throw WireReader.garbled
    }
  }

  func release(_ id: Int) { instances.release(id) }
}
