import CPluginABI
import PluginBridges
import PluginSDK
import Testing

/// Declarations and values of options survive the C ABI.
struct OptionsBridgeTests {
  private func factory() throws -> LoadedTokenizerFactory {
    try LoadedTokenizerFactory(
      try unsafe loaded("specimen", .tokenizer) { host, plugin, error in
        unsafe exportTokenizer(SpecimenTokenizer.self, host, plugin, error)
      })
  }

  /// The options that the plugin saw, as its model tells.
  private func seen(_ options: OptionValues) throws -> String {
    let tokenizer = try factory().train(on: ListedDocuments([]), options: options)
    let model = String(decoding: try tokenizer.save(), as: UTF8.self)
    return String(model.dropFirst("0 0 [] ".count))
  }

  @Test func declarationsSurvive() throws {
    #expect(try factory().options == SpecimenTokenizer.options)
  }

  @Test(arguments: UInt64(1)...20)
  func valuesSurvive(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    var options = OptionValues(["need": .integer(Int.random(in: .min ... .max, using: &generator))])
    let candidates: [(String, OptionValue)] = [
      ("flag", .boolean(.random(using: &generator))),
      ("count", .integer(.random(in: -5...5, using: &generator))),
      ("rate", .real(.random(in: 0...1, using: &generator))),
      ("free", .real(.random(in: -1e300...1e300, using: &generator))),
      ("label", .text(["", "a b", "引用 \"x\"", "\0middle"].randomElement(using: &generator) ?? "")),
      ("mode", .text("odd")), ("main", .text("中文")),
      (
        "mixture",
        .shares(
          (0..<Int.random(in: 0...4, using: &generator)).map {
            CorpusShare(corpus: "corpus \($0)", share: .random(in: 0...10, using: &generator))
          })
      ),
    ]
    for (name, value) in candidates where Bool.random(using: &generator) { options[name] = value }
    let complete = try options.completed(by: SpecimenTokenizer.options)
    #expect(try seen(options) == complete.canonical)
  }

  @Test func wholeNumberStandsForARealOne() throws {
    let options = OptionValues(["need": .integer(0), "rate": .integer(1)])
    #expect(try seen(options).contains("rate=real(1.0)"))
  }

  @Test(arguments: [
    (OptionValues([:]), "the option 'need' is missing: A need."),
    (
      OptionValues(["need": .integer(1), "nedd": .integer(1)]),
      "there is no option 'nedd'; there are: flag, count, limit, rate, free, label, mode, main, "
        + "mixture, need"
    ),
    (
      OptionValues(["need": .text("x")]),
      "the option 'need' is 'x', but it must be a whole number"
    ),
    (
      OptionValues(["need": .integer(1), "count": .integer(6)]),
      "the option 'count' is 6, but it must be a whole number from -5 to 5"
    ),
    (
      OptionValues(["need": .integer(1), "limit": .integer(-1)]),
      "the option 'limit' is -1, but it must be a whole number of at least 0"
    ),
    (
      OptionValues(["need": .integer(1), "rate": .real(.nan)]),
      "the option 'rate' is nan, but it must be a number from 0.0 to 1.0"
    ),
    (
      OptionValues(["need": .integer(1), "mode": .text("other")]),
      "the option 'mode' is 'other', but it must be one of plain, odd"
    ),
    (
      OptionValues(["need": .integer(1), "main": .text("")]),
      "the option 'main' is '', but it must be the name of a corpus"
    ),
    (
      OptionValues(["need": .integer(1), "mixture": .shares([CorpusShare(corpus: "a", share: -1)])]
      ),
      "the option 'mixture' is {a: -1.0}, but it must be a number for each of some corpora, each "
        + "once from 0.0 to 10.0"
    ),
  ])
  func wrongValuesSayWhatIsAllowed(options: OptionValues, message: String) throws {
    #expect(throws: PluginError(.invalidArgument, message, plugin: "specimen")) {
      try factory().train(on: ListedDocuments([]), options: options)
    }
  }
}
