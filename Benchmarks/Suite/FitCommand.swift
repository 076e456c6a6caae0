import ArgumentParser
import Foundation
import PluginHost
import PluginSDK
import ScalingLaws
import Timing

/// `cpt-bench fit`: the time of one fit of Chinchilla's law to a table.
struct FitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit",
    abstract: "Time a fit of Chinchilla's law to the columns N, D and loss of a CSV file, as JSON.")

  @Argument(help: "The table.", completion: .file(extensions: ["csv"]))
  var table: String

  @OptionGroup var repetitions: RepetitionOptions

  func run() throws {
    ProcessFacts.raisePriority()
    let law = try Plugins.registry().scalingLaw(named: "chinchilla").make(options: OptionValues())
    let measurements = try ScalingLaws.Measurements(
      MeasurementSelection(), variables: law.variables,
      in: DelimitedTable(Data(contentsOf: URL(filePath: table)), file: table),
      leavingOut: .nothing)
    let observations = try ScalingLaws.Measurements.observations(
      of: measurements.rows, variables: law.variables)
    let fitter = try LawFitter(law: law)
    let fit = try fitter.fit(observations)
    let others = OthersShare()
    let times = try repetitions.value.time { _ = try fitter.fit(observations) }
    print(
      try JSONText.of(
        FitMeasurement(
          objective: fit.objective, evaluations: fit.evaluations, rows: fit.rows,
          medianSeconds: times.median, bestSeconds: times.min() ?? 0, othersShare: others.soFar),
        onOneLine: true))
  }
}

/// How fast a law was fitted.
private struct FitMeasurement: Encodable {
  /// The sum of Huber that was reached.
  var objective: Double
  /// Evaluations of the law on all rows.
  var evaluations: Int
  var rows: Int
  var medianSeconds: Double
  var bestSeconds: Double
  /// The part of the machine that other processes took.
  var othersShare: Double
}
