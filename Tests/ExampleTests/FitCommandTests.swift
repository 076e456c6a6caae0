import Foundation
import TestFolders
import Testing

/// `cpt-host fit` on tables: the documentation's own, the public ones, and damaged ones.
@Suite struct FitCommandTests {
  /// What `--json` prints, as far as these tests read it.
  private struct Fit: Decodable {
    struct Parameter: Decodable {
      var name: String
      var value: Double
      var frozen: Bool
    }
    struct Law: Decodable {
      var name: String
      var version: String
      var sha256: String
    }
    struct Source: Decodable {
      var file: String
      var sha256: String
    }
    struct BackTest: Decodable {
      struct Failure: Decodable {
        var meanPercentError: Double
      }
      var error: Failure
    }
    var objective: Double
    var parameters: [Parameter]
    var evaluations: Int
    var rows: Int
    var warnings: [String]
    var law: Law
    var data: Source
    var backTest: BackTest?

    init(of process: HostProcess) throws {
      try #require(process.status == 0, "\(process.errors)")
      self = try JSONDecoder().decode(Self.self, from: Data(process.output.utf8))
    }

    subscript(name: String) -> Double? { parameters.first { $0.name == name }?.value }
  }

  private static let document = "Documentation/Fitting.md"

  /// The fenced blocks of the page in one language.
  private static func blocks(of language: String) throws -> [String] {
    let text = try String(
      contentsOf: ProjectFolders.repository.appending(path: document), encoding: .utf8)
    return text.components(separatedBy: "```\(language)\n").dropFirst()
      .compactMap { $0.components(separatedBy: "\n```").first }
  }

  private static func table() throws -> (folder: TemporaryFolder, path: String) {
    let folder = try TemporaryFolder()
    return (folder, try folder.write("losses.csv", try #require(blocks(of: "csv").first) + "\n"))
  }

  @Test func everyCommandOfThePageRuns() throws {
    let (folder, _) = try Self.table()
    let lines = try Self.blocks(of: "sh").flatMap { $0.split(separator: "\n").map(String.init) }
    try #require(lines.count == 6)
    for line in lines {
      let words = line.split(separator: " ").dropFirst().map(String.init).map { word in
        ["losses.csv", "scratch.json"].first(where: word.hasPrefix)
          .map { folder.path($0) + word.dropFirst($0.count) } ?? word
      }
      let run = try HostProcess.run(words)
      #expect(run.status == 0, "\(line): \(run.errors)")
      if line.contains("--json") {
        #expect(try Fit(of: run).law.name == "kaplan")
      } else {
        #expect(run.output.contains("back-test: fitted to the"), "\(line): \(run.output)")
        #expect(run.output.contains("objective "))
      }
    }
  }

  @Test func thePagesTableOfLawsIsThatOfThePlugins() throws {
    let text = try String(
      contentsOf: ProjectFolders.repository.appending(path: Self.document), encoding: .utf8)
    let section = try #require(
      text.components(separatedBy: "## Laws\n").last?.components(separatedBy: "\n## ").first)
    let named = section.matches(of: /(?m)^\| `([a-z-]+)` \|/).map { String($0.1) }
    let list = try HostProcess.run(["plugins", "list"])
    let there = list.output.matches(of: /(?m)scaling-law +([a-z-]+)\s/).map { String($0.1) }
    #expect(Set(named) == Set(there), "\(list.output)")
  }

  @Test func theDocumentHoldsTheFitAndFeedsTheNext() throws {
    let (folder, path) = try Self.table()
    let columns = ["--columns", "N=params,D=tokens_M*1e6", "--where", "corpus=chinese"]
    let first = try Fit(
      of: HostProcess.run(
        [
          "fit", path, "--law", "chinchilla", "--json", "-o", folder.path("fit.json"), "--run",
          "run",
        ]
          + columns))
    #expect(first.rows == 20)
    #expect(first.law.sha256.count == 64)
    #expect(first.data.sha256.count == 64)
    #expect(first.evaluations > 0)
    let second = try Fit(
      of: HostProcess.run(
        [
          "fit", path, "--law", "cpt-extended", "--json", "--freeze-from",
          folder.path("fit.json") + ":E,A,alpha",
        ] + columns))
    #expect(second.parameters.filter(\.frozen).map(\.name) == ["E", "A", "alpha"])
    #expect(second["A"] == first["A"])
    // Two parameters more than the first has free, and none less.
    #expect(second.objective <= first.objective * (1 + 1e-9))
  }

  private struct Mistake: CustomTestStringConvertible, Sendable {
    var arguments: [String]
    var words: String
    var testDescription: String { words }
  }

  private static let mistakes = [
    Mistake(arguments: [], words: "the law needs 'N' and no column has that name"),
    Mistake(
      arguments: ["--columns", "N=param,D=tokens_M"],
      words: "there is no column 'param'; did you mean 'params'?"),
    Mistake(
      arguments: ["--columns", "N=params,D=tokens_M", "--where", "corpus=german"],
      words: "no row is left with corpus=german"),
    Mistake(
      arguments: ["--columns", "N=params,D=tokens_M", "--where", "run=s1"],
      words: "4 observations cannot fit 5 free parameters"),
    Mistake(
      arguments: ["--columns", "N=params,D=tokens_M", "--freeze", "delta=1"],
      words: "cannot freeze 'delta'"),
    Mistake(
      arguments: ["--columns", "N=params,D=tokens_M", "--freeze", "E=x"],
      words: "--freeze E=x is not of the form name=number"),
    Mistake(
      arguments: ["--columns", "N=params,D=tokens_M", "--option", "x=1"],
      words: "--option x=1: there is no option 'x'; there are none"),
    Mistake(
      arguments: ["--columns", "N=params,D=tokens_M", "--freeze-from", "nowhere.json:E"],
      words: "nowhere.json cannot be read"),
    Mistake(
      arguments: ["--columns", "N=params,D=tokens_M", "--output", "/nonexistent/fit.json"],
      words: "/nonexistent/fit.json cannot be written"),
  ]

  @Test(arguments: mistakes)
  private func aMistakeEndsWithOneSentenceAndStatusTwo(_ mistake: Mistake) throws {
    let (folder, path) = try Self.table()
    defer { withExtendedLifetime(folder) {} }
    let run = try HostProcess.run(["fit", path, "--law", "chinchilla"] + mistake.arguments)
    #expect(run.status == 2)
    #expect(run.output.isEmpty)
    #expect(run.errors.contains(mistake.words), "\(run.errors)")
  }

  @Test func anUnknownLawNamesThoseThereAre() throws {
    let (folder, path) = try Self.table()
    defer { withExtendedLifetime(folder) {} }
    let run = try HostProcess.run(["fit", path, "--law", "chinchila"])
    #expect(run.status == 2)
    #expect(run.errors.contains("chinchilla"), "\(run.errors)")
    let missing = try HostProcess.run(["fit", "nowhere.csv", "--law", "chinchilla"])
    #expect(missing.status == 2)
    #expect(missing.errors.contains("nowhere.csv cannot be read"), "\(missing.errors)")
  }

  @Test(.enabled(if: CCompiler.isThere, "no C compiler"))
  func aFunctionManifestFitsAsThePluginDoes() throws {
    let (folder, path) = try Self.table()
    let example = ProjectFolders.repository.appending(path: "Examples/functions")
    let manifest = folder.path("power-law.function.yaml")
    try FileManager.default.copyItem(
      atPath: example.appending(path: "power-law.function.yaml").path(percentEncoded: false),
      toPath: manifest)
    try CCompiler.build(
      example.appending(path: "power.c").path(percentEncoded: false),
      to: folder.path("libpower.so"))
    let columns = ["--columns", "N=params,D=tokens_M*1e6", "--where", "corpus=chinese", "--json"]
    let function = try Fit(of: HostProcess.run(["fit", path, "--law", manifest] + columns))
    let plugin = try Fit(of: HostProcess.run(["fit", path, "--law", "chinchilla"] + columns))
    #expect(function.law.name == "power-law")
    // Its derivatives are finite differences, which end the search a little earlier.
    #expect(abs(function.objective / plugin.objective - 1) < 1e-6)
  }

  private static let publicTables = ProjectFolders.sharedData.appending(path: "scaling-laws")

  @Test(
    .enabled(
      if: FileManager.default.fileExists(
        atPath: publicTables.appending(path: "openlm_overtrain.csv").path),
      "the public tables are not on this machine"))
  func aPublicTableGivesItsKnownObjective() throws {
    let path = Self.publicTables.appending(path: "openlm_overtrain.csv")
      .path(percentEncoded: false)
    let fit = try Fit(
      of: HostProcess.run([
        "fit", path, "--law", "chinchilla", "--columns", "N=N,D=D,loss=loss_c4_val", "--where",
        "train_dataset=rpj", "--run", "name", "--json",
      ]))
    #expect(fit.rows == 35)
    // `openlm_rpj_c4val` of expected.json beside the tables.
    #expect(fit.objective <= 0.00042651082715389226 * (1 + 1e-9))
    #expect(abs(try #require(fit.backTest).error.meanPercentError / 0.9906366450990676 - 1) < 1e-2)
    #expect(fit.warnings.isEmpty, "\(fit.warnings)")
  }
}
