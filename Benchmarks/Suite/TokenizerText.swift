import Corpora
import Foundation
import PluginSDK

/// Documents for a tokenizer.
final class TokenizerText: DocumentSource {
  let byteCount: Int
  /// In UTF-8.
  let documents: [[UInt8]]
  private var given = 0

  /// Words that exist.
  private static let wordCount = 20_000
  /// About what a document has, in bytes.
  private static let documentSize = 1 << 16

  /// Reads a file and cuts it where lines end.
  init(path: String) throws {
    var documents: [[UInt8]] = []
    var text: [UInt8] = []
    for line in try Data(contentsOf: URL(filePath: path)).split(
      separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    {
      text += line
      text.append(UInt8(ascii: "\n"))
      if text.count >= Self.documentSize {
        documents.append(text)
        text = []
      }
    }
    if !text.isEmpty { documents.append(text) }
    self.documents = documents
    byteCount = documents.reduce(0) { $0 + $1.count }
  }

  /// Makes text of about a number of bytes: words whose frequencies fall as in a language, the same
  /// in every process, but far fewer of them than a language has.
  init(byteCount: Int) {
    let random = CounterRandom(seed: 3, stream: "benchmark/text")
    let words = Self.words()
    var documents: [[UInt8]] = []
    var text: [UInt8] = []
    var remaining = byteCount
    var place: UInt64 = 0
    while remaining > 0 {
      // Zipf's law: of the words before rank r there are about as many as log r.
      let rank = Int(pow(Double(words.count), random.uniform(place)))
      let word = words[min(rank, words.count) - 1]
      text += word
      text.append(UInt8(ascii: place % 97 == 96 ? "\n" : " "))
      remaining -= word.count + 1
      place += 1
      if text.count >= Self.documentSize || remaining <= 0 {
        documents.append(text)
        text = []
      }
    }
    self.documents = documents
    self.byteCount = documents.reduce(0) { $0 + $1.count }
  }

  func next() -> [UInt8]? {
    guard given < documents.count else { return nil }
    defer { given += 1 }
    return documents[given]
  }

  /// Begins again with the first document.
  func rewind() { given = 0 }

  /// Words of two to eleven letters, the frequent ones shorter.
  private static func words() -> [[UInt8]] {
    let random = CounterRandom(seed: 3, stream: "benchmark/words")
    let letters = Array("etaoinshrdlcumwfgypbvk".utf8)
    return (0..<wordCount).map { rank in
      let length = 2 + Int(random.word(UInt64(rank)) % UInt64(2 + min(8, rank / 100)))
      return (0..<length).map { letter in
        // The square favours the first letters.
        let part = random.uniform(UInt64(wordCount + 16 * rank + letter))
        return letters[Int(part * part * Double(letters.count))]
      }
    }
  }
}
