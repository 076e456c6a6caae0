import Corpora
import Foundation
import PluginSDK
import TestFolders

/// A tokenizer whose ids are bytes, with room for more ids that stand for nothing.
struct ByteIDs: Tokenizer {
  var vocabularySize = 256
  /// Added to each id, to break the law that ids lie in the vocabulary.
  var shift: TokenID = 0
  /// Documents that start like this are errors.
  var refused: [String] = []

  func encode(_ bytes: [UInt8]) throws(PluginError) -> [TokenID] {
    if refused.contains(where: { bytes.starts(with: $0.utf8) }) {
      throw PluginError(.corruptData, "refused")
    }
    return bytes.map { TokenID($0) + shift }
  }

  func decode(_ ids: [TokenID]) throws(PluginError) -> [UInt8] {
    ids.map { UInt8(truncatingIfNeeded: $0) }
  }

  func save() throws(PluginError) -> [UInt8] { Array("\(vocabularySize)".utf8) }

  func fingerprint(options: OptionValues = OptionValues()) throws -> TokenizerFingerprint {
    try TokenizerFingerprint(
      self,
      identity: PluginIdentity(
        name: "byte-ids", kind: .tokenizer, version: "1.0.0", abiMajor: 1, abiMinor: 0,
        concurrency: .concurrent, entry: "entry", capabilities: [], toolchain: "none"),
      options: options)
  }
}

/// A mixer that computes its weights from progress.
struct ComputedMixer: DataMixer {
  var sources: [String]
  var compute: @Sendable (MixingProgress) -> [Double]

  func weights(at progress: MixingProgress) throws(PluginError) -> [Double] { compute(progress) }
}

/// Where the project's real text lies, beside the repository.
let realCorpora = ProjectFolders.sharedData.appending(path: "corpora")
  .path(percentEncoded: false)

/// A shard of given documents, each a run of ids below 256.
func makeStore(
  _ documents: [[TokenID]], in folder: TemporaryFolder, name: String = "store.tokens",
  byteLengths: [Int] = [Int](repeating: 1, count: 256)
) throws -> TokenStore {
  var writer = try TokenStoreWriter(
    path: "\(folder.path)/\(name)", key: [UInt8](repeating: 7, count: 32),
    byteLengths: byteLengths)
  for document in documents {
    try writer.append(
      document: document, byteCount: document.count, characterCount: document.count)
  }
  return try writer.finish()
}
