import Corpora
import Foundation
import Pipelines
import PluginSDK

/// A tokenizer, trained once for the same text and options and then read from the cache.
struct TrainedTokenizer {
  let tokenizer: any Tokenizer
  let record: TokenizerRecord

  /// What the saved model depends on.
  private struct Content: Codable {
    var plugin: RunIdentity.Plugin
    var trainOn: [CorpusShare]
    var trainingByteLimit: Int?
    /// For each corpus it is trained on the digests of its files and how they are read.
    var corpora: [[String]]
  }

  /// Reads the tokenizer from the cache or trains it.
  ///
  /// - Returns: The tokenizer, and whether it was trained now.
  static func make(
    _ pipeline: Pipeline, plugins: ExperimentPlugins, files: [String: [CorpusRecord.File]],
    workspace: Workspace, watch: StudyWatch
  ) throws -> (TrainedTokenizer, isNew: Bool) {
    let declaration = pipeline.tokenizer
    let sources = try declaration.trainOn.map { share in
      guard let corpus = pipeline.corpora.first(where: { $0.name == share.corpus }) else {
        throw ExperimentError(
          .pipeline, "the tokenizer is trained on '\(share.corpus)', which is no corpus")
      }
      return (corpus: corpus, weight: share.share)
    }.filter { $0.weight > 0 }
    let content = Content(
      plugin: try plugins.identity(.tokenizer, declaration.use), trainOn: declaration.trainOn,
      trainingByteLimit: declaration.trainingByteLimit,
      corpora: sources.map { source in
        (files[source.corpus.name] ?? []).map { "\($0.sha256) \(Self.suffix(of: $0.path))" }
          + [source.corpus.textField, String(source.corpus.heldOut)]
      })
    let key = ContentIdentity.sha256(try ContentIdentity.canonicalJSON(content))
    let path = "\(workspace.tokenizers)/\(key).model"

    if let model = FileManager.default.contents(atPath: path),
      let found = try? plugins.tokenizer.load(
        model: Array(model), options: declaration.use.options)
    {
      return (Self(found, model, declaration, path), false)
    }
    try watch.begin(.trainingTokenizer)
    let trained = try plugins.tokenizer.train(
      on: try TrainingDocuments(
        sources.map { ($0.corpus.definition, $0.weight) },
        byteLimit: declaration.trainingByteLimit),
      options: declaration.use.options)
    let model = Data(try trained.save())
    try Workspace.makeFolder(workspace.tokenizers)
    try Workspace.write(model, to: path)
    return (Self(trained, model, declaration, path), true)
  }

  /// What stands after the first point of a file's name, which decides how it is read.
  private static func suffix(of path: String) -> String {
    URL(filePath: path).lastPathComponent.split(separator: ".").dropFirst().joined(separator: ".")
  }

  private init(
    _ tokenizer: any Tokenizer, _ model: Data, _ declaration: TokenizerDeclaration, _ path: String
  ) {
    self.tokenizer = tokenizer
    record = TokenizerRecord(
      plugin: declaration.use.plugin,
      vocabulary: TokenStore.modelVocabulary(vocabularySize: tokenizer.vocabularySize),
      sha256: ContentIdentity.sha256(model), path: path)
  }
}
