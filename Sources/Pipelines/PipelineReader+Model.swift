import OrderedCollections
import PluginSDK

extension PipelineReader {
  /// The section `tokenizer`.
  func readTokenizer() -> TokenizerDeclaration? {
    let keys = SectionKeys.tokenizer
    guard let field = root.required("tokenizer", "a plugin and what it is trained on"),
      let section = Section(field, expected: "the keys \(listed(keys)) and the plugin's options")
    else { return nil }
    let use = readPlugin(section, of: .tokenizer, keys: keys)
    var trainOn: [CorpusShare]? = []
    if let field = section["train_on"] {
      trainOn = readShares(field, in: .positive, corpora: corpusNames)
    }
    var limit: Int?
    if let field = section["train_bytes"] {
      limit = field.byteCount()
      if limit == nil { return nil }
    }
    guard let use, let trainOn else { return nil }
    return TokenizerDeclaration(use: use, trainOn: trainOn, trainingByteLimit: limit)
  }

  /// The section `model`.
  func readModel() -> ModelDeclaration? {
    let keys = SectionKeys.model
    guard let field = root.required("model", "a plugin, a context and a ladder of sizes"),
      let section = Section(field, expected: "the keys \(listed(keys)) and the plugin's options")
    else { return nil }
    let use = readPlugin(section, of: .architecture, keys: keys)
    let context = section.required("context", "the tokens in a sequence, as 256")
      .flatMap { $0.integer(in: 1...(1 << 30), of: " of tokens") }
    var ladder: [ModelSize]? = [.asWritten]
    if let field = section["ladder"] { ladder = readLadder(field) }
    var counting: ParameterCounting? = PipelineDefaults.counting
    if let field = section["count"] { counting = field.choice(ParameterCounting.self) }
    guard let use, let context, let ladder, let counting else { return nil }
    return ModelDeclaration(use: use, context: context, ladder: ladder, counting: counting)
  }

  private func readLadder(_ field: Field) -> [ModelSize]? {
    guard let elements = field.elements(expected: "numbers of parameters, as [60k, 1.5M]")
    else { return nil }
    var sizes: [Int] = []
    var isSound = true
    for element in elements {
      guard let size = element.integer(in: 1...Int.max, of: " of parameters") else {
        isSound = false
        continue
      }
      if let last = sizes.last, size <= last {
        element.report(
          "found \(element.node.summary) after a size of \(last), expected sizes that ascend, "
            + "each once; put them in order")
        isSound = false
      }
      sizes.append(size)
    }
    return isSound ? sizes.map(ModelSize.near) : nil
  }

  /// The section `batch`.
  ///
  /// The sequences of a batch, `tokens / context`, are cut into shards of equal size, so their
  /// number must be a multiple of `shards`; without the key it is the greatest power of two up to
  /// ``PipelineDefaults/mostShards`` that divides them.
  func readBatch(context: Int?) -> BatchDeclaration? {
    let keys = SectionKeys.batch
    guard let field = root.required("batch", "the tokens in a batch"),
      let section = Section(field, expected: "the keys \(listed(keys))")
    else { return nil }
    section.refuseUnknown(allowed: [("keys", keys)])
    let tokensField = section.required("tokens", "the tokens in a batch, a multiple of the context")
    let tokens = tokensField.flatMap { $0.integer(in: 1...Int(Int32.max), of: " of tokens") }
    let shards = section["shards"].flatMap { $0.integer(in: 1...(1 << 20)) }
    guard let tokensField, let tokens, let context, section["shards"] == nil || shards != nil
    else { return nil }
    guard tokens % context == 0 else {
      let below = tokens - tokens % context
      let near = below > 0 ? "\(below) or \(below + context)" : "\(context)"
      tokensField.reportMismatch(
        expected: "a multiple of the context, \(context)", hint: "; write \(near)")
      return nil
    }
    let sequences = tokens / context
    guard let shards, let shardsField = section["shards"] else {
      let most = PipelineDefaults.mostShards
      return BatchDeclaration(tokens: tokens, shards: greatestCommonDivisor(sequences, most))
    }
    guard sequences % shards == 0 else {
      let divisors = (1...min(sequences, 64)).filter { sequences % $0 == 0 }.map(String.init)
      let more = sequences > 64 ? " and other divisors of \(sequences)" : ""
      shardsField.report(
        "found \(shards), but a batch has \(sequences) sequences (\(tokens) tokens / context "
          + "\(context)), which cannot be cut into so many equal pieces; allowed are "
          + listed(divisors) + more)
      return nil
    }
    return BatchDeclaration(tokens: tokens, shards: shards)
  }
}

private func greatestCommonDivisor(_ lhs: Int, _ rhs: Int) -> Int {
  rhs == 0 ? lhs : greatestCommonDivisor(rhs, lhs % rhs)
}
