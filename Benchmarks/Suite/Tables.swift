import Foundation
import Reports
import Timing

/// Numbers as people read them.
enum Figure {
  /// With so many digits after the point.
  static func of(_ value: Double, _ digits: Int) -> String {
    String(format: "%.\(digits)f", value)
  }

  static func percent(_ share: Double) -> String { String(format: "%.1f %%", share * 100) }

  /// In MiB.
  static func memory(_ bytes: Int) -> String { of(Double(bytes) / 0x1p20, 0) }

  /// With about four digits.
  static func rate(_ value: Double) -> String {
    of(value, value >= 1000 ? 0 : value >= 100 ? 1 : value >= 10 ? 2 : 3)
  }

  /// A mark where others disturbed the measurement.
  static func noise(_ share: Double) -> String {
    percent(share) + (share > OthersShare.limit ? " !" : "")
  }
}

extension MachineMeasurement {
  /// One line.
  var summary: String {
    "\(engine); peak \(Figure.of(peakFLOPs / 1e9, 1)) GFLOP/s "
      + "(one thread \(Figure.of(peakFLOPsOfOneThread / 1e9, 1))), "
      + "memory \(Figure.of(copiedBytesPerSecond / 1e9, 1)) GB/s copied, "
      + "\(Figure.of(readBytesPerSecond / 1e9, 1)) read\n"
  }
}

/// The training steps and what they say together.
struct TrainingTable {
  private let measurements: [TrainingMeasurement]

  init(_ measurements: [TrainingMeasurement]) { self.measurements = measurements }

  var text: String { steps + "\n" + starts + "\n" + comparisons.map { $0 + "\n" }.joined() }

  private var steps: String {
    var table = TextTable(
      ("training step", .left), ("threads", .right), ("tokens/s", .right), ("best", .right),
      ("GFLOP/s", .right), ("of peak", .right), ("meanwhile", .right), ("peak MiB", .right),
      ("working", .right), ("variables", .right), ("forward", .right), ("backward", .right),
      ("update", .right), ("others", .right))
    for row in measurements {
      let seconds = row.sections.values.reduce(0, +)
      func section(_ name: String) -> String {
        Figure.percent((row.sections[name] ?? 0) / seconds)
      }
      table.append(
        row.model.name, "\(row.threads)", Figure.rate(row.tokensPerSecond.median),
        Figure.rate(row.tokensPerSecond.best), Figure.of(row.matrixFLOPsPerSecond / 1e9, 1),
        row.shareOfPeak.map(Figure.percent) ?? "", Figure.percent(row.shareOfPeakMeanwhile),
        Figure.memory(row.peakMemory), Figure.memory(row.workingMemory),
        Figure.memory(row.variableMemory), section("forward"), section("backward"),
        section("update"), Figure.noise(row.othersShare))
    }
    return table.text
  }

  /// The seconds before the first step.
  private var starts: String {
    var table = TextTable(
      ("start, seconds", .left), ("threads", .right), ("process", .right), ("plugins", .right),
      ("describe", .right), ("compile", .right), ("evaluation", .right), ("parameters", .right),
      ("to first step", .right), ("first step", .right))
    for row in measurements {
      let start = row.start
      table.append(
        row.model.name, "\(row.threads)", Figure.of(start.process, 2), Figure.of(start.plugins, 3),
        Figure.of(start.description, 3), Figure.of(start.compilation, 3),
        Figure.of(start.evaluationCompilation, 3), Figure.of(start.initialization, 3),
        Figure.of(start.total, 2), Figure.of(start.firstStep, 2))
    }
    return table.text
  }

  private var comparisons: [String] {
    let scaling = measurements.filter { $0.threads > 1 }.compactMap { many -> String? in
      guard let one = measurements.first(where: { $0.model == many.model && $0.threads == 1 })
      else { return nil }
      let ratio = many.tokensPerSecond.median / one.tokensPerSecond.median
      return "\(many.model.name): \(many.threads) threads do \(Figure.of(ratio, 2)) times the work "
        + "of one"
    }
    let long = measurements.filter { $0.model.name.hasSuffix("-long") }.compactMap {
      long -> String? in
      let name = String(long.model.name.dropLast(5))
      guard
        let short = measurements.first(where: {
          $0.model.name == name && $0.threads == long.threads
        })
      else { return nil }
      let memory = Double(long.peakMemory) / Double(short.peakMemory) - 1
      let speed = long.tokensPerSecond.median / short.tokensPerSecond.median
      let asked = Double(short.model.matrixFLOPsPerToken) / Double(long.model.matrixFLOPsPerToken)
      return
        "\(name), \(long.threads) threads: at sequence \(long.model.context) memory changes by "
        + "\(Figure.percent(memory)) and the speed is \(Figure.of(speed, 3)) of that at "
        + "\(short.model.context); the arithmetic asks for \(Figure.of(asked, 3))"
    }
    return scaling + long
  }
}

extension [OperationMeasurement] {
  /// The operations with their share of what bounds them.
  var table: String {
    var table = TextTable(
      ("operation", .left), ("model", .left), ("last result", .left), ("ms", .right),
      ("best", .right), ("GFLOP/s", .right), ("GB/s", .right), ("share", .right), ("of", .left),
      ("others", .right))
    for row in self {
      let bytes = Double(row.bytes) / row.medianSeconds / 1e9
      table.append(
        row.name, row.model, "\(row.shape)", Figure.of(row.medianSeconds * 1e3, 3),
        Figure.of(row.bestSeconds * 1e3, 3),
        row.matrixFLOPs == 0
          ? "" : Figure.of(Double(row.matrixFLOPs) / row.medianSeconds / 1e9, 1),
        Figure.of(bytes, 1), Figure.percent(row.share),
        row.bound == .arithmetic ? "peak" : "bandwidth", Figure.noise(row.othersShare))
    }
    return table.text
  }
}

extension [DataMeasurement] {
  /// The tasks with what they do a second.
  var table: String {
    var table = TextTable(
      ("task", .left), ("threads", .right), ("ms", .right), ("best", .right), ("rates", .left),
      ("counts", .left), ("others", .right))
    for row in self {
      let rates = row.rates.sorted { $0.key < $1.key }.map { "\(Figure.rate($0.value)) \($0.key)" }
      let counts = row.counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
      table.append(
        row.name, "\(row.threads)", Figure.of(row.medianSeconds * 1e3, 3),
        Figure.of(row.bestSeconds * 1e3, 3), rates.joined(separator: ", "),
        counts.joined(separator: ", "), Figure.noise(row.othersShare))
    }
    return table.text
  }
}
