import Glibc
import PluginSDK

/// Finds places to start from: a grid over what is not linear, with the best coefficients at each.
///
/// At fixed exponents the loss is linear in the coefficients, so the best of them need no search:
/// weighted non-negative least squares on the relative residual, a few times over with weights that
/// turn squares into Huber's loss.
struct SeedGrid {
  /// Parameters with how well they fit.
  struct Seed {
    var theta: [Double]
    var score: Double
    /// The place on the grid.
    fileprivate var cell: [Int]
  }

  /// The threshold of Huber's loss while seeds are compared: wide, so that rough ones count.
  static let huber = Huber(threshold: 1e-2)
  /// The most grid points in all if three to five parameters are not linear.
  private static let budget = 360.0
  private static let reweightings = 8

  private let shapes: [Int]
  private let coefficients: [Int]
  private let axes: [[Double]]

  init(coordinates: FitCoordinates) {
    let parameters = coordinates.law.parameters
    let shapes = coordinates.free.filter { parameters[$0].role != .coefficient }
    coefficients = coordinates.free.filter { parameters[$0].role == .coefficient }
    let steps = shapes.count <= 2 ? 8 : max(3, Int(pow(Self.budget, 1 / Double(shapes.count))))
    axes = shapes.map { Self.axis(parameters[$0].bounds, steps: steps) }
    self.shapes = shapes
  }

  /// The best seeds, no two of them neighbours on the grid.
  func best(
    _ count: Int, for objective: inout FitObjective
  ) throws(PluginError) -> [Seed] {
    var seeds: [Seed] = []
    for cell in cells() {
      if let seed = try seed(in: cell, for: &objective) { seeds.append(seed) }
    }
    seeds.sort { $0.score < $1.score }
    var kept: [Seed] = []
    for seed in seeds where kept.count < count {
      let isSeparate = kept.allSatisfy { other in
        zip(seed.cell, other.cell).contains { abs($0 - $1) > 1 }
      }
      if isSeparate { kept.append(seed) }
    }
    return kept
  }

  /// The middles of equal parts of a range, on a log scale if it is positive; 0 if it lies within.
  private static func axis(_ bounds: ClosedRange<Double>, steps: Int) -> [Double] {
    let (low, high) = (bounds.lowerBound, bounds.upperBound)
    let fractions = (0..<steps).map { (Double($0) + 0.5) / Double(steps) }
    if low > 0 { return fractions.map { low * pow(high / low, $0) } }
    var places = fractions.map { low + $0 * (high - low) }
    if low < 0, high > 0,
      let nearest = places.indices.min(by: { abs(places[$0]) < abs(places[$1]) })
    {
      places[nearest] = 0
    }
    return places
  }

  /// All places on the grid; one without coordinates if everything is linear.
  private func cells() -> [[Int]] {
    axes.reduce([[]]) { cells, axis in
      cells.flatMap { cell in axis.indices.map { cell + [$0] } }
    }
  }

  /// The best coefficients in a cell, or nil if the law predicts nothing usable there.
  private func seed(
    in cell: [Int], for objective: inout FitObjective
  ) throws(PluginError) -> Seed? {
    var theta = objective.coordinates.template
    for (slot, index) in shapes.enumerated() { theta[index] = axes[slot][cell[slot]] }
    for index in coefficients { theta[index] = 0 }
    let prediction = try objective.predict(theta)
    let width = objective.coordinates.law.parameters.count
    let losses = objective.logLosses.map { exp($0) }
    let columns = coefficients.map { index in
      losses.indices.map { prediction.gradients[$0 * width + index] / losses[$0] }
    }
    let target = losses.indices.map { 1 - prediction.losses[$0] / losses[$0] }
    let heights = columns.map { $0.reduce(0) { $0 + abs($1) } / Double(losses.count) }
    guard heights.allSatisfy({ $0 > 0 && $0.isFinite }), target.allSatisfy(\.isFinite) else {
      return nil
    }
    let scaled = zip(columns, heights).map { column, height in column.map { $0 / height } }
    let solution = Self.reweighted(columns: scaled, target: target)
    for (slot, index) in coefficients.enumerated() { theta[index] = solution[slot] / heights[slot] }
    var score = 0.0
    for row in losses.indices {
      var relative = 1 - target[row]
      for slot in scaled.indices { relative += solution[slot] * scaled[slot][row] }
      guard relative > 0 else { return nil }
      score += Self.huber.value(log(relative))
    }
    return Seed(theta: theta, score: score, cell: cell)
  }

  /// Non-negative coefficients that bring the columns to the target in Huber's sense.
  private static func reweighted(columns: [[Double]], target: [Double]) -> [Double] {
    var weights = [Double](repeating: 1, count: target.count)
    var solution: [Double] = []
    for _ in 0..<reweightings {
      var gram = SymmetricMatrix(order: columns.count)
      var right = [Double](repeating: 0, count: columns.count)
      for first in columns.indices {
        for second in 0...first {
          var sum = 0.0
          for row in target.indices {
            sum += weights[row] * columns[first][row] * columns[second][row]
          }
          gram[first, second] = sum
        }
        for row in target.indices {
          right[first] += weights[row] * columns[first][row] * target[row]
        }
      }
      solution = nonNegativeLeastSquares(gram: gram, right: right)
      for row in target.indices {
        var residual = -target[row]
        for slot in columns.indices { residual += solution[slot] * columns[slot][row] }
        weights[row] = huber.weight(residual)
      }
    }
    return solution
  }
}
