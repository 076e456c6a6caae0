package import PluginSDK

/// What a fitted law is worth beyond the points it was fitted to, and what it says between them.
package struct FitDiagnosis: Codable, Sendable, Hashable {
  /// Points that a fit did not see, beside what it predicted for them.
  package struct HeldOut: Codable, Sendable, Hashable {
    /// N of the points; nil where they are the upper end of the compute.
    package var parameters: Double?
    /// How many points were fitted.
    package var fittedPoints: Int
    /// How many were predicted.
    package var points: Int
    /// The mean of |predicted - measured| / measured, percent.
    package var meanPercentError: Double
    /// The mean of predicted - measured, nats a token.
    package var bias: Double

    package init(
      parameters: Double?, fittedPoints: Int, points: Int, meanPercentError: Double, bias: Double
    ) {
      self.parameters = parameters
      self.fittedPoints = fittedPoints
      self.points = points
      self.meanPercentError = meanPercentError
      self.bias = bias
    }
  }

  /// The sizes and tokens to which a law gives one loss.
  package struct Contour: Codable, Sendable, Hashable {
    /// Nats a token.
    package var loss: Double
    /// By ascending N.
    package var points: [Allocation]

    package init(loss: Double, points: [Allocation]) {
      self.loss = loss
      self.points = points
    }
  }

  /// Fitted to the lower part of the compute, judged on the rest; nil where that cannot be done.
  package var backTest: HeldOut?
  /// Fitted without one size, judged on it, for each size in turn.
  package var leftOutSizes: [HeldOut]
  package var contours: [Contour]
  /// Why something is not there, a sentence each.
  package var remarks: [String]

  package init(
    backTest: HeldOut? = nil, leftOutSizes: [HeldOut] = [], contours: [Contour] = [],
    remarks: [String] = []
  ) {
    self.backTest = backTest
    self.leftOutSizes = leftOutSizes
    self.contours = contours
    self.remarks = remarks
  }
}
