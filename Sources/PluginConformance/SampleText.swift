import PluginSDK

/// Documents in several scripts whose words come again and again, as in real text.
final class SampleDocuments: DocumentSource {
  private let documents: [[UInt8]]
  private var place = 0

  /// Writes the documents of a seed.
  init(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed, stream: "documents")
    documents = (0..<30).map { index in
      var text = ""
      let words = SampleText.scripts[index % SampleText.scripts.count]
      for _ in 0..<60 {
        // The least of two draws, so that some words are frequent.
        let place = min(
          words.indices.randomElement(using: &random) ?? 0,
          words.indices.randomElement(using: &random) ?? 0)
        text += words[place] + (Int.random(in: 0..<8, using: &random) == 0 ? ".\n" : " ")
      }
      return Array(text.utf8)
    }
  }

  /// The start of the first document.
  var sample: [UInt8] { Array(documents[0].prefix(200)) }

  var byteCount: Int { documents.reduce(0) { $0 + $1.count } }

  func next() throws(PluginError) -> [UInt8]? {
    guard place < documents.count else { return nil }
    defer { place += 1 }
    return documents[place]
  }
}

/// Bytes that tokenizers get wrong.
enum SampleText {
  /// Words of several scripts, the frequent ones first.
  static let scripts: [[String]] = [
    ["the", "of", "language", "a", "model", "reads", "42", "tokens", "don't", "naïve", "3.1415"],
    ["не", "и", "язык", "модель", "читает", "слова", "съешь", "2024"],
    ["的", "語言", "模型", "是", "學習", "繼續", "預訓練", "中文", "。", "，"],
    ["في", "اللغة", "نموذج", "الكلمات", "يتعلم", "٤٢"],
    ["है", "भाषा", "क्षेत्र", "मॉडल", "शब्द"],
    ["언어", "모델은", "배운다", "그리고", "단어"],
    ["e\u{301}", "👩‍👩‍👧‍👦", "🏳️‍🌈", "a\u{300}\u{323}", "\u{200B}", "\u{FEFF}", "¿", "ß", "Ǆ"],
    ["for", "(i", "=", "0;", "{", "}", "\t", "    ", "\r\n", "<|endoftext|>", "\\n", "\0"],
  ]

  /// The empty text, every single byte, and some bytes of each sort.
  ///
  /// Sorts: any bytes at all, text of one script, text cut in the middle of a character, one thing many
  /// times over, and bytes that are nearly text.
  static func inputs(_ random: inout SeededGenerator) -> [[UInt8]] {
    var inputs: [[UInt8]] = [[]] + (UInt8.min ... .max).map { [$0] }
    for length in [2, 3, 7, 64, 300] {
      for _ in 0..<6 { inputs.append(random.bytes(length)) }
    }
    for words in scripts {
      for _ in 0..<3 {
        let text = (0..<20).map { _ in words.randomElement(using: &random) ?? "" }
        let bytes = Array(text.joined(separator: " ").utf8)
        inputs += [bytes, Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random)))]
        var damaged = bytes
        let place = Int.random(in: 0..<bytes.count, using: &random)
        damaged[place] = UInt8.random(in: .min ... .max, using: &random)
        inputs.append(damaged)
      }
      guard let word = words.randomElement(using: &random) else { continue }
      inputs.append(Array(String(repeating: word, count: 400).utf8))
    }
    for byte: UInt8 in [0, 0x20, 0x61, 0x80, 0xE4, 0xFF] {
      inputs.append(Array(repeating: byte, count: 3000))
    }
    return inputs
  }

  /// The smallest part of an input that still fails, found by cutting pieces away.
  static func shrunk(_ input: [UInt8], while fails: ([UInt8]) -> Bool) -> [UInt8] {
    var least = input
    var piece = max(1, input.count / 2)
    var tries = 500
    while true {
      var start = 0
      while start < least.count, tries > 0 {
        tries -= 1
        let candidate = Array(least[..<start] + least[min(start + piece, least.count)...])
        if fails(candidate) { least = candidate } else { start += piece }
      }
      guard piece > 1, tries > 0 else { return least }
      piece /= 2
    }
  }

  /// Bytes as a message shows them.
  static func shown(_ bytes: [UInt8]) -> String {
    let digits = bytes.prefix(24).map { byte in
      (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
    return "\(bytes.count) bytes \(digits.joined(separator: " "))" + (bytes.count > 24 ? " …" : "")
  }
}
