package import Foundation
package import Pipelines
package import PluginSDK

/// Everything that the numbers of a run depend on.
///
/// The run's id is the SHA-256 of this value as canonical JSON, which stands in the run's folder as
/// `identity.json`. Names of stages, sizes and folders are not in it: the same content is the same
/// run, whatever it is called.
package struct RunIdentity: Hashable, Sendable, Codable {
  /// A plugin by its content.
  package struct Plugin: Hashable, Sendable, Codable {
    package var name: String
    package var version: String
    /// The SHA-256 of its file.
    package var sha256: String
    package var options: OptionValues

    package init(name: String, version: String, sha256: String, options: OptionValues) {
      self.name = name
      self.version = version
      self.sha256 = sha256
      self.options = options
    }
  }

  /// A corpus by the content addresses of its token shards.
  package struct Data: Hashable, Sendable, Codable {
    package var corpus: String
    package var tokens: String

    package init(corpus: String, tokens: String) {
      self.corpus = corpus
      self.tokens = tokens
    }
  }

  /// The version of the arithmetic in the host outside of the engine; raised when the same run would
  /// give other bits.
  package static let hostNumerics = 1

  package var numerics = hostNumerics
  /// What of the engine its bits depend on.
  package var engine: String
  package var seed: UInt64
  package var dimensions: ModelDimensions
  package var architecture: Plugin
  package var optimizer: Plugin
  package var learningRate: Double
  package var schedule: ScheduleDeclaration
  package var clip: Double?
  package var batch: BatchDeclaration
  /// The sequences trained on.
  package var sequences: Int
  /// Of a branch the sequences of its trunk, whose warm-up and order of data it has; nil, and not in
  /// the document, for all others.
  package var trunkSequences: Int?
  package var mixer: Plugin
  /// In the order of the mixer.
  package var data: [Data]
  package var tokenizer: Plugin
  /// The SHA-256 of the tokenizer's saved model.
  package var tokenizerModel: String
  package var evaluation: EvaluationDeclaration
  /// In the order of the evaluation.
  package var heldOut: [Data]
  /// The id of the run it continues from.
  package var source: String?
  /// The function that gives the schedule; nil, and not in the document, where none does.
  package var scheduleFunction: Plugin?

  package init(
    engine: String, seed: UInt64, dimensions: ModelDimensions, architecture: Plugin,
    optimizer: Plugin, learningRate: Double, schedule: ScheduleDeclaration, clip: Double?,
    batch: BatchDeclaration, sequences: Int, trunkSequences: Int? = nil, mixer: Plugin,
    data: [Data], tokenizer: Plugin, tokenizerModel: String, evaluation: EvaluationDeclaration,
    heldOut: [Data], source: String?, scheduleFunction: Plugin? = nil
  ) {
    self.engine = engine
    self.seed = seed
    self.dimensions = dimensions
    self.architecture = architecture
    self.optimizer = optimizer
    self.learningRate = learningRate
    self.schedule = schedule
    self.clip = clip
    self.batch = batch
    self.sequences = sequences
    self.trunkSequences = trunkSequences
    self.mixer = mixer
    self.data = data
    self.tokenizer = tokenizer
    self.tokenizerModel = tokenizerModel
    self.evaluation = evaluation
    self.heldOut = heldOut
    self.source = source
    self.scheduleFunction = scheduleFunction
  }

  /// The value as canonical JSON.
  package func document() throws -> Foundation.Data { try ContentIdentity.canonicalJSON(self) }

  /// The SHA-256 of the document in hexadecimal.
  package func id() throws -> String { ContentIdentity.sha256(try document()) }
}
