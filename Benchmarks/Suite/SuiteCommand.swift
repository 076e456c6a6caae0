import ArgumentParser
import CPUEngine
import Foundation
import Timing

/// `cpt-bench suite`: everything, as tables and as JSON.
struct SuiteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "suite", abstract: "Measure everything; print tables and write JSON.")

  /// A part of the suite.
  enum Part: String, ExpressibleByArgument, CaseIterable {
    case training
    case operations
    case data
    case plugins
  }

  @Option(help: "How much is measured: \(Extent.allCases.map(\.rawValue).joined(separator: ", ")).")
  var extent = Extent.quick

  @Option(
    help:
      "A part to measure: \(Part.allCases.map(\.rawValue).joined(separator: ", ")). All if absent.")
  var only: [Part] = []

  @Option(help: "The file for the JSON.", completion: .file(extensions: ["json"]))
  var json: String?

  @Option(
    help: "A file of text for the tokenizer, in place of made-up words.", completion: .file())
  var text: String?

  @OptionGroup var threads: ThreadsOption
  @OptionGroup var repetitions: RepetitionOptions

  func run() throws {
    ProcessFacts.raisePriority()
    let parts = only.isEmpty ? Part.allCases : only
    note("machine")
    var results = Measurements(machine: try MachineMeasurement(threads: threads.count))
    print(results.machine.summary)
    if parts.contains(.training) {
      results.training = try training(on: results.machine)
      print(TrainingTable(results.training).text)
    }
    if parts.contains(.operations) {
      results.operations = try operations(on: results.machine)
      print(results.operations.table)
    }
    if parts.contains(.data) {
      results.data = try data()
      print(results.data.table)
    }
    if parts.contains(.plugins) {
      let plugins = try PluginBenchmark(
        repetitions: Repetitions(
          seconds: min(self.repetitions.seconds, 1), least: self.repetitions.repetitions),
        fileCount: extent == .smoke ? 3 : 300
      ).run { note($0) }
      results.data += plugins
      print(plugins.table)
    }
    let shares =
      results.training.map(\.othersShare) + results.operations.map(\.othersShare)
      + results.data.map(\.othersShare)
    if shares.contains(where: { $0 > OthersShare.limit }) {
      print(
        "! other processes took more than \(Figure.percent(OthersShare.limit)) of the machine "
          + "meanwhile: measure again where nothing else runs.")
    }
    if let json {
      let file = URL(filePath: json)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data((try JSONText.of(results) + "\n").utf8).write(to: file)
      print("JSON: \(json)")
    }
  }

  /// The models to train, each with a number of threads.
  private var trainingRuns: [(model: ModelCase, threads: Int)] {
    let all = threads.count
    switch extent {
    case .smoke: return [(ModelCase.smallest, all)]
    case .quick:
      let names = ["small-8k", "medium-8k", "tiny-32k", "small-8k-long", "grouped"]
      return ModelCase.all.filter { names.contains($0.name) }.flatMap { model in
        model.name == "small-8k" && all > 1 ? [(model, all), (model, 1)] : [(model, all)]
      }
    case .all:
      return (ModelCase.compared + ModelCase.further).flatMap { model in
        all > 1 ? [(model, all), (model, 1)] : [(model, all)]
      }
    }
  }

  private func training(on machine: MachineMeasurement) throws -> [TrainingMeasurement] {
    try trainingRuns.map { model, threads in
      note("training \(model.name), threads \(threads)")
      var measurement = try ChildProcess.training(
        model, threads: threads, repetitions: repetitions.value)
      measurement.shareOfPeak =
        measurement.matrixFLOPsPerSecond / machine.peak(threads: threads)
      return measurement
    }
  }

  private func operations(on machine: MachineMeasurement) throws -> [OperationMeasurement] {
    let models =
      switch extent {
      case .smoke: [ModelCase.smallest]
      case .quick: ModelCase.compared.filter { $0.name == "small-8k" }
      case .all: ModelCase.compared
      }
    let repetitions = Repetitions(
      seconds: min(self.repetitions.seconds, extent == .all ? 1 : 0.3),
      least: self.repetitions.repetitions)
    return try models.flatMap { model in
      try OperationBenchmark(
        model: model, engine: .measured(threads: threads.count), machine: machine,
        repetitions: repetitions
      ).run { note("operation of \(model.name): \($0)") }
    }
  }

  private func data() throws -> [DataMeasurement] {
    let (textSize, tokenCount) =
      switch extent {
      case .smoke: (20_000, 20_000)
      case .quick: (4_000_000, 2_000_000)
      case .all: (32_000_000, 8_000_000)
      }
    let repetitions = Repetitions(
      seconds: min(self.repetitions.seconds, 2), least: self.repetitions.repetitions)
    return try DataBenchmark(
      threads: threads.count, repetitions: repetitions,
      text: try text.map { try TokenizerText(path: $0) } ?? TokenizerText(byteCount: textSize),
      tokenCount: tokenCount
    ).run { note($0) }
  }
}
