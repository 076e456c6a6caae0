import Crypto
import FoundationEssentials
package import PluginSDK

/// The tokens of both sides of a corpus.
package struct TokenizedCorpus: Sendable {
  package var train: TokenStore
  package var heldOut: TokenStore
  /// What the files held.
  package var report: ReadingReport
  /// Whether the tokens were there already.
  package var wasCached: Bool

  /// The tokens of one side.
  package func store(of split: CorpusSplit) -> TokenStore {
    split == .train ? train : heldOut
  }
}

/// How far a corpus is tokenised.
package struct TokenizationProgress: Hashable, Sendable {
  package var corpus: String
  package var documents: Int
  /// Bytes of text.
  package var bytes: Int
}

/// A folder of token shards, each under the hash of everything that its tokens depend on.
///
/// A corpus that was tokenised before is found again; a shard that is damaged is made again.
package struct TokenCache: Sendable {
  package let folder: String

  /// Names a folder; it is made when it is needed.
  package init(folder: String) { self.folder = folder }

  /// Returns the tokens of a corpus, tokenising it if that was not done before.
  ///
  /// - Parameters:
  ///   - corpus: The documents and how they are split.
  ///   - tokenizer: Turns them into ids.
  ///   - fingerprint: Of that tokenizer.
  ///   - threads: How many documents are encoded at once; no id depends on it. Must be 1 for a
  ///     plugin that is not declared concurrent.
  ///   - progress: Called now and then; what it throws ends the work with nothing half-done.
  /// - Returns: The tokens of both sides, and what was read.
  /// - Throws: ``CorpusError``, the tokenizer's error, or what `progress` threw.
  package func tokens(
    of corpus: CorpusDefinition, tokenizer: any Tokenizer, fingerprint: TokenizerFingerprint,
    threads: Int, progress: (TokenizationProgress) throws -> Void = { _ in }
  ) throws -> TokenizedCorpus {
    precondition(threads > 0)
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw CorpusError(
        .fileAccess, "cannot make the cache folder \(folder); check the path and its permissions")
    }
    let base = try contentAddress(of: corpus, fingerprint: fingerprint)
    if let found = cached(base) { return found }
    return try tokenise(
      corpus, base: base, tokenizer: tokenizer, threads: threads, progress: progress
    ) {
      guard try contentAddress(of: corpus, fingerprint: fingerprint) == base else {
        throw CorpusError(
          .fileAccess,
          "a file of corpus '\(corpus.name)' changed while it was read; run again once nothing writes "
            + "to it")
      }
    }
  }

  /// Removes what writers left that were killed; nobody may be writing.
  package func removeLeftovers() {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    where name.hasSuffix(AtomicFile.suffix) {
      try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")
    }
  }

  /// The shards and the report under an address, if all are there and whole.
  private func cached(_ base: [UInt8]) -> TokenizedCorpus? {
    guard let data = FileManager.default.contents(atPath: reportPath(base)),
      let report = try? JSONDecoder().decode(ReadingReport.self, from: data),
      let train = try? verified(.train, base), let heldOut = try? verified(.heldOut, base)
    else { return nil }
    return TokenizedCorpus(train: train, heldOut: heldOut, report: report, wasCached: true)
  }

  private func verified(_ split: CorpusSplit, _ base: [UInt8]) throws(CorpusError) -> TokenStore {
    let store = try TokenStore(path: shardPath(split, base))
    try store.verifyContents()
    return store
  }

  private func tokenise(
    _ corpus: CorpusDefinition, base: [UInt8], tokenizer: any Tokenizer, threads: Int,
    progress: (TokenizationProgress) throws -> Void, checkUnchanged: () throws -> Void
  ) throws -> TokenizedCorpus {
    let ids = (0..<TokenID(tokenizer.vocabularySize)).map { [$0] }
    let lengths = try tokenizer.decode(batch: ConcatenatedLists(ids)).map(\.count)
    var train = try TokenStoreWriter(
      path: shardPath(.train, base), key: Self.key(.train, base), byteLengths: lengths)
    var heldOut = try TokenStoreWriter(
      path: shardPath(.heldOut, base), key: Self.key(.heldOut, base), byteLengths: lengths)
    var reader = try DocumentReader(corpus)
    var isAtEnd = false
    while !isAtEnd {
      let documents = try Self.read(from: &reader, isAtEnd: &isAtEnd)
      let countBefore = reader.report.documents - documents.count
      let encoded = try tokenizer.encode(documents.map(\.text), threads: threads) { places in
        Self.title(documents[places], of: corpus, after: countBefore)
      }
      for (document, tokens) in zip(documents, encoded.joined()) {
        let (bytes, characters) = (document.text.count, document.characterCount)
        if document.isHeldOut(fraction: corpus.heldOut) {
          try heldOut.append(document: tokens, byteCount: bytes, characterCount: characters)
        } else {
          try train.append(document: tokens, byteCount: bytes, characterCount: characters)
        }
      }
      try progress(
        TokenizationProgress(
          corpus: corpus.name, documents: reader.report.documents, bytes: reader.report.bytes))
    }
    try checkUnchanged()
    let report = reader.report
    let stores = (try train.finish(), try heldOut.finish())
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    var file = try AtomicFile(path: reportPath(base))
    try file.append(Array(try encoder.encode(report)))
    try file.finish()
    return TokenizedCorpus(
      train: stores.0, heldOut: stores.1, report: report, wasCached: false)
  }

  /// What errors call documents that stand side by side.
  private static func title(
    _ documents: ArraySlice<Document>, of corpus: CorpusDefinition, after countBefore: Int
  ) -> String {
    let first = countBefore + documents.startIndex + 1
    guard documents.count == 1 else {
      return "one of the documents \(first) to \(countBefore + documents.endIndex) of corpus "
        + "'\(corpus.name)'"
    }
    let id = documents.first?.id.map { " ('\($0)')" } ?? ""
    return "document \(first)\(id) of corpus '\(corpus.name)'"
  }

  /// Some documents: enough to keep threads busy, few enough to hold in memory.
  private static func read(
    from reader: inout DocumentReader, isAtEnd: inout Bool
  ) throws(CorpusError) -> [Document] {
    var documents: [Document] = []
    var bytes = 0
    while bytes < 4 << 20 && documents.count < 4096 {
      guard let document = try reader.next() else {
        isAtEnd = true
        break
      }
      bytes += document.text.count
      documents.append(document)
    }
    return documents
  }

  /// SHA-256 over everything that the tokens of a corpus depend on.
  ///
  /// The files count by their contents and kinds, not by their names.
  private func contentAddress(
    of corpus: CorpusDefinition, fingerprint: TokenizerFingerprint
  ) throws -> [UInt8] {
    var hash = SHA256()
    hash.update(data: TokenStoreFormat.version.littleEndianBytes)
    hash.update(data: Array(SHA256.hash(data: try fingerprint.canonicalBytes())))
    hash.update(data: corpus.heldOut.bitPattern.littleEndianBytes)
    hash.update(data: Array(SHA256.hash(data: Array(corpus.textField.utf8))))
    for file in try DocumentReader(corpus).files {
      hash.update(data: try Self.digest(ofFile: file))
      hash.update(data: Array(SHA256.hash(data: Array(DocumentReader.format(of: file).utf8))))
    }
    return Array(hash.finalize())
  }

  /// SHA-256 of a file's bytes as they lie on disk.
  package static func digest(ofFile path: String) throws(CorpusError) -> [UInt8] {
    var stream = try ByteStream(path: path, decompressing: false)
    var hash = SHA256()
    while let bytes = try stream.next() { hash.update(data: bytes) }
    return Array(hash.finalize())
  }

  private static func key(_ split: CorpusSplit, _ base: [UInt8]) -> [UInt8] {
    Array(SHA256.hash(data: base + Array(split.rawValue.utf8)))
  }

  private func shardPath(_ split: CorpusSplit, _ base: [UInt8]) -> String {
    "\(folder)/\(Self.key(split, base).hexadecimal).tokens"
  }

  private func reportPath(_ base: [UInt8]) -> String { "\(folder)/\(base.hexadecimal).json" }
}
