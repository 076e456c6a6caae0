import Glibc
import PluginSDK

/// Finds places to start from: a grid over what is not linear, with the best coefficients at each.
///
/// With more than four such parameters a grid would have three steps each or too many places; these are
/// then spread evenly by a sequence of low discrepancy.
///
/// At fixed exponents the loss is linear in the coefficients, so the best of them need no search:
/// weighted non-negative least squares on the relative residual, a few times over with weights that
/// turn squares into Huber's loss.
struct SeedGrid {
  /// Parameters with how well they fit.
  struct Seed {
    var theta: [Double]
    var score: Double
    /// The place on the grid, in steps.
    fileprivate var cell: [Double]
  }

  /// The threshold of Huber's loss while seeds are compared: wide, so that rough ones count.
  static let huber = Huber(threshold: 1e-2)
  /// The most grid points in all if three or four parameters are not linear.
  private static let budget = 360.0
  /// How many places are tried if more than four are not.
  private static let spreadCount = 1024
  private static let reweightings = 8

  private let shapes: [Int]
  private let coefficients: [Int]
  private let bounds: [ClosedRange<Double>]
  /// The steps along each axis.
  private let steps: Int

  init(coordinates: FitCoordinates) {
    let parameters = coordinates.law.parameters
    let shapes = coordinates.free.filter { parameters[$0].role != .coefficient }
    coefficients = coordinates.free.filter { parameters[$0].role == .coefficient }
    steps = shapes.count <= 2 ? 8 : max(3, Int(pow(Self.budget, 1 / Double(shapes.count))))
    bounds = shapes.map { parameters[$0].bounds }
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

  /// All places, as numbers of steps from the lower ends; one without any if everything is linear.
  private func cells() -> [[Double]] {
    if shapes.count > 4 { return Self.spread(shapes.count, steps: Double(steps)) }
    let axis = (0..<steps).map { Double($0) + 0.5 }
    return shapes.reduce([[]]) { cells, _ in
      cells.flatMap { cell in axis.map { cell + [$0] } }
    }
  }

  /// Places that fill a cube evenly: multiples of irrational numbers, of which only the fractions
  /// count, in the way of Roberts (2018, "The unreasonable effectiveness of quasirandom sequences").
  private static func spread(_ dimensions: Int, steps: Double) -> [[Double]] {
    // The positive root of x^(d+1) = x + 1.
    var root = 1.5
    for _ in 0..<60 { root = pow(1 + root, 1 / Double(dimensions + 1)) }
    return (0..<spreadCount).map { point in
      (0..<dimensions).map { axis in
        let place = 0.5 + Double(point + 1) * pow(root, -Double(axis + 1))
        return steps * (place - place.rounded(.down))
      }
    }
  }

  /// A parameter at a place on its axis; the step that 0 falls into stands for 0, where a form with an
  /// exponent of either sign becomes a simpler one.
  private func value(_ slot: Int, at place: Double) -> Double {
    let range = bounds[slot]
    if range.lowerBound < 0, range.upperBound > 0 {
      let zero = -range.lowerBound / (range.upperBound - range.lowerBound) * Double(steps)
      if zero.rounded(.down) == place.rounded(.down) { return 0 }
    }
    return range.place(at: place / Double(steps))
  }

  /// The best coefficients in a cell, or nil if the law predicts nothing usable there.
  private func seed(
    in cell: [Double], for objective: inout FitObjective
  ) throws(PluginError) -> Seed? {
    var theta = objective.coordinates.template
    for (slot, index) in shapes.enumerated() { theta[index] = value(slot, at: cell[slot]) }
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
