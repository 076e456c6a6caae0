import Foundation
import Timing

/// Measurements that need a process of their own, for its memory and its start.
enum ChildProcess {
  /// Runs `cpt-bench training`.
  static func training(
    _ model: ModelCase, threads: Int, repetitions: Repetitions
  ) throws -> TrainingMeasurement {
    let process = Process()
    process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = [
      "training", model.name, "--threads", "\(threads)", "--seconds", "\(repetitions.seconds)",
      "--repetitions", "\(repetitions.least)",
    ]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationReason == .exit, process.terminationStatus == 0 else {
      throw BenchmarkError(
        "training \(model.name) ended with status \(process.terminationStatus)")
    }
    return try JSONDecoder().decode(TrainingMeasurement.self, from: output)
  }
}
