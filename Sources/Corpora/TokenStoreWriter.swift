import Crypto
package import PluginSDK

/// Writes a token shard, document after document.
package struct TokenStoreWriter: ~Copyable {
  private var file: AtomicFile
  private var format: TokenStoreFormat
  private let key: [UInt8]
  private let byteLengths: [Int]
  private var documentStarts: [Int] = []
  private var payload = SHA256()

  /// Starts a shard.
  ///
  /// - Parameters:
  ///   - path: Where it will appear once it is finished.
  ///   - key: The content address, 32 bytes.
  ///   - byteLengths: For each id of the tokenizer the bytes it decodes to alone.
  /// - Throws: ``CorpusError`` with `fileAccess` if the folder cannot be written.
  package init(path: String, key: [UInt8], byteLengths: [Int]) throws(CorpusError) {
    precondition(key.count == 32, "a content address has 32 bytes")
    let vocabulary = TokenStore.modelVocabulary(vocabularySize: byteLengths.count)
    let format = TokenStoreFormat(
      elementWidth: TokenStoreFormat.elementWidth(vocabulary: vocabulary), vocabulary: vocabulary,
      tokenCount: 0, documentCount: 0, byteCount: 0, characterCount: 0, lengthsAddUp: true)
    var lengths = (byteLengths + [0]).flatMap { UInt16(min($0, Int(UInt16.max))).littleEndianBytes }
    let gap = format.tokensOffset - TokenStoreFormat.headerSize - lengths.count
    lengths += [UInt8](repeating: 0, count: gap)
    var file = try AtomicFile(path: path)
    try file.append([UInt8](repeating: 0, count: TokenStoreFormat.headerSize) + lengths)
    payload.update(data: lengths)
    self.file = file
    self.format = format
    self.key = key
    self.byteLengths = byteLengths
  }

  /// Appends a document and its end.
  ///
  /// - Parameters:
  ///   - tokens: The ids of its text.
  ///   - byteCount: The bytes of its text.
  ///   - characterCount: The Unicode scalars of its text.
  /// - Throws: ``CorpusError`` with `unlawfulPlugin` if an id lies outside the vocabulary.
  package mutating func append(
    document tokens: some Collection<TokenID>, byteCount: Int, characterCount: Int
  ) throws(CorpusError) {
    var lengths = 0
    for id in tokens {
      guard id >= 0 && Int(id) < byteLengths.count else {
        throw CorpusError(
          .unlawfulPlugin,
          """
          the tokenizer gave the id \(id), outside its vocabulary 0..<\(byteLengths.count); run \
          'cpt-host plugins check' on it
          """)
      }
      lengths += byteLengths[Int(id)]
    }
    documentStarts.append(format.tokenCount)
    format.lengthsAddUp = format.lengthsAddUp && lengths == byteCount
    format.tokenCount += tokens.count + 1
    format.documentCount += 1
    format.byteCount += byteCount
    format.characterCount += characterCount
    try append(encoded(tokens) + encoded(CollectionOfOne(TokenID(byteLengths.count))))
  }

  /// Makes the shard durable, puts it in its place and opens it.
  package consuming func finish() throws(CorpusError) -> TokenStore {
    try pad(from: format.tokensOffset + format.tokenCount * format.elementWidth)
    documentStarts.append(format.tokenCount)
    for start in documentStarts { try append(UInt64(start).littleEndianBytes) }
    if byteLengths.contains(where: { $0 > Int(UInt16.max) }) { format.lengthsAddUp = false }
    let header = format.header(key: key)
    payload.update(data: header)
    try file.overwriteStart(with: header + Array(payload.finalize()))
    let path = file.path
    try file.finish()
    return try TokenStore(path: path)
  }

  private func encoded(_ tokens: some Collection<TokenID>) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(tokens.count * format.elementWidth)
    for token in tokens {
      let word = UInt32(bitPattern: token)
      for place in 0..<format.elementWidth {
        bytes.append(UInt8(truncatingIfNeeded: word >> (8 * UInt32(place))))
      }
    }
    return bytes
  }

  private mutating func append(_ bytes: [UInt8]) throws(CorpusError) {
    payload.update(data: bytes)
    try file.append(bytes)
  }

  private mutating func pad(from offset: Int) throws(CorpusError) {
    let gap = TokenStoreFormat.aligned(offset) - offset
    if gap > 0 { try append([UInt8](repeating: 0, count: gap)) }
  }
}
