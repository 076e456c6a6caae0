/// A parameter as a fit left it.
package struct FittedParameter: Hashable, Sendable, Codable {
  package var name: String
  package var value: Double
  /// Whether the value was given and not fitted.
  package var frozen: Bool
  /// Whether the fit ended on a bound, a coefficient of 0 included, and so says little.
  package var atBound: Bool
}

/// The values of a variable that a fit has seen; a prediction outside extrapolates.
package struct ObservedRange: Hashable, Sendable, Codable {
  package var variable: String
  package var least: Double
  package var greatest: Double
  /// How many different values there were.
  package var distinct: Int

  package init(variable: String, least: Double, greatest: Double, distinct: Int) {
    self.variable = variable
    self.least = least
    self.greatest = greatest
    self.distinct = distinct
  }
}

/// A law with the parameters that fit some observations best.
package struct LawFit: Hashable, Sendable, Codable {
  /// In the order of the law.
  package var parameters: [FittedParameter]
  /// The sum over rows of Huber of the log residual.
  package var objective: Double
  /// The residual at which Huber goes from square to linear.
  package var threshold: Double
  /// How often the law was evaluated on all rows.
  package var evaluations: Int
  /// The predicted loss of each row, nats a token.
  package var predicted: [Double]
  /// The log of the predicted minus the log of the measured loss, row by row.
  package var residuals: [Double]
  /// What the observations covered.
  package var ranges: [ObservedRange]
  /// The names of parameters that can move together without changing any prediction.
  package var unidentified: [String]
  /// What a reader must know before believing the numbers, each a sentence.
  package var warnings: [String]

  /// The values of all parameters, in the order of the law.
  package var theta: [Double] { parameters.map(\.value) }

  /// How many rows were fitted.
  package var rows: Int { predicted.count }

  /// How many parameters were fitted.
  package var freeParameters: Int { parameters.count { !$0.frozen } }

  /// The value of a parameter, or nil if the law has none of that name.
  package subscript(name: String) -> Double? { parameters.first { $0.name == name }?.value }
}
