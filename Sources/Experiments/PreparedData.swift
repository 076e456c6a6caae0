import Corpora
import Foundation
import Pipelines
import PluginSDK

/// A pipeline's tokenizer and the tokens of its corpora, from the cache where they are there.
struct PreparedData {
  let tokenizer: TokenizerRecord
  /// V, the end-of-document id included.
  let vocabulary: Int
  /// By the names of the pipeline.
  let tokens: [String: TokenizedCorpus]
  /// In the order of the pipeline.
  let corpora: [CorpusRecord]

  /// Reads the corpora of a pipeline, trains its tokenizer and tokenises them.
  ///
  /// - Parameters:
  ///   - pipeline: The pipeline.
  ///   - plugins: Its plugins.
  ///   - workspace: Where the cache is.
  ///   - threads: How many documents are tokenised at once; no token depends on it.
  ///   - watch: Told what is done; asked whether to stop.
  /// - Throws: ``ExperimentError`` with `interrupted`, the errors of corpora and of the tokenizer.
  init(
    _ pipeline: Pipeline, plugins: ExperimentPlugins, workspace: Workspace, threads: Int,
    watch: StudyWatch
  ) throws {
    var files: [String: [CorpusRecord.File]] = [:]
    for corpus in pipeline.corpora {
      try watch.begin(.hashing(corpus: corpus.name))
      files[corpus.name] = try Self.files(of: corpus)
    }
    let tokenizer = try watch.timed(TimingRecord.tokenizerPart) {
      try TrainedTokenizer.make(
        pipeline, plugins: plugins, files: files, workspace: workspace, watch: watch)
    }
    let fingerprint = try TokenizerFingerprint(
      tokenizer.tokenizer, identity: plugins.tokenizer.identity,
      options: pipeline.tokenizer.use.options)
    let cache = TokenCache(folder: workspace.tokens)
    cache.removeLeftovers()
    let isConcurrent = plugins.tokenizer.identity.concurrency == .concurrent
    var tokens: [String: TokenizedCorpus] = [:]
    var records: [CorpusRecord] = []
    for corpus in pipeline.corpora {
      try watch.begin(.tokenizing(corpus: corpus.name))
      let total = (files[corpus.name] ?? []).reduce(0) { $0 + $1.byteCount }
      let prepared = try watch.timed(TimingRecord.part(tokenizing: corpus.name)) {
        let prepared = try cache.tokens(
          of: corpus.definition, tokenizer: tokenizer.tokenizer, fingerprint: fingerprint,
          threads: isConcurrent ? threads : 1
        ) { progress in
          try watch.update(
            .tokenizing(corpus: corpus.name),
            fraction: total > 0 ? min(1, Double(progress.bytes) / Double(total)) : nil)
        }
        return (prepared, isNew: !prepared.wasCached)
      }
      tokens[corpus.name] = prepared
      records.append(CorpusRecord(corpus, files: files[corpus.name] ?? [], prepared))
    }
    self.tokenizer = tokenizer.record
    vocabulary = TokenStore.modelVocabulary(vocabularySize: tokenizer.tokenizer.vocabularySize)
    self.tokens = tokens
    corpora = records
  }

  /// The tokens of a corpus that the pipeline names.
  ///
  /// - Throws: ``ExperimentError`` with `pipeline` if it names none of this name.
  func corpus(_ name: String) throws(ExperimentError) -> TokenizedCorpus {
    guard let corpus = tokens[name] else {
      throw ExperimentError(
        .pipeline,
        "there is no corpus '\(name)'; the pipeline has "
          + corpora.map(\.name).joined(separator: ", "))
    }
    return corpus
  }

  private static func files(of corpus: CorpusDeclaration) throws -> [CorpusRecord.File] {
    try DocumentReader(corpus.definition).files.map { path in
      let attributes = try FileManager.default.attributesOfItem(atPath: path)
      return CorpusRecord.File(
        path: path, byteCount: (attributes[.size] as? Int) ?? 0,
        sha256: try TokenCache.digest(ofFile: path).hexadecimal)
    }
  }
}

extension CorpusDeclaration {
  /// The corpus as it is read.
  var definition: CorpusDefinition {
    CorpusDefinition(name: name, files: files, textField: textField, heldOut: heldOut)
  }
}

extension CorpusRecord {
  fileprivate init(_ corpus: CorpusDeclaration, files: [File], _ tokens: TokenizedCorpus) {
    var skipped = tokens.report.skipped.map(\.description)
    let unnamed = tokens.report.skippedCount - skipped.count
    if unnamed > 0 { skipped.append("and \(unnamed) more documents") }
    self.init(
      name: corpus.name, language: corpus.language, licence: corpus.licence, files: files,
      trainingDocuments: tokens.train.documentCount, trainingTokens: tokens.train.tokenCount,
      trainingBytes: tokens.train.byteCount, heldOutDocuments: tokens.heldOut.documentCount,
      heldOutTokens: tokens.heldOut.tokenCount, heldOutBytes: tokens.heldOut.byteCount,
      skipped: skipped)
  }
}
