import Glibc
import PluginSDK

/// The coordinates a fit moves in, chosen so that they hardly depend on one another.
///
/// A coefficient is measured by the log of what its term adds at the geometric mean of the
/// observations, and not by itself: when an exponent moves, the coefficient follows so that the
/// term keeps its size amid the data. For a power law this equals centring log N and log D, but it
/// asks nothing of the form. On the Chinchilla points it takes the condition number from 1e13 to
/// 4e3.
struct FitCoordinates {
  /// How a parameter is measured.
  enum Scale: Hashable {
    /// The log of a coefficient times what its term is at the reference point with coefficient 1.
    case logTerm
    case log
    /// The log of the negative of a parameter that is below 0.
    case logNegative
    case natural
  }

  /// The parameters at a position, with their derivatives by its coordinates.
  struct Point {
    var theta: [Double]
    /// A row a parameter, a column a coordinate.
    var jacobian: [Double]
  }

  /// The values of a unit term at one point: what it is, and its derivatives by all parameters.
  typealias Term = (value: Double, gradient: [Double])

  let law: any ScalingLaw
  /// The geometric mean of each variable, as columns of one point.
  let reference: [[Double]]
  /// The parameters that are fitted, one a coordinate.
  let free: [Int]
  let scales: [Scale]
  let bounds: [ClosedRange<Double>]
  /// All parameters, where a free one has a place in the middle of its range.
  let template: [Double]
  /// A typical loss.
  let lossScale: Double

  /// Chooses coordinates; `frozen` has for each parameter its value, or nil if it is free, and
  /// `uncentred` the coefficients to be measured by their own log, so that their bounds hold exactly.
  init(
    law: any ScalingLaw, frozen: [Double?], reference: [[Double]], uncentred: Set<Int>,
    lossScale: Double
  ) throws(PluginError) {
    self.law = law
    self.reference = reference
    self.lossScale = lossScale
    free = law.parameters.indices.filter { frozen[$0] == nil }
    let middle = law.parameters.indices.map { frozen[$0] ?? Self.middle(of: law.parameters[$0]) }
    template = middle
    var scales: [Scale] = []
    var bounds: [ClosedRange<Double>] = []
    for index in free {
      let parameter = law.parameters[index]
      let range = parameter.bounds
      switch parameter.role {
      case .coefficient:
        let unit = try Self.term(of: law, index, theta: middle, at: reference)
        if unit.value > 0, unit.value.isFinite, !uncentred.contains(index) {
          scales.append(.logTerm)
          // Below the lower end a term is lost in rounding; above the upper no loss can be.
          bounds.append(log(1e-13 * lossScale)...log(1e3 * lossScale))
        } else {
          scales.append(.log)
          bounds.append(
            log(max(range.lowerBound, 1e-300))...log(max(range.upperBound, 1e-290)))
        }
      case .exponent, .shape:
        if range.isWideAndPositive {
          scales.append(.log)
          bounds.append(log(range.lowerBound)...log(range.upperBound))
        } else if range.negated.isWideAndPositive {
          scales.append(.logNegative)
          bounds.append(log(-range.upperBound)...log(-range.lowerBound))
        } else {
          scales.append(.natural)
          bounds.append(range)
        }
      }
    }
    self.scales = scales
    self.bounds = bounds
  }

  /// The parameters at a position.
  func point(at position: [Double]) throws(PluginError) -> Point {
    let width = free.count
    var theta = template
    var jacobian = [Double](repeating: 0, count: theta.count * width)
    for (slot, index) in free.enumerated() where scales[slot] != .logTerm {
      switch scales[slot] {
      case .log: theta[index] = exp(position[slot])
      case .logNegative: theta[index] = -exp(position[slot])
      case .natural, .logTerm: theta[index] = position[slot]
      }
      jacobian[index * width + slot] = scales[slot] == .natural ? 1 : theta[index]
    }
    for (slot, index) in free.enumerated() where scales[slot] == .logTerm {
      let unit = try Self.term(of: law, index, theta: theta, at: reference)
      let value = exp(position[slot]) / unit.value
      theta[index] = value
      jacobian[index * width + slot] = value
      for (other, shape) in free.enumerated() where law.parameters[shape].role != .coefficient {
        jacobian[index * width + other] =
          -value * unit.gradient[shape] / unit.value * jacobian[shape * width + other]
      }
    }
    return Point(theta: theta, jacobian: jacobian)
  }

  /// A position to start from: some parameters, moved within the bounds and so that no term is too
  /// small to grow again.
  func start(of theta: [Double]) throws(PluginError) -> [Double] {
    var position: [Double] = []
    for (slot, index) in free.enumerated() {
      let place: Double
      switch scales[slot] {
      case .natural: place = theta[index]
      case .log: place = log(max(theta[index], 1e-300))
      case .logNegative: place = log(max(-theta[index], 1e-300))
      case .logTerm:
        let unit = try Self.term(of: law, index, theta: theta, at: reference)
        place = max(
          log(max(theta[index], 1e-300)) + log(unit.value), log(1e-4 * lossScale))
      }
      let bound = bounds[slot]
      position.append(
        place.isNaN ? bound.lowerBound : min(max(place, bound.lowerBound), bound.upperBound))
    }
    return position
  }

  /// What one coefficient of 1 adds at a point where all other coefficients are 0.
  static func term(
    of law: any ScalingLaw, _ coefficient: Int, theta: [Double], at point: [[Double]]
  ) throws(PluginError) -> Term {
    var theta = theta
    for (index, parameter) in law.parameters.enumerated() where parameter.role == .coefficient {
      theta[index] = 0
    }
    let without = try law.predict(theta, at: point, wantsGradients: true)
    theta[coefficient] = 1
    let with = try law.predict(theta, at: point, wantsGradients: true)
    return (
      with.losses[0] - without.losses[0], zip(with.gradients, without.gradients).map { $0 - $1 }
    )
  }

  /// A place well inside a parameter's range.
  private static func middle(of parameter: LawParameter) -> Double {
    let bounds = parameter.bounds
    if parameter.role == .coefficient { return max(bounds.lowerBound, min(1, bounds.upperBound)) }
    return bounds.place(at: 0.5)
  }
}

extension ClosedRange<Double> {
  /// Whether a range above 0 spans two orders, so that its numbers are taken by their logs.
  fileprivate var isWideAndPositive: Bool { lowerBound > 0 && upperBound > 100 * lowerBound }

  /// The range of the negatives.
  fileprivate var negated: ClosedRange<Double> { -upperBound ... -lowerBound }

  /// A number some part of the way up, on a log scale if 0 is outside.
  func place(at part: Double) -> Double {
    if lowerBound > 0 { return lowerBound * pow(upperBound / lowerBound, part) }
    if upperBound < 0 { return lowerBound * pow(upperBound / lowerBound, part) }
    return lowerBound + part * (upperBound - lowerBound)
  }
}
