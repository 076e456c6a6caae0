import PluginBridges
import PluginConformance
import PluginSDK

/// A tokenizer whose ids are bytes moved on by seven, with a fault.
struct FaultyTokenizer: Tokenizer {
  enum Fault: CaseIterable, Sendable {
    case none, readsText, growsIDs, marksStart, alternates, saltsModel, forgetsShift, takesAnyID
    case loadsAnything, refusesSilently, mixesBatches
  }

  let fault: Fault
  var shift = 7
  let calls = Counter()

  static let title = Array("cpt-host specimen, shifted by ".utf8)

  var vocabularySize: Int { 2 * (256 + shift) }

  func encode(_ bytes: [UInt8]) -> [TokenID] {
    let offset = fault == .alternates && calls.next() % 2 == 1 ? 256 + shift : 0
    var ids = bytes.map { TokenID(Int($0) + shift + offset) }
    if fault == .growsIDs, bytes.count > 2000 { ids[0] = TokenID(vocabularySize) }
    if fault == .marksStart, bytes.isEmpty { ids = [TokenID(shift)] }
    return ids
  }

  func encode(batch texts: ConcatenatedLists<UInt8>) -> ConcatenatedLists<TokenID> {
    // As by a state that is kept from text to text.
    let isMixed = fault == .mixesBatches
    return ConcatenatedLists(
      texts.indices.map { encode(Array(texts[isMixed ? max(0, $0 - 1) : $0])) })
  }

  func decode(_ ids: [TokenID]) throws(PluginError) -> [UInt8] {
    var bytes: [UInt8] = []
    for id in ids {
      let byte = (Int(id) - shift) % (256 + shift)
      guard fault == .takesAnyID || (byte >= 0 && byte < 256 && Int(id) < vocabularySize) else {
        let words = fault == .refusesSilently ? " " : "\(id) is not a byte moved on by \(shift)"
        throw PluginError(.invalidArgument, words)
      }
      bytes.append(UInt8(truncatingIfNeeded: byte))
    }
    return fault == .readsText ? Array(String(decoding: bytes, as: UTF8.self).utf8) : bytes
  }

  func save() -> [UInt8] {
    let salt: [UInt8] =
      fault == .saltsModel ? (0..<8).map { _ in UInt8.random(in: .min ... .max) } : []
    return Self.title + [fault == .forgetsShift ? 0 : UInt8(shift)] + salt
  }
}

/// Makes tokenizers with a fault.
struct FaultyTokenizerFactory: TokenizerFactory {
  let fault: FaultyTokenizer.Fault
  let identity = PluginIdentity.direct("faulty-tokenizer", .tokenizer)
  let options = [OptionDeclaration("unused", .boolean, .optional, help: "Nothing.")]

  func train(
    on documents: any DocumentSource, options: OptionValues
  ) throws(PluginError) -> any Tokenizer {
    _ = try options.completed(by: self.options)
    while try documents.next() != nil {}
    return FaultyTokenizer(fault: fault)
  }

  func load(model: [UInt8], options: OptionValues) throws(PluginError) -> any Tokenizer {
    var tokenizer = FaultyTokenizer(fault: fault)
    if fault == .loadsAnything { return tokenizer }
    guard model.starts(with: FaultyTokenizer.title), model.count > FaultyTokenizer.title.count
    else {
      throw PluginError(.corruptData, "the model has no title: train it again")
    }
    tokenizer.shift = Int(model[FaultyTokenizer.title.count])
    return tokenizer
  }

  private static func broken(
    _ law: String, by fault: FaultyTokenizer.Fault, mentions mention: String
  ) -> LawCase {
    LawCase(law, "\(fault)", .tokenizer(Self(fault: fault)), mentions: mention)
  }

  static let cases = [
    broken("tokenizer.round-trip", by: .readsText, mentions: "1 bytes 80 became the ids [135]"),
    broken("tokenizer.ids-in-range", by: .growsIDs, mentions: "gave the id 526, outside"),
    broken("tokenizer.empty-input", by: .marksStart, mentions: "no bytes became the ids [7]"),
    broken("tokenizer.order-independent", by: .alternates, mentions: "and later"),
    broken("tokenizer.batch-equals-single", by: .mixesBatches, mentions: "text 2 of a batch of"),
    broken("tokenizer.training-deterministic", by: .saltsModel, mentions: "two different models"),
    broken("tokenizer.save-load", by: .forgetsShift, mentions: "when read back"),
    broken("tokenizer.refuses-foreign-ids", by: .takesAnyID, mentions: "was not refused"),
    broken(
      "tokenizer.refuses-corrupt-models", by: .loadsAnything,
      mentions: "random bytes was read without complaint"),
    broken("plugin.refuses-with-words", by: .refusesSilently, mentions: "and no message"),
  ]
}
