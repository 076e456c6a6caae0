import Glibc
import PluginSDK

/// The sum over rows of Huber of the log residual, as a function of a position.
struct FitObjective: SmoothObjective {
  let coordinates: FitCoordinates
  let columns: [[Double]]
  let logLosses: [Double]
  var huber: Huber
  /// How often the law was evaluated on all rows.
  private(set) var evaluations = 0

  /// Values are 1e6 times the mean, so that thresholds of 1e-3 give numbers near 1.
  var scale: Double { 1e6 / Double(max(logLosses.count, 1)) }

  init(coordinates: FitCoordinates, columns: [[Double]], logLosses: [Double], huber: Huber) {
    self.coordinates = coordinates
    self.columns = columns
    self.logLosses = logLosses
    self.huber = huber
  }

  mutating func evaluate(at position: [Double]) throws(PluginError) -> Evaluation {
    let count = coordinates.law.parameters.count
    var sum = 0.0
    var thetaGradient = [Double](repeating: 0, count: count)
    let point = try coordinates.point(at: position)
    let prediction = try predict(point.theta)
    for (row, loss) in prediction.losses.enumerated() {
      guard loss > 0, loss.isFinite else {
        return Evaluation(
          value: .infinity, gradient: [Double](repeating: 0, count: position.count))
      }
      let residual = log(loss) - logLosses[row]
      sum += huber.value(residual)
      let pull = huber.derivative(residual) / loss
      for index in 0..<count {
        thetaGradient[index] += pull * prediction.gradients[row * count + index]
      }
    }
    var gradient = [Double](repeating: 0, count: position.count)
    for slot in gradient.indices {
      for index in 0..<count {
        gradient[slot] += thetaGradient[index] * point.jacobian[index * gradient.count + slot]
      }
      gradient[slot] *= scale
    }
    return Evaluation(value: scale * sum, gradient: gradient)
  }

  /// Gauss and Newton's matrix with each row weighted as Huber's loss bends at its residual.
  mutating func curvature(at position: [Double]) throws(PluginError) -> SymmetricMatrix {
    var matrix = SymmetricMatrix(order: position.count)
    for (residual, slopes) in try rows(at: position) {
      matrix.addOuter(slopes, scale: scale * huber.weight(residual))
    }
    return matrix
  }

  /// The log residual of each row with its derivatives by the coordinates.
  mutating func rows(
    at position: [Double]
  ) throws(PluginError) -> [(residual: Double, slopes: [Double])] {
    let count = coordinates.law.parameters.count
    let width = position.count
    let point = try coordinates.point(at: position)
    let prediction = try predict(point.theta)
    return prediction.losses.indices.map { row in
      let loss = prediction.losses[row]
      var slopes = [Double](repeating: 0, count: width)
      for index in 0..<count {
        let slope = prediction.gradients[row * count + index] / loss
        for slot in 0..<width { slopes[slot] += slope * point.jacobian[index * width + slot] }
      }
      return (log(loss) - logLosses[row], slopes)
    }
  }

  /// The law on all rows, counted.
  mutating func predict(_ theta: [Double]) throws(PluginError) -> LawPrediction {
    evaluations += 1
    return try coordinates.law.predict(theta, at: columns, wantsGradients: true)
  }

  /// The objective of some parameters, unscaled; infinite where the law predicts no positive loss.
  mutating func sum(at theta: [Double]) throws(PluginError) -> Double {
    let losses = try predict(theta).losses
    guard losses.allSatisfy({ $0 > 0 && $0.isFinite }) else { return .infinity }
    return losses.indices.reduce(0) { $0 + huber.value(log(losses[$1]) - logLosses[$1]) }
  }
}
