import Crypto
import PluginSDK

/// A text with a name: the unit that is split, tokenised and ended.
package struct Document: Hashable, Sendable {
  /// UTF-8.
  package var text: [UInt8]
  /// What the file calls it; nil if it does not.
  package var id: String?
  /// What it shares with its translations; nil if the file does not say.
  package var group: String?

  package init(text: [UInt8], id: String? = nil, group: String? = nil) {
    self.text = text
    self.id = id
    self.group = group
  }

  /// The id, or where there is none the SHA-256 of the text in hexadecimal.
  package var identity: String { id ?? Array(SHA256.hash(data: text)).hexadecimal }

  /// The Unicode scalars of the text.
  package var characterCount: Int { text.count { $0 & 0xC0 != 0x80 } }

  /// Whether the document is held out, if this part of all documents is.
  ///
  /// A pure function of the group (or, where there is none, the identity) and the fraction:
  /// documents of one group, in whatever corpus, stand on one side; a greater fraction holds out all
  /// that a smaller one does.
  package func isHeldOut(fraction: Double) -> Bool {
    precondition(fraction >= 0 && fraction < 1, "a held-out fraction lies in 0..<1")
    return CounterRandom(seed: 0, stream: "corpora/held-out/\(group ?? identity)").uniform(0)
      < fraction
  }
}

/// The two sides of a corpus.
package enum CorpusSplit: String, Hashable, Sendable, Codable, CaseIterable {
  case train
  case heldOut = "held-out"
}
