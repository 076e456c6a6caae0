import Foundation
import TestFolders
import Testing

/// The commands that decide with a fit: every example of their page, and wrong uses of them.
@Suite struct DecisionCommandTests {
  private static func blocks(of language: String) throws -> [String] {
    let text = try String(
      contentsOf: ProjectFolders.repository.appending(path: "Documentation/Deciding.md"),
      encoding: .utf8)
    return text.components(separatedBy: "```\(language)\n").dropFirst()
      .compactMap { $0.components(separatedBy: "\n```").first }
  }

  /// The words of a command, `'quoted ones'` in one piece, with its files in a folder.
  private static func words(of line: String, in folder: TemporaryFolder) -> [String] {
    let words = line.components(separatedBy: "'").enumerated().flatMap { place, part in
      place % 2 == 1 ? [part] : part.split(separator: " ").map(String.init)
    }
    let files = ["runs.csv", "scratch.json", "held.json", "continued.json"]
    return words.map { word in
      files.first(where: word.hasPrefix).map { folder.path($0) + word.dropFirst($0.count) } ?? word
    }
  }

  /// Runs the first commands of the page; gives its folder and what each printed, by line.
  private static func runPage(
    first count: Int = .max
  ) throws -> (folder: TemporaryFolder, output: [String: String]) {
    let folder = try TemporaryFolder()
    _ = try folder.write("runs.csv", try #require(blocks(of: "csv").first) + "\n")
    var output: [String: String] = [:]
    let lines = try blocks(of: "sh").flatMap { $0.split(separator: "\n").map(String.init) }
    for line in lines.prefix(count) {
      let run = try HostProcess.run(Array(words(of: line, in: folder).dropFirst()))
      try #require(run.status == 0, "\(line): \(run.errors)")
      output[line] = run.output
    }
    return (folder, output)
  }

  private struct Allocated: Decodable {
    struct Ends: Decodable {
      var low: Double?
      var high: Double?
    }
    struct Report: Decodable {
      struct Best: Decodable {
        var compute: Double
        var loss: Double
      }
      var best: Best
      var intervals: [String: Ends]
    }
    var report: Report
    var draws: Int
  }

  @Test func everyCommandOfThePageRuns() throws {
    let (_, output) = try Self.runPage()
    try #require(output.count == 9)
    func printed(_ part: String) throws -> String {
      try #require(output.first { $0.key.contains(part) }?.value, "\(part)")
    }
    let fit = try printed("strategy=scratch --bootstrap")
    #expect(fit.contains("95 % interval"))
    #expect(fit.contains("intervals of 200 draws of 24 rows"))
    #expect(fit.contains("No run is known"))
    // E, A and alpha follow the draws of the fit from scratch, so none of them counts as known.
    #expect(try !printed("cpt-extended").contains("count as known"))
    #expect(try printed("--max-tokens").contains("held back by the limit on tokens"))
    let allocated = try JSONDecoder().decode(
      Allocated.self, from: Data(printed("--loss 2.9").utf8))
    #expect(allocated.draws == 200)
    #expect(abs(allocated.report.best.loss - 2.9) < 1e-9)
    let compute = try #require(allocated.report.intervals["compute"])
    #expect(try #require(compute.low) < allocated.report.best.compute)
    #expect(try #require(compute.high) > allocated.report.best.compute)
    let laws = try printed("compare scratch.json held.json")
    #expect(laws.contains("AIC") && laws.contains("best: AIC"))
    let strategies = try printed("compare scratch.json continued.json")
    for words in ["FLOPs saved at loss", "tokens transferred", "scratch overtakes at FLOPs"] {
      #expect(strategies.contains(words), "\(strategies)")
    }
    let design = try printed("design")
    #expect(design.contains("standard error now"))
    #expect(design.contains("of 5e+18 FLOPs"))
  }

  @Test(arguments: [
    ("allocate --law scratch.json", "give either --compute or --loss"),
    ("allocate --law scratch.json --loss 0.5", "the law predicts no loss of 0.5"),
    (
      "allocate --law scratch.json --compute 1e19 --at r=0.2",
      "the law's variables besides N and D are none"
    ),
    (
      "allocate --law scratch.json --compute 1e19 --max-tokens 0.5",
      "a limit is a number of 1 or more"
    ),
    ("allocate --law scratch.json --compute 1e19 --level 95", "a level lies between 0 and 1"),
    ("allocate --law runs.csv --compute 1e19", "this is no fit"),
    ("compare scratch.json", "give two fits or more"),
    ("compare scratch.json held.json --loss 2.9", "are for strategies"),
    ("compare scratch.json held.json continued.json", "these 3 fits are of different rows"),
    ("design --law scratch.json --question when --budget 1e18", "'when' is not a question"),
    ("design --law scratch.json --question alpha --budget 1e3", "trains no candidate"),
  ])
  func aWrongUseEndsWithOneSentence(_ line: String, sentence: String) throws {
    let folder = try Self.fits.get()
    let run = try HostProcess.run(Self.words(of: line, in: folder))
    #expect(run.status == 2, "\(run.errors)")
    #expect(run.errors.contains(sentence), "\(run.errors)")
  }

  /// The fits of the page, made once.
  private static let fits = Result { try runPage(first: 3).folder }
}
