import Experiments
import Foundation

/// One line on standard error that says what runs, how fast, and how long it will take.
///
/// Silent where standard error is no terminal.
final class ProgressLine {
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private var shown: ContinuousClock.Instant?
  private var width = 0

  /// Shows a state, at most ten times a second; of runs side by side that of the oldest.
  func show(_ progress: ExperimentProgress) {
    if case .training(let run) = progress.part, run != progress.training.first { return }
    let now = ContinuousClock.now
    guard isTerminal, shown.map({ now - $0 > .milliseconds(100) }) ?? true else { return }
    shown = now
    write(Self.text(progress))
  }

  /// Takes the line away.
  func clear() {
    guard isTerminal, width > 0 else { return }
    write("")
    try? FileHandle.standardError.write(contentsOf: Data("\r".utf8))
    width = 0
  }

  private func write(_ text: String) {
    let padding = String(repeating: " ", count: max(0, width - text.count))
    try? FileHandle.standardError.write(contentsOf: Data("\r\(text)\(padding)".utf8))
    width = text.count
  }

  private static func text(_ progress: ExperimentProgress) -> String {
    var parts = ["[\(progress.finishedRuns)/\(progress.runs)] \(progress.part)"]
    if let fraction = progress.fraction { parts.append("\(Int(fraction * 100)) %") }
    if let loss = progress.loss { parts.append(String(format: "loss %.3f", loss)) }
    if let speed = progress.tokensPerSecond, speed > 0 {
      let share = progress.shareOfPeak.map { String(format: " (%.0f %% of peak)", $0 * 100) } ?? ""
      parts.append("\(Quantity.count(Int(speed))) tokens/s\(share)")
    }
    if progress.training.count > 1 { parts.append("\(progress.training.count - 1) beside it") }
    if let left = progress.secondsLeft { parts.append("\(Quantity.seconds(left)) left") }
    return parts.joined(separator: ", ")
  }
}
