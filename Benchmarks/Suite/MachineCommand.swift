import ArgumentParser
import CPUEngine
import Graphs

/// `cpt-bench machine`: what the machine can do at most.
struct MachineCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "machine",
    abstract: "Measure the peak of arithmetic and of memory, as one line of JSON.")

  @OptionGroup var threads: ThreadsOption

  func run() throws {
    ProcessFacts.raisePriority()
    print(try JSONText.of(try MachineMeasurement(threads: threads.count), onOneLine: true))
  }
}

extension MachineMeasurement {
  /// Measures for some tenths of a second.
  init(threads: Int) throws {
    let engine = try CPUEngine.measured(threads: threads)
    let bandwidth = try engine.measureBandwidth()
    guard let one = try CPUEngine.measured(threads: 1).measurePeak(), let all = engine.measurePeak()
    else {
      throw BenchmarkError("the engine has no peak to compare with")
    }
    self.init(
      engine: engine.description, threads: threads, peakFLOPs: all, peakFLOPsOfOneThread: one,
      copiedBytesPerSecond: bandwidth.copiedBytesPerSecond,
      readBytesPerSecond: bandwidth.readBytesPerSecond)
  }
}
