import ArgumentParser
import CPUEngine
import Foundation
import Timing

/// The benchmarks of this project.
@main
struct CPTBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cpt-bench", abstract: "Measures training steps, operations and data handling.",
    subcommands: [
      SuiteCommand.self, TrainingCommand.self, FitCommand.self, MachineCommand.self,
      IsolationCommand.self,
    ],
    defaultSubcommand: SuiteCommand.self)
}

/// How much is measured.
enum Extent: String, ExpressibleByArgument, CaseIterable {
  /// Shows that everything runs; the numbers mean nothing.
  case smoke
  /// Some minutes.
  case quick
  /// Every model and every operation.
  case all
}

/// What a measurement is repeated for.
struct RepetitionOptions: ParsableArguments {
  @Option(help: "Seconds for each measurement, the first repetition aside.")
  var seconds = 5.0

  @Option(help: "The least repetitions of each measurement.")
  var repetitions = 3

  func validate() throws {
    guard seconds >= 0, seconds.isFinite else {
      throw ValidationError("--seconds is \(seconds); it must be a number from 0")
    }
    guard repetitions >= 1 else {
      throw ValidationError("--repetitions is \(repetitions); it must be from 1")
    }
  }

  var value: Repetitions { Repetitions(seconds: seconds, least: repetitions) }
}

/// How many threads compute.
struct ThreadsOption: ParsableArguments {
  @Option(help: "Threads that compute. All cores if absent.")
  var threads: Int?

  func validate() throws {
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads is \(threads); it must be from 1 to 1024")
    }
  }

  var count: Int { threads ?? ProcessInfo.processInfo.activeProcessorCount }
}

extension CPUEngine {
  /// An engine as `cpt-host` makes it, with the instructions that the environment asks for.
  static func measured(threads: Int) throws -> CPUEngine {
    try CPUEngine(threads: threads, environment: ProcessInfo.processInfo.environment)
  }
}

/// Results for other programs.
enum JSONText {
  /// A value with sorted keys and numbers in full precision.
  static func of(_ value: some Encodable, onOneLine: Bool = false) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if !onOneLine { encoder.outputFormatting.insert(.prettyPrinted) }
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}

/// Writes a line to standard error, so that results stay alone on standard output.
func note(_ text: String) { FileHandle.standardError.write(Data("\(text)\n".utf8)) }
