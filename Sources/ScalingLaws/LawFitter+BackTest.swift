// N  parameters of the model
// D  tokens it was trained on
// C  training FLOPs, counted as 6 N D
import PluginSDK

/// How well a law predicts observations that it was not fitted to.
package struct HeldOutError: Hashable, Sendable, Codable {
  /// How many rows were predicted.
  package var rows: Int
  /// The mean of |predicted - measured| / measured, percent.
  package var meanPercentError: Double
  /// The root of the mean square of predicted - measured, nats a token.
  package var rootMeanSquare: Double
  /// The mean of predicted - measured, nats a token.
  package var bias: Double

  init(predicted: [Double], measured: [Double]) {
    let errors = zip(predicted, measured).map { $0 - $1 }
    let count = Double(max(errors.count, 1))
    rows = errors.count
    meanPercentError = 100 * zip(errors, measured).reduce(0) { $0 + abs($1.0) / $1.1 } / count
    rootMeanSquare = (errors.reduce(0) { $0 + $1 * $1 } / count).squareRoot()
    bias = errors.reduce(0, +) / count
  }
}

/// A law fitted to the runs of least compute, judged on the others.
package struct BackTest: Hashable, Sendable, Codable {
  package var fit: LawFit
  package var error: HeldOutError
}

/// A law fitted without one value of a variable, judged on it.
package struct LeftOutValue: Hashable, Sendable, Codable {
  package var value: Double
  package var fit: LawFit
  package var error: HeldOutError
}

extension LawFitter {
  /// Fits the lower part of the compute range and predicts the rest.
  ///
  /// - Parameters:
  ///   - observations: Rows with columns N and D.
  ///   - share: The share of rows to fit, rounded down to a whole number of rows.
  /// - Returns: The fit to the lower part, and how far it is from the rest.
  /// - Throws: ``ScalingLawError`` as ``fit(_:warmStart:)``, and `tooFewObservations` if no row is
  ///   left to predict.
  package func backTest(
    _ observations: Observations, share: Double = 0.8
  ) throws(ScalingLawError) -> BackTest {
    let order = try observations.rowsByCompute()
    let count = Int(share * Double(order.count))
    guard count < order.count else {
      throw ScalingLawError(
        .tooFewObservations,
        """
        a back-test on \(share) of \(order.count) observations leaves none to predict: take a \
        smaller share
        """)
    }
    let fit = try fit(observations.selecting(order.prefix(count)))
    let rest = observations.selecting(order.dropFirst(count))
    return BackTest(fit: fit, error: try error(of: fit.theta, on: rest))
  }

  /// For each value of a variable fits the rows of all others and predicts it: with N, what the law
  /// would have said of each model size without having seen it.
  ///
  /// - Throws: ``ScalingLawError`` as ``fit(_:warmStart:)``; `tooFewObservations` also where the rows
  ///   without one value are too few.
  package func leavingOutEach(
    _ variable: String, of observations: Observations, threads: Int = 1
  ) throws(ScalingLawError) -> [LeftOutValue] {
    let values = try observations.column(variable)
    let distinct = Set(values).sorted()
    return try concurrently(distinct.count, threads: threads) {
      index throws(ScalingLawError) -> LeftOutValue in
      let value = distinct[index]
      let fit = try fit(observations.selecting(values.indices.filter { values[$0] != value }))
      let rest = observations.selecting(values.indices.filter { values[$0] == value })
      return LeftOutValue(value: value, fit: fit, error: try error(of: fit.theta, on: rest))
    }
  }

  /// How far parameters are from some observations.
  ///
  /// - Throws: ``ScalingLawError`` with `invalidObservations` if a column is missing, or `lawFailed`.
  package func error(
    of theta: [Double], on observations: Observations
  ) throws(ScalingLawError) -> HeldOutError {
    var columns: [[Double]] = []
    for variable in law.variables { columns.append(try observations.column(variable)) }
    do throws(PluginError) {
      let predicted = try law.predict(theta, at: columns, wantsGradients: false).losses
      return HeldOutError(predicted: predicted, measured: observations.losses)
    } catch {
      throw ScalingLawError(error)
    }
  }
}
