package import PluginSDK

/// Why a law could not be fitted or used.
package struct ScalingLawError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of failure it is.
  package enum Code: Hashable, Sendable {
    /// A column is missing, of another length, or holds a number that is not positive.
    case invalidObservations
    /// There are fewer observations than free parameters.
    case tooFewObservations
    /// A frozen parameter does not exist or has a value outside its bounds.
    case invalidFrozenParameter
    /// The number of parameters given is not that of the law, or its variables are not N and D.
    case unsuitableLaw
    /// The law predicts no positive loss anywhere the search looked.
    case noFit
    /// At these coefficients no size is best for the compute.
    case noInteriorOptimum
    /// The observations do not determine what was asked for.
    case notIdentified
    /// No compute brings the predicted loss to the one asked for.
    case unreachableLoss
    /// A level, a count or a limit that means nothing.
    case invalidArgument
    /// The law's own code refused or failed.
    case lawFailed
    /// A file is no table, or a cell in it cannot be used.
    case invalidTable
    /// A column, condition or expression that does not fit the table.
    case invalidSelection
    /// A file is no fit that this program wrote.
    case invalidFitDocument
  }

  package var code: Code
  /// What is wrong, what is allowed and how to mend it.
  package var message: String
  /// The file, with line and column where they are known.
  package var place: String?
  /// The law's own error where it was one.
  package var cause: PluginError?

  /// Creates an error.
  package init(
    _ code: Code, _ message: String, place: String? = nil, cause: PluginError? = nil
  ) {
    self.code = code
    self.message = message
    self.place = place
    self.cause = cause
  }

  /// Creates the error for a law whose own code refused or failed.
  init(_ cause: PluginError, code: Code = .lawFailed) {
    self.init(code, cause.description, cause: cause)
  }

  package var description: String { place.map { "\($0): error: \(message)" } ?? message }
}
