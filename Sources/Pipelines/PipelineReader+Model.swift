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
    if let field = section["ladder"] { ladder = readLadder(field, in: section) }
    var counting: ParameterCounting? = PipelineDefaults.counting
    if let field = section["count"] { counting = field.choice(ParameterCounting.self) }
    guard let use, let context, let ladder, let counting else { return nil }
    return ModelDeclaration(use: use, context: context, ladder: ladder, counting: counting)
  }
}
