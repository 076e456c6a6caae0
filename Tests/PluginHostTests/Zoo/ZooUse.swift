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
    case .architecture, .optimizer:
      preconditionFailure("the zoo has no plugin of the kind \(kind.name)")
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
