// N  parameters of the model
// D  tokens it was trained on
// C  training FLOPs, counted as 6 N D
import ArgumentParser
import Foundation
import PluginSDK
import Reports
import ScalingLaws

/// `cpt-host design`: which models to train next for the sharpest answer within a budget.
struct DesignCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "design",
    abstract: "Choose the models to train next for the sharpest answer within a budget.")

  @Option(
    name: .customLong("law"),
    help: ArgumentHelp("The fit, as 'cpt-host fit --output' wrote it.", valueName: "fit.json"),
    completion: .file(extensions: ["json"]))
  var file: String

  @Option(
    help: ArgumentHelp(
      "What to know: 'N* at 1e21', 'D* at 1e21', 'loss at N=1e9, D=2e10', or a parameter.",
      valueName: "text"))
  var question: String

  @Option(help: ArgumentHelp("The FLOPs to spend, counted as 6 N D.", valueName: "FLOPs"))
  var budget: Double

  @Option(help: ArgumentHelp("The most models to train.", valueName: "number"))
  var runs = 6

  @Option(
    help: ArgumentHelp(
      "How many times beyond the largest N and D that were fitted to look.", valueName: "factor"))
  var reach = 10.0

  @Option(
    help: ArgumentHelp(
      "Choose among these N in place of a grid; may be repeated.", valueName: "parameters"))
  var size: [Double] = []

  @OptionGroup var fixed: FixedVariables
  @OptionGroup var folders: LawFolders

  @Flag(help: "Print the design as JSON.")
  var json = false

  /// What `--json` prints.
  private struct Result: Encodable {
    var question: String
    /// Whether standard errors are of the logarithm of the answer.
    var isRelative: Bool
    var budget: Double
    var compute: Double
    var standardErrorBefore: Double
    var standardErrorAfter: Double
    var runs: [DesignedRun]
    var warnings: [String]
  }

  func validate() throws {
    guard budget > 0, budget.isFinite else {
      throw ValidationError("--budget \(budget): give a positive number of FLOPs")
    }
    guard (1...100).contains(runs) else {
      throw ValidationError("--runs \(runs): a design has 1 to 100 models")
    }
    if let wrong = size.first(where: { !($0 >= 1 && $0.isFinite) }) {
      throw ValidationError("--size \(wrong): give a number of parameters of 1 or more")
    }
  }

  func run() throws {
    let stored = try StoredFit(file, folders: folders)
    let question = try DesignQuestion(question, law: stored.law)
    var candidates = try DesignCandidates(around: stored.fit.ranges, reach: reach, steps: 40)
    if !size.isEmpty { candidates.sizes = size }
    candidates.tokensPerParameter = try Self.ratios(stored.observations)
    let design = try Design(
      question,
      information: try FitInformation(
        law: stored.law, fit: stored.fit, observations: stored.observations),
      candidates: candidates, budget: budget, runLimit: runs,
      fixed: try fixed.read(for: stored.law.variables))
    let warnings = stored.warnings + self.warnings(stored, design)
    guard !json else {
      return try JSONOutput.print(
        Result(
          question: question.description, isRelative: question.isRelative, budget: budget,
          compute: design.compute, standardErrorBefore: design.standardErrorBefore,
          standardErrorAfter: design.standardErrorAfter, runs: design.runs, warnings: warnings))
    }
    print(
      text(stored, design) + warnings.map { "warning: \($0)\n" }.joined(), terminator: "")
  }

  /// The tokens a parameter that were fitted, and twice as far: beyond, nothing was seen of the law.
  private static func ratios(_ observations: Observations) throws -> ClosedRange<Double> {
    let ratios = zip(try observations.column("D"), try observations.column("N")).map { $0 / $1 }
    return (ratios.min() ?? 1) / 2...(ratios.max() ?? 1) * 2
  }

  private func warnings(_ stored: StoredFit, _ design: Design) -> [String] {
    let held = stored.fit.parameters.filter { $0.frozen || $0.atBound }.map(\.name)
    return
      (held.isEmpty
      ? []
      : ["\(held.joined(separator: ", ")) were given or ended on a bound, and count as known."])
      + (stored.fit.unidentified.isEmpty
        ? []
        : [
          "The fit cannot tell \(stored.fit.unidentified.joined(separator: ", ")) apart, so what it "
            + "says of the next runs is a guess."
        ])
  }

  private func text(_ stored: StoredFit, _ design: Design) -> String {
    func error(_ value: Double) -> String {
      design.question.isRelative ? IntervalText.percent(value) : IntervalText.number(value)
    }
    var table = TextTable(
      ("train next", .right), ("N", .right), ("D", .right), ("FLOPs", .right),
      ("standard error then", .right))
    for (place, run) in design.runs.enumerated() {
      table.append(
        "\(place + 1)", IntervalText.number(run.parameters), IntervalText.number(run.tokens),
        IntervalText.number(run.compute), error(run.standardError))
    }
    return """
      \(design.question) by \(stored.document.law.name) of \(file): standard error now \
      \(error(design.standardErrorBefore))
      \(table.text)\(IntervalText.number(design.compute)) of \(IntervalText.number(budget)) FLOPs; to \
      first order, with the law and the fit taken for true

      """
  }
}
