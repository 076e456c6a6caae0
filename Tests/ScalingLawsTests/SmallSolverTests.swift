import Foundation
import ScalingLaws
import Testing

struct SmallSolverTests {
  /// Curved valley: (1 - x)^2 + 100 (y - x^2)^2, the function of Rosenbrock.
  private struct Valley: SmoothObjective {
    typealias Failure = Never
    private(set) var evaluations = 0

    mutating func evaluate(at position: [Double]) -> Evaluation {
      evaluations += 1
      let (x, y) = (position[0], position[1])
      return Evaluation(
        value: pow(1 - x, 2) + 100 * pow(y - x * x, 2),
        gradient: [-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)])
    }

    mutating func curvature(at position: [Double]) -> SymmetricMatrix {
      var identity = SymmetricMatrix(order: 2)
      (identity[0, 0], identity[1, 1]) = (1, 1)
      return identity
    }
  }

  private func search(_ bounds: [ClosedRange<Double>]) -> BoundedBFGS {
    BoundedBFGS(bounds: bounds, tolerance: 1e-14, negligible: 1e-28, iterationLimit: 300)
  }

  @Test func aCurvedValleyIsFollowedToItsEnd() {
    var valley = Valley()
    let end = search([-5...5, -5...5]).minimum(of: &valley, from: [-1.2, 1])
    #expect(abs(end.position[0] - 1) < 1e-10)
    #expect(abs(end.position[1] - 1) < 1e-10)
    #expect(valley.evaluations < 100)
  }

  @Test(arguments: [(-5.0...0.5, 0.5), (1.5...5.0, 1.5)])
  func aBoundIsReachedExactlyAndFollowed(_ bounds: ClosedRange<Double>, end x: Double) {
    var valley = Valley()
    let start = [bounds.lowerBound + 0.4 * (bounds.upperBound - bounds.lowerBound), 3]
    let end = search([bounds, -5...5]).minimum(of: &valley, from: start)
    #expect(end.position[0] == x)
    #expect(abs(end.position[1] - x * x) < 1e-8)
  }

  /// Against the best of all sets of positive unknowns, each solved alone.
  @Test(arguments: Seed.first(50), 1...4)
  func nonNegativeLeastSquaresFindsTheBestSet(_ seed: Seed, order: Int) throws {
    var random = SplitMix(seed)
    var gram = SymmetricMatrix(order: order)
    var right = [Double](repeating: 0, count: order)
    for _ in 0..<(order + 3) {
      let row = (0..<order).map { _ in random.normal() }
      let target = random.normal()
      gram.addOuter(row, scale: 1)
      for index in 0..<order { right[index] += row[index] * target }
    }
    func cost(_ solution: [Double]) -> Double {
      zip(solution, gram.times(solution)).reduce(0) { $0 + $1.0 * $1.1 / 2 }
        - zip(solution, right).reduce(0) { $0 + $1.0 * $1.1 }
    }
    var best = 0.0
    for set in 1..<(1 << order) {
      let members = (0..<order).filter { set >> $0 & 1 == 1 }
      let part = try #require(
        gram.restricted(to: members).solution(of: members.map { right[$0] }))
      guard part.allSatisfy({ $0 >= 0 }) else { continue }
      var solution = [Double](repeating: 0, count: order)
      for (slot, member) in members.enumerated() { solution[member] = part[slot] }
      best = min(best, cost(solution))
    }
    let found = nonNegativeLeastSquares(gram: gram, right: right)
    #expect(found.allSatisfy { $0 >= 0 })
    // Sums of some ten products of numbers near 1.
    #expect(abs(cost(found) - best) < 1e-10)
  }

  @Test(arguments: Seed.first(20))
  func eigenpairsRebuildTheMatrix(_ seed: Seed) {
    var random = SplitMix(seed)
    var matrix = SymmetricMatrix(order: 5)
    for _ in 0..<5 { matrix.addOuter((0..<5).map { _ in random.normal() }, scale: 1) }
    for (value, vector) in matrix.eigenpairs() {
      for (image, element) in zip(matrix.times(vector), vector) {
        // Some ten sweeps of rotations, each exact to 1e-16 of norms near 20.
        #expect(abs(image - value * element) < 1e-12)
      }
      #expect(abs(vector.reduce(0) { $0 + $1 * $1 } - 1) < 1e-12)
    }
  }

  @Test func anIndefiniteMatrixHasNoSolution() {
    var matrix = SymmetricMatrix(order: 2)
    (matrix[0, 0], matrix[1, 1], matrix[0, 1]) = (1, 1, 2)
    #expect(matrix.solution(of: [1, 1]) == nil)
  }
}
