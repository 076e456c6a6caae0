import ArgumentParser
import Foundation
import PluginSDK
import Reports
import ScalingLaws

/// `cpt-host compare`: laws on the same rows, or training from scratch and continuing.
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare", abstract: "Compare laws, or training from scratch with continuing.",
    discussion: """
      Fits of the same rows are compared as laws: AIC, BIC, and errors on what a fit has not seen. \
      Two fits of different rows are compared as strategies, the one from scratch first: what \
      continuing saves, transfers, and where scratch overtakes.
      """)

  @Argument(
    help: ArgumentHelp("Fits, as 'cpt-host fit --output' wrote them.", valueName: "fit.json"),
    completion: .file(extensions: ["json"]))
  var files: [String]

  @Option(help: ArgumentHelp("Of strategies, the loss to compare at.", valueName: "nats"))
  var loss: Double?

  @Option(help: ArgumentHelp("Of strategies, the size to compare at.", valueName: "N"))
  var parameters: Double?

  @Option(
    help: ArgumentHelp("Of strategies, the tokens of the continued run.", valueName: "D"))
  var tokens: Double?

  @OptionGroup var intervals: IntervalArguments
  @OptionGroup var folders: LawFolders

  @Flag(help: "Print the comparison as JSON.")
  var json = false

  func validate() throws {
    guard files.count > 1 else { throw ValidationError("give two fits or more to compare") }
    for (name, value) in [("loss", loss), ("parameters", parameters), ("tokens", tokens)] {
      guard let value, !(value > 0 && value.isFinite) else { continue }
      throw ValidationError("--\(name) \(value): give a positive number")
    }
  }

  /// What `--json` prints: one of the two comparisons.
  private struct Result: Encodable {
    var laws: ModelComparison?
    var strategies: SavingsReport?
    var warnings: [String]
  }

  func run() throws {
    let fits = try files.map { try StoredFit($0, folders: folders) }
    var warnings = fits.flatMap(\.warnings)
    let result: Result
    let text: String
    if let rows = try SharedRows(fits.map(\.document)) {
      guard loss == nil, parameters == nil, tokens == nil else {
        throw ValidationError(
          "--loss, --parameters and --tokens are for strategies; these fits are of the same rows")
      }
      let comparison = try ModelComparison(
        try fits.map { ($0.file, try $0.fitter()) }, observations: rows.observations,
        threads: IntervalArguments.threads)
      result = Result(laws: comparison, warnings: warnings)
      text = ComparisonText.laws(comparison, fits: fits)
    } else {
      guard fits.count == 2 else {
        throw ValidationError(
          "these \(fits.count) fits are of different rows; compare laws on the same rows, or two "
            + "strategies")
      }
      let report = try savings(fits[0], fits[1])
      warnings += report.extrapolations.map(\.description)
      result = Result(strategies: report, warnings: warnings)
      text = ComparisonText.strategies(report, files: files, level: intervals.level)
    }
    if json { return try JSONOutput.print(result) }
    print(text + warnings.map { "warning: \($0)\n" }.joined(), terminator: "")
  }

  private func savings(_ scratch: StoredFit, _ continued: StoredFit) throws -> SavingsReport {
    let (own, other) = (try scratch.strategy(intervals), try continued.strategy(intervals))
    var place = try SavingsReport.usualPlace(scratch: own, continued: other)
    if let loss { place.loss = loss }
    if let parameters { place.parameters = parameters }
    if let tokens { place.tokens = tokens }
    return try SavingsReport(
      scratch: own, continued: other, at: place, level: intervals.level,
      threads: IntervalArguments.threads)
  }
}

/// The rows that several fits have in common, with the variables of all of them.
struct SharedRows {
  let observations: Observations

  /// Joins the rows; nil if the fits are not all of the same.
  init?(_ documents: [FitDocument]) throws {
    guard let first = documents.first else { return nil }
    var columns: [String: [Double]] = [:]
    for document in documents {
      guard document.data.sha256 == first.data.sha256,
        document.observations.map(\.line) == first.observations.map(\.line),
        document.observations.map(\.loss) == first.observations.map(\.loss)
      else { return nil }
      for variable in document.variables {
        let values = document.observations.compactMap { $0.values[variable] }
        guard values.count == first.observations.count, columns[variable] ?? values == values else {
          return nil
        }
        columns[variable] = values
      }
    }
    let runs = first.observations.compactMap(\.run)
    observations = try Observations(
      columns: columns, losses: first.observations.map(\.loss),
      runs: runs.count == first.observations.count ? runs : nil)
  }
}
