/// Why a study could not be planned, run or read back.
package struct ExperimentError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kinds of failure.
  package enum Code: Hashable, Sendable {
    /// The user asked to stop; the same command goes on from there.
    case interrupted
    /// The pipeline asks for something that its plugins or corpora cannot give.
    case pipeline
    /// A run's training failed.
    case training
    /// The workspace is in use, damaged or cannot be written.
    case workspace
  }

  package var code: Code
  /// What is wrong, where, and how to mend it.
  package var message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }
}
