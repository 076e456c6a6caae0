// N  parameters of the model
// D  tokens it was trained on
// C  training FLOPs, counted as 6 N D
import ArgumentParser
import Foundation
import PluginSDK
import Reports
import ScalingLaws

/// `cpt-host allocate`: which model to train for some compute, or for some loss.
struct AllocateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "allocate",
    abstract: "Share compute out between parameters and tokens, with intervals.")

  @Option(
    name: .customLong("law"),
    help: ArgumentHelp("The fit, as 'cpt-host fit --output' wrote it.", valueName: "fit.json"),
    completion: .file(extensions: ["json"]))
  var file: String

  @Option(help: ArgumentHelp("The FLOPs there are, counted as 6 N D.", valueName: "FLOPs"))
  var compute: Double?

  @Option(help: ArgumentHelp("The loss to reach with the fewest FLOPs.", valueName: "nats"))
  var loss: Double?

  @Option(
    help: ArgumentHelp(
      """
      The unique tokens there are. No token is seen twice, unless the law has a variable U: then this \
      is U, and tokens may repeat.
      """,
      valueName: "tokens"))
  var maxTokens: Double?

  @Option(help: ArgumentHelp("The most parameters.", valueName: "parameters"))
  var maxParameters: Double?

  @OptionGroup var fixed: FixedVariables
  @OptionGroup var intervals: IntervalArguments
  @OptionGroup var folders: LawFolders

  @Flag(help: "Print the result as JSON.")
  var json = false

  func validate() throws {
    guard (compute == nil) != (loss == nil) else {
      throw ValidationError("give either --compute or --loss")
    }
  }

  /// What `--json` prints.
  private struct Result: Encodable {
    var goal: AllocationGoal
    var limits: AllocationLimits
    var level: Double
    var draws: Int
    var report: AllocationReport
    var warnings: [String]
  }

  func run() throws {
    let stored = try StoredFit(file, folders: folders)
    var limits = AllocationLimits(
      parameters: maxParameters, fixed: try fixed.read(for: stored.law.variables))
    if stored.law.variables.contains("U"), let maxTokens {
      limits.fixed["U"] = maxTokens
    } else {
      limits.tokens = maxTokens
    }
    let goal = compute.map(AllocationGoal.compute) ?? .loss(loss ?? 0)
    let draws = try stored.draws(intervals)
    let report = try AllocationReport(
      goal, law: stored.law, fit: stored.fit, draws: draws, limits: limits,
      level: intervals.level, threads: IntervalArguments.threads)
    let warnings = stored.warnings + report.extrapolations.map(\.description)
    if json {
      try JSONOutput.print(
        Result(
          goal: goal, limits: limits, level: intervals.level, draws: draws?.draws.count ?? 0,
          report: report, warnings: warnings))
    } else {
      print(
        text(stored, report, draws) + warnings.map { "warning: \($0)\n" }.joined(),
        terminator: "")
    }
  }

  private func text(_ stored: StoredFit, _ report: AllocationReport, _ draws: FitDraws?) -> String {
    let goal =
      compute.map { "for \(IntervalText.number($0)) FLOPs" }
      ?? "for a loss of \(IntervalText.number(loss ?? 0))"
    var table = TextTable(
      ("", .left), ("best", .right),
      (draws == nil ? "" : IntervalText.title(intervals.level), .right))
    let model = report.best.allocation
    let ends = report.intervals
    table.append("N", IntervalText.number(model.parameters), IntervalText.ends(ends?.parameters))
    table.append("D", IntervalText.number(model.tokens), IntervalText.ends(ends?.tokens))
    table.append("D/N", IntervalText.number(model.tokens / model.parameters), "")
    table.append(
      "FLOPs", IntervalText.number(report.best.compute), IntervalText.ends(ends?.compute))
    table.append("loss", IntervalText.number(report.best.loss), IntervalText.ends(ends?.loss))
    var text = "\(stored.document.law.name) of \(file), \(goal)\n" + table.text
    if !report.best.heldBackBy.isEmpty {
      let names = report.best.heldBackBy.map { $0 == .tokens ? "tokens" : "parameters" }
      text += "held back by the limit on \(names.joined(separator: " and "))\n"
    }
    if let draws, let ends {
      text += IntervalText.source(draws, undefined: ends.parameters.undefined)
    }
    return text
  }
}
