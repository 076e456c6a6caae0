/// A function with its gradient at one point.
package struct Evaluation {
  /// Infinite where the function is not defined.
  package var value: Double
  package var gradient: [Double]

  package init(value: Double, gradient: [Double]) {
    self.value = value
    self.gradient = gradient
  }
}

/// A function that a quasi-Newton method can minimise.
package protocol SmoothObjective {
  /// What an evaluation throws.
  associatedtype Failure: Error
  mutating func evaluate(at position: [Double]) throws(Failure) -> Evaluation
  /// A positive semidefinite guess of the second derivatives, to start from.
  mutating func curvature(at position: [Double]) throws(Failure) -> SymmetricMatrix
}

/// Where a minimisation ended.
package struct Minimum {
  package var position: [Double]
  package var value: Double
}

/// Minimises a function of few variables within bounds by dense quasi-Newton steps.
///
/// The update of Broyden, Fletcher, Goldfarb and Shanno on the Hessian itself, since with less than
/// ten variables a factorisation costs nothing; variables on a bound that the gradient pushes
/// outwards are held there. Steps follow the weak Wolfe conditions, which suit functions that are
/// smooth only on a fine scale (Lewis and Overton, Math. Program. 141, 2013).
package struct BoundedBFGS {
  let bounds: [ClosedRange<Double>]
  /// The fall that a full step must promise, relative to the value, for the search to go on.
  let tolerance: Double
  /// The value below which the function counts as 0.
  let negligible: Double
  let iterationLimit: Int

  package init(
    bounds: [ClosedRange<Double>], tolerance: Double, negligible: Double, iterationLimit: Int
  ) {
    self.bounds = bounds
    self.tolerance = tolerance
    self.negligible = negligible
    self.iterationLimit = iterationLimit
  }

  /// Minimises, starting from a position within the bounds.
  package func minimum<Objective: SmoothObjective>(
    of objective: inout Objective, from start: [Double]
  ) throws(Objective.Failure) -> Minimum {
    var position = start
    var current = try objective.evaluate(at: position)
    guard current.value.isFinite else { return Minimum(position: start, value: .infinity) }
    var hessian = try objective.curvature(at: position)
    var isFresh = true
    for _ in 0..<iterationLimit {
      guard current.value > negligible else { break }
      let direction = step(at: position, gradient: current.gradient, hessian: hessian)
      let slope = dot(direction, current.gradient)
      guard -slope > tolerance * current.value else { break }
      let search = try wolfeStep(
        of: &objective, from: position, start: current, along: direction, slope: slope)
      guard let (next, evaluation) = search else {
        if isFresh { break }
        hessian = try objective.curvature(at: position)
        isFresh = true
        continue
      }
      let moved = zip(next, position).map { $0 - $1 }
      let change = zip(evaluation.gradient, current.gradient).map { $0 - $1 }
      let curvature = dot(moved, change)
      let image = hessian.times(moved)
      let quadratic = dot(moved, image)
      if curvature > 1e-10 * quadratic, quadratic > 0 {
        hessian.addOuter(change, scale: 1 / curvature)
        hessian.addOuter(image, scale: -1 / quadratic)
      }
      isFresh = false
      position = next
      current = evaluation
    }
    return Minimum(position: position, value: current.value)
  }

  /// The quasi-Newton step among the variables that are free to move.
  private func step(
    at position: [Double], gradient: [Double], hessian: SymmetricMatrix
  ) -> [Double] {
    var free = position.indices.filter { index in
      !(position[index] <= bounds[index].lowerBound && gradient[index] > 0
        || position[index] >= bounds[index].upperBound && gradient[index] < 0)
    }
    while true {
      var direction = [Double](repeating: 0, count: position.count)
      let block = hessian.restricted(to: free)
      let solution = Self.damped(block, right: free.map { -gradient[$0] })
      for (slot, index) in free.enumerated() { direction[index] = solution[slot] }
      let leaving = free.filter { index in
        position[index] <= bounds[index].lowerBound && direction[index] < 0
          || position[index] >= bounds[index].upperBound && direction[index] > 0
      }
      if leaving.isEmpty { return limited(direction) }
      free.removeAll(where: leaving.contains)
    }
  }

  /// The step, shortened where it would cross most of a variable's range at once.
  private func limited(_ direction: [Double]) -> [Double] {
    var scale = 1.0
    for (index, bound) in bounds.enumerated() {
      let span = 0.3 * (bound.upperBound - bound.lowerBound)
      if abs(direction[index]) > span { scale = min(scale, span / abs(direction[index])) }
    }
    return direction.map { scale * $0 }
  }

  /// Solves with as little added to the diagonal as makes the matrix positive definite.
  private static func damped(_ matrix: SymmetricMatrix, right: [Double]) -> [Double] {
    var matrix = matrix
    let largest = (0..<matrix.order).map { matrix[$0, $0] }.max() ?? 0
    var added = 1e-12 * (largest > 0 ? largest : 1)
    for _ in 0..<30 {
      if let solution = matrix.solution(of: right), solution.allSatisfy(\.isFinite) {
        return solution
      }
      for index in 0..<matrix.order { matrix[index, index] += added }
      added *= 10
    }
    return right
  }

  /// Finds a step that falls enough and over which the slope flattens.
  ///
  /// - Returns: nil if no step along the direction makes the value smaller.
  private func wolfeStep<Objective: SmoothObjective>(
    of objective: inout Objective, from position: [Double], start: Evaluation,
    along direction: [Double], slope: Double
  ) throws(Objective.Failure) -> (position: [Double], evaluation: Evaluation)? {
    let longest = longestStep(from: position, along: direction)
    // Where values agree to rounding, only slopes tell a good step.
    let noise = 4e-15 * abs(start.value)
    var (low, high) = (Trial(step: 0, value: start.value, slope: slope), Trial?.none)
    var step = min(1, longest)
    var best: (position: [Double], evaluation: Evaluation)?
    for _ in 0..<40 {
      let place = moved(position, along: direction, by: step)
      let evaluation = try objective.evaluate(at: place)
      let trial = Trial(
        step: step, value: evaluation.value, slope: dot(direction, evaluation.gradient))
      let falls =
        trial.value <= start.value + 1e-4 * step * slope
        || trial.value <= start.value + noise && abs(trial.slope) <= 0.9 * abs(slope)
      if trial.value < (best?.evaluation.value ?? start.value) { best = (place, evaluation) }
      if !falls {
        high = trial
      } else if trial.slope < 0.9 * slope {
        if step >= longest { return (place, evaluation) }
        low = trial
      } else {
        return best ?? (place, evaluation)
      }
      if let high {
        let width = high.step - low.step
        guard width > 1e-14 * high.step else { break }
        step = min(max(low.minimiser(with: high), low.step + 0.1 * width), high.step - 0.1 * width)
      } else {
        step = min(4 * step, longest)
      }
    }
    return best
  }

  private func longestStep(from position: [Double], along direction: [Double]) -> Double {
    var longest = Double.infinity
    for (index, bound) in bounds.enumerated() {
      if direction[index] > 0 {
        longest = min(longest, (bound.upperBound - position[index]) / direction[index])
      } else if direction[index] < 0 {
        longest = min(longest, (bound.lowerBound - position[index]) / direction[index])
      }
    }
    return longest
  }

  private func moved(
    _ position: [Double], along direction: [Double], by step: Double
  ) -> [Double] {
    position.indices.map { index in
      let place = position[index] + step * direction[index]
      let bound = bounds[index]
      // A step that ends on a bound ends on it exactly.
      if abs(place - bound.lowerBound) <= 1e-13 * abs(step * direction[index]) {
        return bound.lowerBound
      }
      if abs(place - bound.upperBound) <= 1e-13 * abs(step * direction[index]) {
        return bound.upperBound
      }
      return min(max(place, bound.lowerBound), bound.upperBound)
    }
  }
}

/// A step along a line with the value and slope there.
private struct Trial {
  var step: Double
  var value: Double
  var slope: Double

  /// The minimiser of the cubic through two trials, or their middle where it has none.
  func minimiser(with other: Trial) -> Double {
    let middle = 0.5 * (step + other.step)
    guard value.isFinite, other.value.isFinite else { return 0.9 * step + 0.1 * other.step }
    let secant = (other.value - value) / (other.step - step)
    let first = slope + other.slope - 3 * secant
    let discriminant = first * first - slope * other.slope
    guard discriminant >= 0 else { return middle }
    let root = discriminant.squareRoot()
    let denominator = other.slope - slope + 2 * root
    guard denominator != 0 else { return middle }
    let cubic = other.step - (other.step - step) * (other.slope + root - first) / denominator
    return cubic.isFinite ? cubic : middle
  }
}

private func dot(_ left: [Double], _ right: [Double]) -> Double {
  zip(left, right).reduce(0) { $0 + $1.0 * $1.1 }
}
