import Glibc
import PluginSDK

extension LawFitter {
  /// Finds where a parameter may lie by its profile: it is held at one value after another, and the
  /// others are fitted.
  ///
  /// The likelihood is the quasi-likelihood of the objective: twice its rise over the scale of the
  /// calibration counts as chi-square of one degree. The interval is not symmetric where the objective
  /// is not, and open where the objective hardly rises.
  ///
  /// - Parameters:
  ///   - name: The parameter.
  ///   - fit: The fit whose objective is the least.
  ///   - observations: The rows that were fitted.
  ///   - calibration: How much the objective rises by chance.
  ///   - level: The share of such intervals that hold the truth.
  ///   - sides: Which ends to find.
  /// - Returns: The ends, with the profile on the way to them.
  /// - Throws: ``ScalingLawError`` with `invalidArgument` for a level or a name that is not, or a
  ///   parameter that was frozen or ended on a bound; `invalidObservations`; `lawFailed`.
  package func profile(
    _ name: String, of fit: LawFit, observations: Observations, calibration: ProfileCalibration,
    level: Double, sides: IntervalSides = .both
  ) throws(ScalingLawError) -> ProfileInterval {
    try requireLevel(level)
    guard let index = law.parameters.firstIndex(where: { $0.name == name }),
      let scale = calibration.scales[name]
    else {
      throw ScalingLawError(
        .invalidArgument,
        """
        '\(name)' has no profile: it is no parameter of the law, or was frozen or ended on a bound. \
        Profile one of \(calibration.scales.keys.sorted().joined(separator: ", "))
        """)
    }
    let quantile = normalQuantile(sides == .both ? 0.5 * (1 + level) : level)
    // A one-sided level below a half would put the end on the other side of the fit.
    guard quantile > 0 else {
      throw ScalingLawError(
        .invalidArgument, "a bound on one side takes a level above 0.5; \(level) is not")
    }
    var walk = try ProfileWalk(
      law: law, frozen: frozen, index: index, fit: fit, observations: observations,
      rise: 0.5 * scale * quantile * quantile)
    let low = sides == .upper ? nil : try walk.end(upwards: false)
    let high = sides == .lower ? nil : try walk.end(upwards: true)
    let points = walk.points.sorted { $0.value < $1.value }
    let least = points.map(\.objective).min() ?? fit.objective
    return ProfileInterval(
      name: name, estimate: fit.theta[index], low: low, high: high, level: level,
      objectiveScale: scale, points: points,
      // Two searches of one function agree to 1e-9.
      lowerObjective: least < fit.objective * (1 - 1e-8) ? least : nil)
  }
}

/// A walk along the profile of one parameter.
private struct ProfileWalk {
  private let law: any ScalingLaw
  private let frozen: [Double?]
  private let index: Int
  private let columns: [[Double]]
  private let logLosses: [Double]
  /// The objective at an end of the interval.
  private let limit: Double
  /// The first step on the scale of ``place(_:)``: below the width of any interval seen.
  private let step = 0.01
  private(set) var points: [ProfilePoint]

  init(
    law: any ScalingLaw, frozen: [String: Double], index: Int, fit: LawFit,
    observations: Observations, rise: Double
  ) throws(ScalingLawError) {
    self.law = law
    self.frozen = law.parameters.map { frozen[$0.name] }
    self.index = index
    var columns: [[Double]] = []
    for variable in law.variables { columns.append(try observations.column(variable)) }
    self.columns = columns
    logLosses = observations.losses.map { log($0) }
    limit = fit.objective + rise
    points = [
      ProfilePoint(value: fit.theta[index], theta: fit.theta, objective: fit.objective)
    ]
  }

  /// Steps away from the fit until the objective has risen past the limit, and closes in on where it
  /// does.
  mutating func end(upwards: Bool) throws(ScalingLawError) -> ProfileEnd {
    let parameter = law.parameters[index]
    let bound = upwards ? parameter.bounds.upperBound : parameter.bounds.lowerBound
    var inside = points[0]
    var width = step
    while true {
      let next = moved(inside.value, by: upwards ? width : -width)
      let isAtBound = upwards ? next >= bound : next <= bound
      guard let outside = try point(at: isAtBound ? bound : next, from: inside) else {
        return try crossing(inside, beyond: next)
      }
      if outside.objective >= limit { return try crossing(inside, outside) }
      if isAtBound { return .open(bound: bound) }
      inside = outside
      // A flat profile is crossed in few steps, however far its bound.
      width *= 2
    }
  }

  /// The value between two points at which the objective is at the limit: bisection and secants of
  /// the root of the rise, which is nearly straight.
  private mutating func crossing(
    _ inside: ProfilePoint, _ outside: ProfilePoint
  ) throws(ScalingLawError) -> ProfileEnd {
    let least = points[0].objective
    func root(_ point: ProfilePoint) -> Double { max(point.objective - least, 0).squareRoot() }
    let target = (limit - least).squareRoot()
    var (low, high) = (inside, outside)
    for round in 0..<40 {
      let (start, end) = (place(low.value), place(high.value))
      guard abs(end - start) > 1e-7 * step else { break }
      let rise = root(high) - root(low)
      let secant = rise > 0 && rise.isFinite ? (target - root(low)) / rise : 0.5
      let share = round % 3 == 2 ? 0.5 : min(max(secant, 0.02), 0.98)
      let value = value(at: start + share * (end - start))
      guard let middle = try point(at: value, from: low) else {
        high = ProfilePoint(value: value, theta: low.theta, objective: .infinity)
        continue
      }
      if abs(root(middle) - target) < 1e-6 * target { return .at(middle.value) }
      if middle.objective < limit { low = middle } else { high = middle }
    }
    return .at(low.value)
  }

  /// As ``crossing(_:_:)`` where the law predicts nothing usable at the outer value.
  private mutating func crossing(
    _ inside: ProfilePoint, beyond value: Double
  ) throws(ScalingLawError) -> ProfileEnd {
    try crossing(
      inside, ProfilePoint(value: value, theta: inside.theta, objective: .infinity))
  }

  /// Fits all other parameters with this one held; nil if the law predicts no positive loss there.
  private mutating func point(
    at value: Double, from start: ProfilePoint
  ) throws(ScalingLawError) -> ProfilePoint? {
    var frozen = frozen
    frozen[index] = value
    do throws(PluginError) {
      let search = LawSearch(law: law, frozen: frozen, columns: columns, logLosses: logLosses)
      guard let found = try search.run(warmStart: start.theta) else { return nil }
      let point = ProfilePoint(value: value, theta: found.theta, objective: found.objective)
      points.append(point)
      return point
    } catch {
      throw ScalingLawError(error)
    }
  }

  private func place(_ value: Double) -> Double {
    // A coefficient this small is as good as 0.
    law.parameters[index].isOnLogScale ? log(max(value, 1e-12 * points[0].value)) : value
  }

  private func value(at place: Double) -> Double {
    law.parameters[index].isOnLogScale ? exp(place) : place
  }

  /// A value moved on its scale; a coefficient that has all but vanished goes to 0.
  private func moved(_ value: Double, by width: Double) -> Double {
    let moved = self.value(at: place(value) + width)
    let parameter = law.parameters[index]
    guard parameter.role == .coefficient, moved < 1e-12 * points[0].value else { return moved }
    return parameter.bounds.lowerBound
  }
}

extension LawParameter {
  /// Whether equal factors and not equal differences are equal steps.
  fileprivate var isOnLogScale: Bool {
    role == .coefficient || bounds.lowerBound > 0 && bounds.upperBound > 100 * bounds.lowerBound
  }
}
