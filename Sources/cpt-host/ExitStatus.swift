import Experiments
import Foundation
import Pipelines

/// How the process ends; documented in the README.
enum ExitStatus: Int32 {
  case done = 0
  case failed = 1
  case wrongUsageOrFile = 2
  case interruptedAndResumable = 3
}

/// A failure whose message has already been written for the user.
struct ReportedFailure: Error {
  let status: ExitStatus
}

/// Writes a line to standard error; where that is closed or full, nobody can be told.
func printError(_ line: String) {
  try? FileHandle.standardError.write(contentsOf: Data((line + "\n").utf8))
}
