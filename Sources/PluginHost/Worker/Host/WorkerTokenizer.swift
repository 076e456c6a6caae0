import PluginSDK

/// A tokenizer plugin in a worker.
struct WorkerTokenizerFactory: TokenizerFactory {
  private let worker: PluginWorker

  var identity: PluginIdentity { worker.identity }
  var options: [OptionDeclaration] { worker.options }

  init(_ worker: PluginWorker) { self.worker = worker }

  /// Documents are asked for from the worker while it trains.
  func train(
    on documents: any DocumentSource, options: OptionValues
  ) throws(PluginError) -> any Tokenizer {
    let made: MadeInstance<Int> = try worker.connection.call(
      .train, options, documents.byteCount
    ) { question, _ throws(PluginError) in
      guard question == .document else { throw WireReader.garbled }
      return .answered(try documents.next())
    }
    return WorkerTokenizer(worker, made)
  }

  func load(model: [UInt8], options: OptionValues) throws(PluginError) -> any Tokenizer {
    WorkerTokenizer(worker, try worker.connection.call(.load, options, model))
  }
}

/// A tokenizer in a worker.
private struct WorkerTokenizer: Tokenizer {
  let vocabularySize: Int
  private let instance: WorkerInstance

  init(_ worker: PluginWorker, _ made: MadeInstance<Int>) {
    instance = WorkerInstance(worker, made.id)
    vocabularySize = made.facts
  }

  func encode(_ bytes: [UInt8]) throws(PluginError) -> [TokenID] {
    try instance.call(.encode, bytes)
  }

  func decode(_ ids: [TokenID]) throws(PluginError) -> [UInt8] { try instance.call(.decode, ids) }

  func encode(
    batch texts: ConcatenatedLists<UInt8>
  ) throws(PluginError) -> ConcatenatedLists<TokenID> {
    let ids: ConcatenatedLists<TokenID> = try instance.call(.encodeBatch, texts)
    guard ids.count == texts.count else { throw WireReader.garbled }
    return ids
  }

  func decode(
    batch lists: ConcatenatedLists<TokenID>
  ) throws(PluginError) -> ConcatenatedLists<UInt8> {
    let texts: ConcatenatedLists<UInt8> = try instance.call(.decodeBatch, lists)
    guard texts.count == lists.count else { throw WireReader.garbled }
    return texts
  }

  func save() throws(PluginError) -> [UInt8] { try instance.call(.save) }
}
