import ArgumentParser
import Reports

/// `cpt-bench training`: one model in this process.
struct TrainingCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "training",
    abstract: "Measure the training step of one model, as one line of JSON.",
    discussion: "Models: " + ModelCase.all.map(\.name).joined(separator: ", "))

  @Argument(help: "The model.")
  var model: String

  @OptionGroup var threads: ThreadsOption
  @OptionGroup var repetitions: RepetitionOptions

  @Flag(help: "Print where the time of a step went in place of the JSON.")
  var profile = false

  func run() throws {
    guard let model = ModelCase.all.first(where: { $0.name == model }) else {
      throw ValidationError(
        "there is no model '\(model)'; there are "
          + ModelCase.all.map(\.name).joined(separator: ", "))
    }
    let measurement = try TrainingBenchmark(
      model: model, threads: threads.count, repetitions: repetitions.value
    ).run()
    if profile {
      print(measurement.profile, terminator: "")
    } else {
      print(try JSONText.of(measurement, onOneLine: true))
    }
  }
}

extension TrainingMeasurement {
  /// The parts of a step in the order of their time, as a table.
  fileprivate var profile: String {
    let step = sections.values.reduce(0, +)
    var table = TextTable(
      ("operations", .left), ("first result", .left), ("section", .left), ("times", .right),
      ("ms", .right), ("of step", .right), ("GFLOP/s", .right), ("GB/s", .right))
    for part in parts {
      var names: [(name: String, count: Int)] = []
      for name in part.operations {
        if names.last?.name == name {
          names[names.count - 1].count += 1
        } else {
          names.append((name, 1))
        }
      }
      let label = names.prefix(4).map { $0.count == 1 ? $0.name : "\($0.count) \($0.name)" }
        .joined(separator: " ")
      table.append(
        label + (names.count > 4 ? " … (\(part.operations.count))" : ""), "\(part.shape)",
        part.section, "\(part.count)", Figure.of(part.seconds * 1e3, 2),
        Figure.percent(part.seconds / step),
        part.matrixFLOPs == 0 ? "" : Figure.of(Double(part.matrixFLOPs) / part.seconds / 1e9, 1),
        Figure.of(Double(part.bytes) / part.seconds / 1e9, 1))
    }
    let summary = sections.sorted { $0.value > $1.value }
      .map { "\($0.key) \(Figure.of($0.value * 1e3, 1)) ms" }.joined(separator: ", ")
    return table.text + summary + "\n"
  }
}
