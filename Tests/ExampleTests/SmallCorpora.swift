import Foundation
import TestFolders

/// Two languages small enough to learn something of in a second.
struct SmallCorpora {
  /// Writes `en.jsonl` and `zh.jsonl` into a folder.
  static func write(into folder: TemporaryFolder) throws {
    let english = words(
      "the a model language token data learns reads writes slowly small large new from with and")
    try write(documents(of: english, separator: " "), to: folder.path("en.jsonl"))
    let chinese = words("的 一 模型 语言 数据 学习 读 写 慢慢 小 大 新 从 和 我们 他们")
    try write(documents(of: chinese, separator: ""), to: folder.path("zh.jsonl"))
  }

  private static func words(_ text: String) -> [String] {
    text.split(separator: " ").map(String.init)
  }

  /// Sentences in which each word decides a good part of the next.
  private static func documents(of words: [String], separator: String) -> [String] {
    var state: UInt64 = 1
    func draw(_ count: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(count))
    }
    return (0..<200).map { _ in
      var word = draw(words.count)
      return (0..<60).map { _ in
        word = draw(4) == 0 ? draw(words.count) : (word * 5 + 3) % words.count
        return words[word]
      }.joined(separator: separator)
    }
  }

  private static func write(_ documents: [String], to path: String) throws {
    let lines = try documents.enumerated().map { index, text in
      String(
        decoding: try JSONSerialization.data(
          withJSONObject: ["id": "\(index)", "text": text], options: .sortedKeys), as: UTF8.self)
    }
    try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: path))
  }
}
