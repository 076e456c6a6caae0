import GraphLanguage
import Graphs
import PluginHost
import PluginSDK

/// Calls every function that a plugin of the zoo has.
enum ZooUse {
  static func callEverything(of kind: PluginKind, in registry: PluginRegistry) throws {
    switch kind {
    case .tokenizer:
      let factory = try registry.tokenizer(named: "zoo")
      let tokenizer = try factory.train(on: OneDocument(), options: OptionValues())
      let ids = try tokenizer.encode(Array("some text".utf8) + [200])
      _ = try tokenizer.decode(ids)
      _ = try factory.load(model: try tokenizer.save(), options: OptionValues())
    case .dataMixer:
      let mixer = try registry.dataMixer(named: "zoo").make(options: OptionValues())
      let drawn = mixer.sources.map { _ in 5 }
      _ = try mixer.weights(
        at: MixingProgress(tokensDrawn: 10, tokensPlanned: 20, sourceTokensDrawn: drawn))
    case .scalingLaw:
      let law = try registry.scalingLaw(named: "zoo").make(options: OptionValues())
      _ = try law.predict([1], at: [[2, 3]], wantsGradients: true)
      _ = try law.optimum([1], compute: 60)
    case .architecture:
      let factory = try registry.architecture(named: "zoo")
      let dimensions = ModelDimensions(vocabulary: 256, context: 8)
      let shape = try factory.shape(
        near: 4096, options: OptionValues(), dimensions: dimensions)
      let model = try factory.make(options: shape, dimensions: dimensions)
      for _ in 0..<2 {
        let graph = Graph()
        _ = try model.describe(
          tokens: graph.addInput("tokens", [2, 8], .int32),
          targets: graph.addInput("targets", [2, 8], .int32), in: graph)
        _ = try model.parameterCount
      }
    case .optimizer:
      let optimizer = try registry.optimizer(named: "zoo").make(options: OptionValues())
      for shape in [[4, 3], [6]] as [Shape] {
        let info = ParameterInfo(name: "weight", shape: shape, decays: true)
        let graph = Graph()
        graph.acceptsParameters = false
        var states: [Value] = []
        for state in try optimizer.states(for: info) {
          states.append(
            try graph.addVariable(
              Variable(
                name: state.name, shape: state.shape, initializer: .constant(state.initialValue),
                decays: false, isParameter: false)))
        }
        let inputs = UpdateInputs(
          parameter: graph.addInput("parameter", shape, .float32),
          gradient: graph.addInput("gradient", shape, .float32), states: states,
          step: graph.addInput("step", .scalar, .float32),
          learningRate: graph.addInput("rate", .scalar, .float32))
        _ = try optimizer.describe(inputs, of: info, in: graph)
      }
    case .schedule: break  // no library is one
    }
  }

  private final class OneDocument: DocumentSource {
    private var isLeft = true
    let byteCount = 3

    func next() -> [UInt8]? {
      defer { isLeft = false }
      return isLeft ? [1, 2, 3] : nil
    }
  }
}
