import PluginSDK

/// Serves a tokenizer plugin.
struct TokenizerServer: KindServer {
  private let factory: any TokenizerFactory
  private let instances = Instances<any Tokenizer>()

  init(_ factory: any TokenizerFactory) { self.factory = factory }

  func serve(_ call: inout IncomingCall) throws(PluginError) {
    switch call.function {
    case .train:
      let options: OptionValues = try call.argument()
      let documents = AskedDocuments(byteCount: try call.argument(), lane: call.lane)
      try answer(&call, with: try factory.train(on: documents, options: options))
    case .load:
      let options: OptionValues = try call.argument()
      let model: [UInt8] = try call.argument()
      try answer(&call, with: try factory.load(model: model, options: options))
    case .save: try call.answer(try instances.next(&call).save())
    case .encode:
      let tokenizer = try instances.next(&call)
      try call.answer(try tokenizer.encode(try call.argument()))
    case .decode:
      let tokenizer = try instances.next(&call)
      try call.answer(try tokenizer.decode(try call.argument()))
    case .encodeBatch:
      let tokenizer = try instances.next(&call)
      try call.answer(try tokenizer.encode(batch: try call.argument()))
    case .decodeBatch:
      let tokenizer = try instances.next(&call)
      try call.answer(try tokenizer.decode(batch: try call.argument()))
    default: throw WireReader.garbled
    }
  }

  func release(_ id: Int) { instances.release(id) }

  private func answer(
    _ call: inout IncomingCall, with tokenizer: any Tokenizer
  ) throws(PluginError) {
    try call.answer(
      MadeInstance(id: instances.keep(tokenizer), facts: tokenizer.vocabularySize))
  }
}

/// Documents that are asked of the host one by one.
private final class AskedDocuments: DocumentSource {
  let byteCount: Int
  private let lane: WorkerLane

  init(byteCount: Int, lane: WorkerLane) {
    self.byteCount = byteCount
    self.lane = lane
  }

  func next() throws(PluginError) -> [UInt8]? {
    let answer: Result<[UInt8]?, _> = try lane.ask(.document)
    switch answer {
    case .success(let document): return document
    case .failure(let error): throw PluginError(error)
    }
  }
}
