import Corpora
import Foundation
import TestFolders
import Testing

struct TextExtractionTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func extract(
    _ language: String = "en", minimum: Int = 1, documentBytes: Int = 16_384,
    folders: [String] = ["pkg"]
  ) throws -> (documents: [Document], report: ExtractionReport) {
    let output = "\(folder.path)/out.jsonl"
    let report = try TextExtraction(
      language: language, minimumCharacters: minimum, documentBytes: documentBytes
    ).extract(from: folders.map { "\(folder.path)/\($0)" }, to: output)
    var reader = try DocumentReader(CorpusDefinition(name: "c", files: [output]))
    var documents: [Document] = []
    while let document = try reader.next() { documents.append(document) }
    #expect(reader.report.bytes == report.bytes)
    return (documents, report)
  }

  private func manualPage(_ body: String, language: String = "fr") throws -> String {
    _ = try folder.write("pkg/usr/share/man/man1/x.1", ".TH X 1\n" + body)
    // French lets accents through.
    let documents = try extract(language).documents
    return documents.map { String(decoding: $0.text, as: UTF8.self) }.joined(separator: "|")
  }

  @Test(arguments: [
    (".SH NAME\nls \\- list\nfiles", "NAME\n\nls - list files"),
    (
      ".SH \"SEE ALSO\"\n.BR listing (1),\n.BI \"the function(of \" words );",
      "SEE ALSO\n\nlisting(1), the function(of words);"
    ),
    ("Use \\fBbold\\fP and \\f(CWcode\\fR or \\f[I]more\\f[].", "Use bold and code or more."),
    (
      "It\\(aqs \\(lqquoted\\(rq, \\*(lqtoo\\*(rq \\[em] \\[u00E9]t\\e.",
      "It's “quoted”, “too” — ét\\."
    ),
    ("one\n.\\\" a remark\ntwo \\\" another", "one two"),
    ("one\n.PP\ntwo\n\nthree", "one\n\ntwo\n\nthree"),
    (".TP\n.B \\-a\nthe option a", "-a the option a"),
    (
      ".nf\nkeep  these\n    lines\n.fi\nbut join\nthese",
      "keep  these\n    lines\n\nbut join these"
    ),
    ("before\n.TS\ntable here\n.TE\nafter", "before after"),
    ("before\n.de XX\nmacro body\n..\nafter", "before after"),
    ("before\n.if n \\{\\\n.ds x words\n. \\}\nafter", "before after"),
    ("sized \\s-1SMALL\\s0 and \\h'2m'moved", "sized SMALL and moved"),
  ])
  func manualPagesBecomeProse(source: String, expected: String) throws {
    #expect(try manualPage(source) == expected)
  }

  @Test func hanLinesAreJoinedWithoutBlanks() throws {
    #expect(try manualPage("列出目录\n内容。使用\nls 命令", language: "zh") == "列出目录内容。使用 ls 命令")
  }

  @Test func pagesThatOnlyPointElsewhereAreLeftOut() throws {
    _ = try folder.write("pkg/usr/share/man/man1/x.1", ".so man1/y.1\n")
    _ = try folder.write("pkg/usr/share/man/man1/y.1", ".TH Y 1\nsome words here")
    let (documents, report) = try extract()
    #expect(documents.map(\.id) == ["pkg/usr/share/man/man1/y.1"])
    #expect(report.files == 1 && report.otherFiles == 1)
  }

  @Test func fortunesArePartedByPercentSigns() throws {
    _ = try folder.write(
      "pkg/games/fortunes/quotes",
      "First of them.\n\t-- someone\n%\nSecond\u{1B}[1m of\u{1B}[m them.\n%\n")
    _ = try folder.write("pkg/games/fortunes/quotes.dat", "index")
    let (documents, report) = try extract()
    #expect(
      documents.map { String(decoding: $0.text, as: UTF8.self) }
        == ["First of them.\n\t-- someone\n\nSecond of them."])
    #expect(report.otherFiles == 1)
  }

  @Test func otherScriptsAndSymbolsAreLeftOut() throws {
    let text = """
      An English paragraph that stays.

      一个中文段落，留在中文语料中。使用 ls 命令。

      ---- ==== ||| 0x00 0x01 0x02 {};

      Ещё один абзац.
      """
    _ = try folder.write("pkg/a.txt", text)
    let (english, report) = try extract("en")
    #expect(
      english.map { String(decoding: $0.text, as: UTF8.self) } == [
        "An English paragraph that stays."
      ])
    #expect(report.foreignParagraphs == 3)
    let chinese = try extract("zh").documents
    #expect(chinese.first?.text.starts(with: Array("一个中文段落".utf8)) == true)
    #expect(chinese.count == 1)
  }

  @Test func longParagraphsStandOnceAndHeadingsAsOftenAsTheyLike() throws {
    let licence = "This paragraph is long enough to be taken for boilerplate."
    _ = try folder.write("pkg/a.txt", "NAME\n\n\(licence)\n\nfirst words")
    _ = try folder.write("pkg/b.txt", "NAME\n\n\(licence)\n\nsecond words")
    let (documents, report) = try extract()
    #expect(
      documents.map { String(decoding: $0.text, as: UTF8.self) }
        == ["NAME\n\n\(licence)\n\nfirst words", "NAME\n\nsecond words"])
    #expect(report.repeatedParagraphs == 1)
  }

  @Test func longTextsAreCutBetweenParagraphsAndNumbered() throws {
    let paragraphs = (0..<10).map { "Paragraph number \($0) of a long text." }
    _ = try folder.write("pkg/a.txt", paragraphs.joined(separator: "\n\n"))
    let documents = try extract(documentBytes: 100).documents
    #expect(documents.map(\.id) == (1...5).map { "pkg/a.txt#\($0)" })
    #expect(Set(documents.map(\.group)) == ["a.txt"])
    #expect(
      documents.map { String(decoding: $0.text, as: UTF8.self) }.joined(separator: "\n\n")
        == paragraphs.joined(separator: "\n\n"))
  }

  @Test(arguments: [
    ("usr/share/man/zh_CN/man1/x.1", "usr/share/man/man1/x.1"),
    ("usr/share/man/man1/x.1", "usr/share/man/man1/x.1"),
    ("doc/guide.zh-cn.txt", "doc/guide.txt"), ("doc/guide.en.txt", "doc/guide.txt"),
    ("doc/id.txt", "doc/id.txt"),
  ])
  func translationsAreOfOneGroup(path: String, group: String) throws {
    _ = try folder.write("pkg/\(path)", ".TH X 1\n.SH NAME\nSome words of text")
    #expect(try extract().documents.map(\.group) == [group])
  }

  @Test func shortDocumentsAndOtherEncodingsAreLeftOut() throws {
    _ = try folder.write("pkg/long.txt", "Some words that are enough for a document.")
    _ = try folder.write("pkg/short.txt", "Some words.")
    _ = try folder.write("pkg/latin1.txt", Array("caf".utf8) + [0xE9])
    let (documents, report) = try extract(minimum: 20)
    #expect(documents.map(\.id) == ["pkg/long.txt"])
    #expect(report.notUTF8 == 1)
  }

  @Test func outputDependsOnNothingButTheInput() throws {
    for number in 0..<20 { _ = try folder.write("pkg/\(number).txt", "Text number \(number).") }
    _ = try folder.write("other/a.txt", "Text of another package.")
    let output = URL(filePath: "\(folder.path)/out.jsonl")
    _ = try extract(folders: ["pkg", "other"])
    let first = try Data(contentsOf: output)
    _ = try extract(folders: ["pkg", "other"])
    #expect(try Data(contentsOf: output) == first)
  }

  @Test func nothingFoundIsAnErrorAndLeavesNoFile() throws {
    _ = try folder.write("pkg/picture.png", [1, 2, 3])
    let error = #expect(throws: CorpusError.self) { try extract() }
    #expect(error?.code == .tooLittleText)
    #expect(try folder.names() == ["pkg"])
  }
}
