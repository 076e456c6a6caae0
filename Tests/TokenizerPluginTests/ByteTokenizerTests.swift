import Bytes
import PluginSDK
import Testing

struct ByteTokenizerTests {
  private let tokenizer = ByteTokenizer()

  @Test(arguments: UInt64(0)..<20)
  func anyBytesComeBack(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let bytes = generator.messyBytes()
    let ids = try tokenizer.encode(bytes)
    #expect(ids.count == bytes.count)
    #expect(try tokenizer.decode(ids) == bytes)
  }

  @Test func everyByteIsItsOwnID() throws {
    #expect(try tokenizer.encode(Array(0...255)) == Array(0...255))
    #expect(tokenizer.vocabularySize == 256)
  }

  @Test(arguments: [TokenID(-1), 256, .max])
  func idsOutsideTheVocabularyAreRefused(id: TokenID) {
    let error = #expect(throws: PluginError.self) { try tokenizer.decode([id]) }
    #expect(error?.status == .invalidArgument)
  }

  @Test func trainingGivesTheModelThatIsSavedAndReadBack() throws {
    let trained = try ByteTokenizer.train(
      on: Documents("some text"), options: OptionValues(), host: QuietHost())
    let loaded = try ByteTokenizer(
      model: trained.save(), options: OptionValues(), host: QuietHost())
    #expect(try loaded.save() == tokenizer.save())
  }

  @Test(arguments: [[], Array("cpt-host bytes 2\n".utf8), [0, 1, 2]] as [[UInt8]])
  func anyOtherModelIsRefused(model: [UInt8]) {
    let error = #expect(throws: PluginError.self) {
      try ByteTokenizer(model: model, options: OptionValues(), host: QuietHost())
    }
    #expect(error?.status == .corruptData)
  }
}
