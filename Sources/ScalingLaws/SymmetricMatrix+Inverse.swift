extension SymmetricMatrix {
  /// The inverse; nil if the matrix is not positive definite.
  package func inverse() -> SymmetricMatrix? {
    var inverse = SymmetricMatrix(order: order)
    for column in 0..<order {
      var unit = [Double](repeating: 0, count: order)
      unit[column] = 1
      guard let solution = solution(of: unit) else { return nil }
      for row in 0...column { inverse[row, column] = solution[row] }
    }
    return inverse
  }

  /// The product of a vector with the matrix and the same vector.
  package func quadratic(_ vector: [Double]) -> Double {
    zip(vector, times(vector)).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// The matrix between two others, `outer` times this times `outer`.
  func between(_ outer: SymmetricMatrix) -> SymmetricMatrix {
    var product = SymmetricMatrix(order: order)
    let columns = (0..<order).map { column in (0..<order).map { outer[$0, column] } }
    let images = columns.map { times($0) }
    for row in 0..<order {
      for column in 0...row {
        product[row, column] = zip(columns[row], images[column]).reduce(0) { $0 + $1.0 * $1.1 }
      }
    }
    return product
  }

  func scaled(by factor: Double) -> SymmetricMatrix {
    var scaled = SymmetricMatrix(order: order)
    for row in 0..<order {
      for column in 0...row { scaled[row, column] = factor * self[row, column] }
    }
    return scaled
  }
}
