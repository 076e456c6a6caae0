import Crypto
package import PluginSDK

/// The tokens of one split of a corpus, read in place from a token shard.
package struct TokenStore: Sendable {
  /// V, the number of ids a model has to know: those of the tokenizer and the end-of-document id.
  package var vocabulary: Int { format.vocabulary }
  /// The id that ends each document: the one after the tokenizer's last.
  package var endOfDocument: TokenID { Self.endOfDocument(vocabularySize: vocabulary - 1) }
  /// The number of tokens, the ends of documents among them.
  package var tokenCount: Int { format.tokenCount }
  package var documentCount: Int { format.documentCount }
  /// The size of the text.
  package var byteCount: Int { format.byteCount }
  /// The Unicode scalars of the text.
  package var characterCount: Int { format.characterCount }
  /// Where the shard lies.
  package var path: String { file.path }
  /// The content address: SHA-256 of everything that the tokens depend on.
  package let key: [UInt8]

  private let file: MappedFile
  private let format: TokenStoreFormat
  private let byteLengths: [Int]

  /// The id that ends documents, for a tokenizer of `vocabularySize` ids.
  package static func endOfDocument(vocabularySize: Int) -> TokenID { TokenID(vocabularySize) }

  /// The number of ids a model has to know, for a tokenizer of `vocabularySize` ids.
  package static func modelVocabulary(vocabularySize: Int) -> Int { vocabularySize + 1 }

  /// Opens a shard and checks its header and size.
  ///
  /// - Throws: ``CorpusError`` with `fileAccess` or `damagedCache`.
  package init(path: String) throws(CorpusError) {
    file = try MappedFile(path: path)
    format = try TokenStoreFormat(header: file)
    key = file.bytes(in: 64..<96)
    byteLengths = file.numbers(
      of: UInt16.self, at: TokenStoreFormat.headerSize, count: format.vocabulary, as: Int.self)
    guard documentStart(0) == 0, documentStart(documentCount) == tokenCount else {
      throw TokenStoreFormat.damaged(file, "its documents do not cover its tokens")
    }
  }

  /// The number of sequences of T tokens, each followed by one token more that is its last target;
  /// neighbours share that token.
  package func sequenceCount(context: Int) -> Int { max(0, tokenCount - 1) / context }

  /// The ids at some places.
  ///
  /// - Precondition: The places lie in `0 ..< tokenCount`.
  /// - Complexity: O(number of places).
  package func tokens(in range: Range<Int>) -> [TokenID] {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= tokenCount,
      "tokens \(range) are outside 0..<\(tokenCount)")
    let offset = format.tokensOffset + range.lowerBound * format.elementWidth
    return format.elementWidth == 2
      ? file.numbers(of: UInt16.self, at: offset, count: range.count, as: TokenID.self)
      : file.numbers(of: UInt32.self, at: offset, count: range.count, as: TokenID.self)
  }

  /// The places of a document's tokens, its end-of-document id among them.
  package func document(_ index: Int) -> Range<Int> {
    precondition(index >= 0 && index < documentCount)
    return documentStart(index)..<documentStart(index + 1)
  }

  /// The bytes of text that the ids at some places stand for.
  ///
  /// Exact where ``byteCountsAreExact``; else the store's mean bytes a token, times the places.
  ///
  /// - Complexity: O(number of places).
  package func byteCount(in range: Range<Int>) -> Double {
    guard byteCountsAreExact else {
      return Double(byteCount) * Double(range.count) / Double(max(1, tokenCount))
    }
    return Double(tokens(in: range).reduce(0) { $0 + byteLengths[Int($1)] })
  }

  /// Whether each id stands for a fixed number of bytes, as with byte-level tokenizers.
  package var byteCountsAreExact: Bool { format.lengthsAddUp }

  /// Reads the whole shard and compares it with its checksum.
  ///
  /// - Throws: ``CorpusError`` with `damagedCache` if a bit has changed.
  package func verifyContents() throws(CorpusError) {
    var hash = SHA256()
    for start in stride(from: TokenStoreFormat.headerSize, to: file.count, by: 1 << 20) {
      hash.update(data: file.bytes(in: start..<min(start + 1 << 20, file.count)))
    }
    hash.update(data: file.bytes(in: 0..<96))
    guard Array(hash.finalize()) == file.bytes(in: 96..<128) else {
      throw TokenStoreFormat.damaged(file, "its contents do not have the checksum in its header")
    }
  }

  private func documentStart(_ index: Int) -> Int {
    let start: UInt64 = file.number(at: format.documentsOffset + 8 * index)
    return Int(truncatingIfNeeded: start)
  }
}
