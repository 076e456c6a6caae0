/// Why a run could not be trained, saved or taken up again.
package struct TrainingError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kinds of failure.
  package enum Code: Hashable, Sendable, Codable {
    /// The user asked to stop; the run goes on from its checkpoint.
    case interrupted
    /// The loss or the gradient is not a finite number.
    case diverged
    /// The architecture, the optimizer or the engine refused the model.
    case model
    /// The batches cannot be drawn, or there is nothing to evaluate on.
    case data
    /// A checkpoint cannot be written.
    case storage
    /// A checkpoint cannot be read, or does not belong to this run.
    case checkpoint
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
