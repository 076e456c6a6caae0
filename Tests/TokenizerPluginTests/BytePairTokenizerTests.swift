import BytePair
import PluginSDK
import Testing

struct BytePairTokenizerTests {
  private static func train(
    _ texts: [String], vocabulary: Int, digits: String = "single", minFrequency: Int = 2
  ) throws -> BytePairTokenizer {
    try BytePairTokenizer.train(
      on: Documents(texts.map { Array($0.utf8) }),
      options: OptionValues([
        "vocabulary": .integer(vocabulary), "min_frequency": .integer(minFrequency),
        "digits": .text(digits), "han_characters": .integer(16),
      ]), host: QuietHost())
  }

  private static func ids(_ text: String, _ tokenizer: BytePairTokenizer) throws -> [TokenID] {
    try tokenizer.encode(Array(text.utf8))
  }

  // By hand: in "aab aab aab b" the pieces are "aab" once, " aab" twice and " b" once. Pairs:
  // aa 3, ab 3, " a" 2, " b" 1. "aa" and "ab" tie, and "aa" has the smaller right id: 256 = aa.
  // Then 256b has 3: 257 = aab. Then " 257" has 2: 258 = " aab". Nothing else occurs twice.
  @Test func tinyTextGivesTheMergesFoundByHand() throws {
    let tokenizer = try Self.train(["aab aab aab b"], vocabulary: 300)
    #expect(tokenizer.vocabularySize == 259)
    #expect(try tokenizer.decode([256]) == Array("aa".utf8))
    #expect(try tokenizer.decode([257]) == Array("aab".utf8))
    #expect(try tokenizer.decode([258]) == Array(" aab".utf8))
    #expect(try Self.ids("aab aab b", tokenizer) == [257, 258, 32, 98])
    #expect(try Self.ids("aaab", tokenizer) == [256, 97, 98])
  }

  // By hand: "aaaa" twice gives aa 6; after 256 = aa it is "256 256" twice: 257 = aaaa.
  @Test func overlappingPairsAreCountedAndJoinedFromTheLeft() throws {
    let tokenizer = try Self.train(["aaaa", "aaaa"], vocabulary: 300)
    #expect(tokenizer.vocabularySize == 258)
    #expect(try Self.ids("aaaaa", tokenizer) == [257, 97])
  }

  @Test(arguments: UInt64(0)..<200)
  func anyBytesComeBack(seed: UInt64) throws {
    let tokenizer = try Self.train(someText, vocabulary: 320)
    var generator = SeededGenerator(seed: seed)
    let bytes = generator.messyBytes()
    let ids = try tokenizer.encode(bytes)
    #expect(try tokenizer.decode(ids) == bytes)
    #expect(ids.allSatisfy { (0..<TokenID(tokenizer.vocabularySize)).contains($0) })
    #expect(ids.count <= bytes.count)
  }

  @Test func trainingIsDeterministicAndSavedModelsReadBack() throws {
    let first = try Self.train(someText, vocabulary: 330)
    let second = try Self.train(someText, vocabulary: 330)
    #expect(try first.save() == second.save())
    let loaded = try BytePairTokenizer(
      model: first.save(), options: OptionValues(), host: QuietHost())
    #expect(try loaded.save() == first.save())
    for text in someText { #expect(try Self.ids(text, loaded) == Self.ids(text, first)) }
  }

  @Test func orderOfDocumentsDoesNotMatter() throws {
    let first = try Self.train(someText, vocabulary: 330)
    let second = try Self.train(someText.reversed(), vocabulary: 330)
    #expect(try first.save() == second.save())
  }

  @Test func noTrainingTextLeavesTheBytes() throws {
    let tokenizer = try Self.train([], vocabulary: 1000)
    #expect(tokenizer.vocabularySize == 256)
    #expect(try Self.ids("", tokenizer) == [])
    #expect(try Self.ids("ab", tokenizer) == [97, 98])
  }

  @Test func vocabularyIsAsLargeAsAskedWhereTheTextAllows() throws {
    #expect(try Self.train(someText, vocabulary: 256).vocabularySize == 256)
    #expect(try Self.train(someText + someText, vocabulary: 300).vocabularySize == 300)
  }

  @Test func rarePairsStayApart() throws {
    let tokenizer = try Self.train(["abab", "cd"], vocabulary: 300, minFrequency: 2)
    #expect(try Self.ids("cd", tokenizer).count == 2)
    #expect(try Self.ids("ab", tokenizer).count == 1)
  }

  @Test(arguments: [("single", 6), ("groups", 2)])
  func digitsAreDividedAsAsked(digits: String, count: Int) throws {
    let tokenizer = try Self.train(
      Array(repeating: "123456 ", count: 10), vocabulary: 400, digits: digits)
    #expect(try Self.ids("123456", tokenizer).count == count)
  }

  @Test(arguments: [TokenID(-1), 256, .max])
  func idsOutsideTheVocabularyAreRefused(id: TokenID) throws {
    let tokenizer = try Self.train([], vocabulary: 256)
    let error = #expect(throws: PluginError.self) { try tokenizer.decode([97, id]) }
    #expect(error?.status == .invalidArgument)
  }

  @Test func interruptedTrainingSaysSo() {
    let error = #expect(throws: PluginError.self) {
      try BytePairTokenizer.train(
        on: Documents("some text"), options: OptionValues(["vocabulary": .integer(300)]),
        host: QuietHost(isCancelled: true))
    }
    #expect(error?.status == .cancelled)
  }

  @Test func everyChangedByteOfASavedModelIsNoticed() throws {
    let model = try Self.train(someText, vocabulary: 270).save()
    for place in model.indices {
      var damaged = model
      damaged[place] ^= 1
      let error = #expect(throws: PluginError.self, "byte \(place)") {
        try BytePairTokenizer(model: damaged, options: OptionValues(), host: QuietHost())
      }
      #expect(error?.status == .corruptData)
    }
  }

  @Test func everyTruncatedModelIsRefused() throws {
    let model = try Self.train(someText, vocabulary: 270).save()
    for length in model.indices {
      #expect(throws: PluginError.self, "length \(length)") {
        try BytePairTokenizer(
          model: Array(model[..<length]), options: OptionValues(), host: QuietHost())
      }
    }
  }
}
