/// A small symmetric matrix, stored in full.
package struct SymmetricMatrix {
  package let order: Int
  private var elements: [Double]

  /// Creates a matrix of zeros.
  package init(order: Int) {
    self.order = order
    elements = [Double](repeating: 0, count: order * order)
  }

  package subscript(row: Int, column: Int) -> Double {
    get { elements[row * order + column] }
    set {
      elements[row * order + column] = newValue
      elements[column * order + row] = newValue
    }
  }

  /// Adds `scale` times the product of a vector with itself.
  package mutating func addOuter(_ vector: [Double], scale: Double) {
    for row in 0..<order {
      for column in 0...row { self[row, column] += scale * vector[row] * vector[column] }
    }
  }

  package func times(_ vector: [Double]) -> [Double] {
    (0..<order).map { row in
      (0..<order).reduce(0) { $0 + elements[row * order + $1] * vector[$1] }
    }
  }

  /// The matrix of some rows and the same columns.
  package func restricted(to indices: [Int]) -> SymmetricMatrix {
    var block = SymmetricMatrix(order: indices.count)
    for row in indices.indices {
      for column in 0...row { block[row, column] = self[indices[row], indices[column]] }
    }
    return block
  }

  /// Solves for a right-hand side by Cholesky's factors.
  ///
  /// - Returns: nil if the matrix is not positive definite.
  package func solution(of right: [Double]) -> [Double]? {
    var lower = [Double](repeating: 0, count: order * order)
    for row in 0..<order {
      for column in 0...row {
        var sum = self[row, column]
        for inner in 0..<column {
          sum -= lower[row * order + inner] * lower[column * order + inner]
        }
        if row == column {
          // A pivot this small against its diagonal is rounding error.
          guard sum > 1e-15 * self[row, row], sum.isFinite else { return nil }
          lower[row * order + row] = sum.squareRoot()
        } else {
          lower[row * order + column] = sum / lower[column * order + column]
        }
      }
    }
    var solution = right
    for row in 0..<order {
      for inner in 0..<row { solution[row] -= lower[row * order + inner] * solution[inner] }
      solution[row] /= lower[row * order + row]
    }
    for row in (0..<order).reversed() {
      for inner in (row + 1)..<max(order, row + 1) {
        solution[row] -= lower[inner * order + row] * solution[inner]
      }
      solution[row] /= lower[row * order + row]
    }
    return solution
  }

  /// The eigenvalues with their vectors, by Jacobi's rotations.
  ///
  /// - Complexity: O(n³) a sweep; some ten sweeps.
  package func eigenpairs() -> [(value: Double, vector: [Double])] {
    var matrix = self
    var vectors = (0..<order).map { row in (0..<order).map { $0 == row ? 1.0 : 0.0 } }
    for _ in 0..<50 {
      var largest = 0.0
      for row in 0..<order {
        for column in 0..<row {
          let offDiagonal = matrix[row, column]
          largest = max(largest, abs(offDiagonal))
          guard abs(offDiagonal) > 1e-300 else { continue }
          let ratio = (matrix[row, row] - matrix[column, column]) / (2 * offDiagonal)
          let tangent = (ratio < 0 ? -1 : 1) / (abs(ratio) + (ratio * ratio + 1).squareRoot())
          let cosine = 1 / (tangent * tangent + 1).squareRoot()
          matrix.rotate(row, column, cosine: cosine, sine: tangent * cosine)
          for index in 0..<order {
            let (first, second) = (vectors[row][index], vectors[column][index])
            vectors[row][index] = cosine * first + tangent * cosine * second
            vectors[column][index] = cosine * second - tangent * cosine * first
          }
        }
      }
      if largest < 1e-16 { break }
    }
    return (0..<order).map { (matrix[$0, $0], vectors[$0]) }
  }

  /// Applies a plane rotation from both sides.
  private mutating func rotate(_ first: Int, _ second: Int, cosine: Double, sine: Double) {
    let (a, b, c) = (self[first, first], self[second, second], self[first, second])
    for index in 0..<order where index != first && index != second {
      let (x, y) = (self[first, index], self[second, index])
      self[first, index] = cosine * x + sine * y
      self[second, index] = cosine * y - sine * x
    }
    self[first, first] = cosine * cosine * a + 2 * sine * cosine * c + sine * sine * b
    self[second, second] = sine * sine * a - 2 * sine * cosine * c + cosine * cosine * b
    self[first, second] = (cosine * cosine - sine * sine) * c + sine * cosine * (b - a)
  }
}
