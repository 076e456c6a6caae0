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

  /// The words of a command, `'quoted ones'` in one piece.
  private static func words(of line: String) -> [String] {
    line.components(separatedBy: "'").enumerated().flatMap { place, part in
      place % 2 == 1 ? [part] : part.split(separator: " ").map(String.init)
    }
  }

  /// Runs the first commands of the page; gives its folder and what each printed, by line.
  private static func runPage(
    first count: Int = .max
  ) throws -> (folder: TemporaryFolder, output: [String: String]) {
    let folder = try TemporaryFolder()
    _ = try folder.write("runs.csv", try #require(blocks(of: "csv").first) + "\n")
    let files = ["runs.csv", "scratch.json", "held.json", "continued.json"]
    var output: [String: String] = [:]
    let lines = try blocks(of: "sh").flatMap { $0.split(separator: "\n").map(String.init) }
    for line in lines.prefix(count) {
      let words = words(of: line).dropFirst().map { word in
        files.first(where: word.hasPrefix).map { folder.path($0) + word.dropFirst($0.count) }
          ?? word
      }
      let run = try HostProcess.run(Array(words))
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

  @Test func aWrongUseEndsWithOneSentence() throws {
    let (folder, _) = try Self.runPage(first: 3)
    for mistake in Self.mistakes {
      let run = try HostProcess.run(mistake.arguments(mistake.words.map(folder.path)))
      #expect(run.status == 2, "\(mistake.text): \(run.errors)")
      #expect(run.errors.contains(mistake.text), "\(run.errors)")
    }
  }

  /// A wrong use: the files it takes, the rest of its words, and what must be said of it.
  private struct Mistake {
    var words: [String]
    var arguments: ([String]) -> [String]
    var text: String
  }

  private static let mistakes = [
    Mistake(
      words: ["scratch.json"], arguments: { ["allocate", "--law", $0[0]] },
      text: "give either --compute or --loss"),
    Mistake(
      words: ["scratch.json"], arguments: { ["allocate", "--law", $0[0], "--loss", "0.5"] },
      text: "the law predicts no loss of 0.5"),
    Mistake(
      words: ["scratch.json"],
      arguments: { ["allocate", "--law", $0[0], "--compute", "1e19", "--at", "r=0.2"] },
      text: "the law's variables besides N and D are none"),
    Mistake(
      words: ["scratch.json"],
      arguments: { ["allocate", "--law", $0[0], "--compute", "1e19", "--max-tokens", "0.5"] },
      text: "a limit is a number of 1 or more"),
    Mistake(
      words: ["scratch.json"],
      arguments: { ["allocate", "--law", $0[0], "--compute", "1e19", "--level", "95"] },
      text: "a level lies between 0 and 1"),
    Mistake(
      words: ["runs.csv"], arguments: { ["allocate", "--law", $0[0], "--compute", "1e19"] },
      text: "this is no fit"),
    Mistake(
      words: ["scratch.json"], arguments: { ["compare", $0[0]] },
      text: "give two fits or more"),
    Mistake(
      words: ["scratch.json", "held.json"],
      arguments: { ["compare", $0[0], $0[1], "--loss", "2.9"] }, text: "are for strategies"),
    Mistake(
      words: ["scratch.json", "held.json", "continued.json"], arguments: { ["compare"] + $0 },
      text: "these 3 fits are of different rows"),
    Mistake(
      words: ["scratch.json"],
      arguments: { ["design", "--law", $0[0], "--question", "when", "--budget", "1e18"] },
      text: "'when' is not a question"),
    Mistake(
      words: ["scratch.json"],
      arguments: { ["design", "--law", $0[0], "--question", "alpha", "--budget", "1e3"] },
      text: "trains no candidate"),
  ]
}
