import PluginSDK
import Testing

@testable import ExamplePlugin

@Suite struct CharacterTokenizerTests {
  private static let options = OptionValues(["vocabulary": .integer(262)])

  private func trained() throws -> CharacterTokenizer {
    try CharacterTokenizer.train(
      on: Texts(["größer, größer", "数据和模型，模型", "🙂"]), options: Self.options,
      host: SilentHost())
  }

  @Test(arguments: [
    Array("größer 数据 🙂".utf8), Array(0...255), [], [0xE6, 0x95], [0xC0, 0x80, 0xF0, 0x82],
  ])
  func bytesComeBack(bytes: [UInt8]) throws {
    let tokenizer = try trained()
    let ids = try tokenizer.encode(bytes)
    #expect(ids.allSatisfy { (0..<262).contains($0) })
    #expect(try tokenizer.decode(ids) == bytes)
  }

  @Test func aSavedModelReadsBack() throws {
    let model = try trained().save()
    let loaded = try CharacterTokenizer(model: model, options: Self.options, host: SilentHost())
    #expect(try loaded.save() == model)
  }

  @Test func nonsenseIsRefused() throws {
    let tokenizer = try trained()
    #expect(throws: PluginError.self) { try tokenizer.decode([262]) }
    let cut = try tokenizer.save().dropLast()
    #expect(throws: PluginError.self) {
      try CharacterTokenizer(model: Array(cut), options: Self.options, host: SilentHost())
    }
  }
}

/// Documents from a list.
private final class Texts: DocumentSource {
  private var rest: [[UInt8]]
  let byteCount: Int

  init(_ texts: [String]) {
    rest = texts.map { Array($0.utf8) }
    byteCount = texts.reduce(0) { $0 + $1.utf8.count }
  }

  func next() -> [UInt8]? { rest.isEmpty ? nil : rest.removeFirst() }
}
