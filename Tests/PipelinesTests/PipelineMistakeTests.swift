import Foundation
import Pipelines
import Testing

struct PipelineMistakeTests {
  private let fixture: PipelineFixture

  init() throws { fixture = try PipelineFixture() }

  @Test(arguments: Mistake.all)
  func isToldOnceAtItsPlace(_ mistake: Mistake) throws {
    let text = try exampleText.replacingFirst(mistake.find, with: mistake.replacement)
    let diagnostics = fixture.diagnostics(text)
    #expect(diagnostics.count == 1)
    let diagnostic = try #require(diagnostics.first)
    #expect("\(diagnostic.line):\(diagnostic.column)" == mistake.place)
    #expect(diagnostic.path == mistake.path)
    #expect(diagnostic.file == "\(fixture.folder)/pipeline.yaml")
    for fragment in mistake.fragments { #expect(diagnostic.message.contains(fragment)) }
  }

  @Test func tableCoversManyMistakes() {
    #expect(Mistake.all.count >= 60)
  }

  @Test func allMistakesAreToldAtOnceInOrderOfLines() throws {
    var text = exampleText
    let edits = [
      ("terms: [E, A, alpha]", "terms: [E, A, alfa]"),
      ("points: 12", "points: 0"),
      ("from: source", "from: sauce"),
      ("seed: 20240702", "sed: 20240702"),
      ("2e-3", "fast"),
      ("tokens: 8192", "tokens: 8000"),
      ("vocabulary: 8192", "vocabulary: 12"),
      ("corpora/zh/*.jsonl", "corpora/cn/*.jsonl"),
    ]
    for (find, replacement) in edits { text = try text.replacingFirst(find, with: replacement) }
    let diagnostics = fixture.diagnostics(text)
    #expect(
      diagnostics.map(\.path) == [
        "sed", "corpora.chinese.files.0", "tokenizer.vocabulary", "optimizer.learning_rate",
        "batch.tokens", "stages.cpt.from", "evaluate.points", "laws.cpt.freeze.terms.2",
      ])
    #expect(diagnostics.map(\.line) == [3, 8, 10, 12, 13, 18, 21, 24])
  }

  @Test func everyRepeatedKeyIsToldWithTheFirstPlace() throws {
    let text = """
      name: a
      schema: 1
      name: b
      "model": { plugin: llama, plugin: gpt, 'plugin': other }
      model: {}
      名: 1
      名: 2

      """
    let repeated = fixture.diagnostics(text).filter { $0.message.contains("a second time") }
    #expect(
      repeated.map { "\($0.line):\($0.column) \($0.path)" } == [
        "3:1 name", "4:27 model.plugin", "4:40 model.plugin", "5:1 model", "7:1 名",
      ])
    #expect(repeated.first?.message.contains("line 1, column 1") == true)
  }

  @Test func aBrokenNameIsToldAndReferencesToItAreToldToo() throws {
    let text = try exampleText.replacingFirst("english: { files", with: "eng/lish: { files")
    let diagnostics = fixture.diagnostics(text)
    #expect(diagnostics.map(\.line) == [7, 10, 16, 19, 21])
    #expect(diagnostics.dropFirst().allSatisfy { $0.message.contains("did you mean 'eng/lish'?") })
  }

  @Test func aMissingSectionDoesNotMakeReferencesToItWrong() throws {
    let text = try exampleText.replacingFirst(
      "corpora:\n  english", with: "corpora: 5\nx:\n  english")
    #expect(fixture.diagnostics(text).map(\.path) == ["corpora", "x"])
  }

  @Test func aStageThatStandsTooLateIsTold() throws {
    let text = try exampleText.replacingFirst(
      "source:  { strategy: from-scratch,", with: "source:  { strategy: continue, from: cpt,")
    let diagnostic = try #require(fixture.diagnostics(text).first)
    #expect(diagnostic.path == "stages.source.from")
    #expect(diagnostic.message.contains("move it above"))
  }

  @Test func missingOptionsAreToldBesideSimilarOnes() throws {
    // A declared option that resembles a missing one is no misspelling of it.
    let text = try exampleText.replacingFirst(
      "replay: { english: 5% }", with: "decay: 1%, replai: { english: 5% }")
    let diagnostics = fixture.diagnostics(text)
    #expect(diagnostics.map(\.path) == ["stages.cpt.data.replai"])
    let other = try exampleText.replacingFirst("replay: { english: 5% }", with: "decay: 1%")
    #expect(fixture.diagnostics(other).map(\.path) == ["stages.cpt.data.replay"])
  }

  @Test func mistypedKeysAreToldWhereThePluginIsMissing() throws {
    let text = try exampleText.replacingFirst(
      "adamw, learning_rate", with: "adamv, lerning_rate")
    let diagnostics = fixture.diagnostics(text)
    #expect(diagnostics.map(\.path) == ["optimizer.plugin", "optimizer.lerning_rate"])
  }

  @Test func aMissingPluginFolderIsToldInsteadOfItsPlugins() throws {
    let text = try exampleText.replacingFirst("[plugins/]", with: "[plugin/]")
      .replacingFirst("byte-pair", with: "unknown")
    #expect(fixture.diagnostics(text).map(\.path) == ["plugins.0"])
  }

  @Test func aCatalogThatCannotBeMadeIsTold() {
    let error = #expect(throws: PipelineError.self) {
      try PipelineDecoder.decode(text: exampleText, file: "\(fixture.folder)/p.yaml") { _, _ in
        throw ExampleCatalog.Missing(description: "two plugins are called 'llama'")
      }
    }
    #expect(error?.diagnostics.map(\.message) == ["two plugins are called 'llama'"])
    #expect(error?.diagnostics.map(\.line) == [4])
  }

  @Test func aTermOfOnlyOneOfTwoLawsCannotBeFrozen() throws {
    let text = try exampleText.replacingFirst("alpha] }", with: "gamma] }")
    let diagnostic = try #require(fixture.diagnostics(text).first)
    #expect(diagnostic.message.contains("not a term of the law 'scratch' (chinchilla)"))
  }

  @Test func descriptionsReadLikeACompilers() {
    let inFile = Diagnostic(file: "p.yaml", line: 3, column: 7, path: "seed", message: "bad")
    #expect(inFile.description == "p.yaml:3:7: error: seed: bad")
    let whole = Diagnostic(file: "p.yaml", line: 1, column: 1, path: "", message: "no YAML")
    #expect(whole.description == "p.yaml:1:1: error: no YAML")
    let argument = Diagnostic(file: "--set a=b", line: 0, column: 0, path: "a", message: "bad")
    #expect(argument.description == "--set a=b: error: a: bad")
    let error = PipelineError(diagnostics: [inFile, argument])
    #expect(error.description == "\(inFile)\n\(argument)")
  }

  @Test func aFileThatIsMissingOrNoTextIsTold() throws {
    let path = "\(fixture.folder)/latin1.yaml"
    try Data([0x6E, 0xE9, 0x0A]).write(to: URL(filePath: path))
    let reasons = [
      (path, "not UTF-8"), (path + "x", "cannot be read: No such file or directory"),
      (fixture.folder, "cannot be read: it is a folder"),
      ("/dev/null", "cannot be read: it is no regular file"),
    ]
    for (file, reason) in reasons {
      let error = #expect(throws: PipelineError.self) {
        try PipelineDecoder.decode(contentsOf: file) { _, _ in ExampleCatalog() }
      }
      #expect(error?.diagnostics.first?.message.contains(reason) == true)
    }
  }

  @Test(arguments: ["", "\n# nothing\n", "~", "5", "[a, b]"])
  func aFileThatIsNoMappingIsToldAsOne(_ text: String) {
    let diagnostics = fixture.diagnostics(text)
    #expect(diagnostics.count == 1)
    #expect(diagnostics.first?.message.contains("expected a mapping of the keys schema") == true)
  }
}
