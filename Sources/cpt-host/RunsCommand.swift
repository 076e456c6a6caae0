import ArgumentParser
import Experiments
import Foundation
import PluginSDK
import Reports

/// `cpt-host runs`: what the run database of a workspace holds.
struct RunsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs", abstract: "List the runs of a study, or show one.",
    subcommands: [List.self, Show.self], defaultSubcommand: List.self)

  /// `cpt-host runs list`.
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "List the runs of a study.")

    @OptionGroup var workspace: WorkspaceOption

    @Flag(help: "Print the runs as JSON.")
    var json = false

    func run() throws {
      let results = try RunDatabase.existing(in: workspace.value).results()
      let runs = results.runs
      if json { return try JSONOutput.print(runs) }
      let isSwept = runs.contains { $0.variant != nil }
      var table = TextTable(
        [("run", .left), ("stage", .left), ("size", .left)], isSwept ? [("variant", .left)] : [],
        [
          ("N", .right), ("tokens", .right), ("steps", .right), ("FLOPs", .right),
          ("tokens/s", .right), ("of peak", .right), ("time", .right),
        ])
      for run in runs {
        var cells = [String(run.id.prefix(12)), run.stage, run.size]
        if isSwept { cells.append(run.variant ?? "") }
        cells += [
          Quantity.count(run.countedParameters), Quantity.count(run.tokens), "\(run.steps)",
          Quantity.operations(run.exactFLOPs), Quantity.count(Int(run.tokensPerSecond)),
          run.speed?.shareOfPeak.map(Quantity.percent) ?? "-", Quantity.seconds(run.seconds),
        ]
        table.append(cells)
      }
      print(table.text, terminator: "")
      if !results.missingRuns.isEmpty {
        print("not finished: \(results.missingRuns.joined(separator: ", "))")
      }
    }
  }

  /// `cpt-host runs show`.
  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show", abstract: "Show one run with its evaluations.")

    @Argument(
      help: "The first letters of the run's id, or STAGE/SIZE, of a sweep STAGE/SIZE/VARIANT.")
    var identifier: String

    @OptionGroup var workspace: WorkspaceOption

    @Flag(help: "Print the run as JSON.")
    var json = false

    func run() throws {
      let runs = try RunDatabase.existing(in: workspace.value).results().runs
      let matches = runs.filter {
        $0.id.hasPrefix(identifier) || $0.path == identifier
      }
      guard let run = matches.first, matches.count == 1 else {
        let names = runs.map(\.path).joined(separator: ", ")
        throw ValidationError(
          "'\(identifier)' names \(matches.count) runs; the study has \(names)")
      }
      if json { return try JSONOutput.print(run) }
      print("run \(run.id)")
      print("stage \(run.stage), size \(run.size), \(run.parameters.total) parameters")
      if let variant = run.variant { print("variant \(variant)") }
      if let source = run.sourceRun { print("continued from \(source)") }
      print("checkpoint \(run.checkpoint)")
      printSpeed(of: run)
      for source in run.sources {
        print(
          "\(source.corpus): \(source.realisedTokens) tokens of \(source.plannedTokens) planned, "
            + String(format: "%.2f epochs", source.epochs))
      }
      var table = TextTable(
        ("step", .right), ("corpus", .left), ("nats/token", .right), ("± s.e.", .right),
        ("bits/byte", .right))
      for evaluation in run.evaluations {
        table.append(
          "\(evaluation.step)", evaluation.corpus, String(format: "%.4f", evaluation.loss),
          String(format: "%.4f", evaluation.standardError),
          String(format: "%.4f", evaluation.bitsPerByte))
      }
      print(table.text, terminator: "")
    }

    private func printSpeed(of run: RunRecord) {
      let total = Quantity.seconds(run.seconds)
      let tokens = "\(Quantity.count(Int(run.tokensPerSecond))) tokens/s"
      guard let speed = run.speed else { return print("time \(total), \(tokens)") }
      let share = speed.shareOfPeak.flatMap { share in
        speed.peakFLOPsPerSecond.map { peak in
          ", \(Quantity.percent(share)) of \(Quantity.operations(peak)) FLOP/s"
        }
      }
      let threads = speed.threads.map { String(format: ", of which it had %.1f on average", $0) }
      print("engine \(speed.engine)\(threads ?? "")")
      print("time \(total), \(tokens)\(share ?? "")")
      let parts = SpeedRecord.Part.allCases.map { part in
        let seconds = speed.secondsByPart[part] ?? 0
        return "\(part.rawValue) \(run.seconds > 0 ? Quantity.percent(seconds / run.seconds) : "-")"
      }
      print("of it \(parts.joined(separator: ", "))")
    }
  }
}

extension RunRecord {
  /// The run as an argument names it: `cpt/60k`, of a sweep `cpt/60k/seed=1`.
  fileprivate var path: String {
    ([stage, size] + (variant.map { [$0] } ?? [])).joined(separator: "/")
  }
}
