import ArgumentParser
import Corpora

/// `cpt-host corpus`: text before it is tokens.
struct CorpusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "corpus", abstract: "Make corpora.", subcommands: [Extract.self])

  /// `cpt-host corpus extract`.
  struct Extract: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "extract",
      abstract: "Make a JSON Lines corpus of the text in unpacked packages.",
      discussion: """
        Reads manual pages, fortune files and plain text; keeps paragraphs in the language asked \
        for, each once.
        """)

    @Option(help: "The language to keep, as a BCP 47 tag.")
    var language: String

    @Option(help: "The file to write.", completion: .file(extensions: ["jsonl"]))
    var output: String

    @Flag(help: "Print the report as JSON.")
    var json = false

    @Argument(help: "Folders, each a package of its own.", completion: .directory)
    var folders: [String]

    func run() throws {
      let report = try TextExtraction(language: language).extract(from: folders, to: output)
      if json { return try JSONOutput.print(report) }
      print(
        "\(output): \(report.documents) documents, \(Quantity.bytes(report.bytes)) from "
          + "\(report.files) files; left out: \(report.foreignParagraphs) paragraphs in other "
          + "languages, \(report.repeatedParagraphs) repeated, \(report.notUTF8) files that are "
          + "not UTF-8, \(report.otherFiles) of other kinds")
    }
  }
}
