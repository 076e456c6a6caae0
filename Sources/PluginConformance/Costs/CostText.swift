import Glibc
import PluginSDK

/// Text to encode: many words, few of them frequent, as in a language.
struct CostText {
  private static let wordCount = 5_000

  private let bytes: [UInt8]

  /// Writes the text of a seed.
  init(seed: UInt64, byteCount: Int) {
    var random = SeededGenerator(seed: seed, stream: "cost text")
    let letters = Array("etaoinshrdlcumwfgypbvk".utf8)
    let words = (0..<Self.wordCount).map { rank in
      // Frequent words are short, and the square favours the first letters.
      (0..<(2 + Int.random(in: 0...min(8, 1 + rank / 100), using: &random))).map { _ in
        let part = Double.random(in: 0..<1, using: &random)
        return letters[Int(part * part * Double(letters.count))]
      }
    }
    var bytes: [UInt8] = []
    while bytes.count < byteCount {
      // Zipf's law: of the words before rank r there are about as many as log r.
      let rank = Int(pow(Double(words.count), Double.random(in: 0..<1, using: &random)))
      bytes += words[min(rank, words.count) - 1]
      bytes.append(
        UInt8(ascii: Int.random(in: 0..<97, using: &random) == 0 ? "\n" : " "))
    }
    self.bytes = Array(bytes.prefix(byteCount))
  }

  var byteCount: Int { bytes.count }

  /// The text cut into documents of one size; at least one.
  func documents(ofSize size: Int) -> [[UInt8]] {
    stride(from: 0, through: max(0, bytes.count - size), by: size).map {
      Array(bytes[$0..<min($0 + size, bytes.count)])
    }
  }

  /// The same documents to train on, from the first one on.
  func documents() -> any DocumentSource { Documents(documents(ofSize: 10_000)) }

  private final class Documents: DocumentSource {
    private let documents: [[UInt8]]
    private var place = 0

    init(_ documents: [[UInt8]]) { self.documents = documents }

    var byteCount: Int { documents.reduce(0) { $0 + $1.count } }

    func next() throws(PluginError) -> [UInt8]? {
      guard place < documents.count else { return nil }
      defer { place += 1 }
      return documents[place]
    }
  }
}
