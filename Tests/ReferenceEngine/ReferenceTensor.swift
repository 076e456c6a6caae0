package import GraphLanguage
package import Graphs

/// Numbers in row-major order, of either element type, held as float64.
package struct ReferenceTensor: Hashable, Sendable {
  package var shape: Shape
  package var elements: [Double]

  /// Creates a tensor.
  ///
  /// - Precondition: There are as many elements as the shape has.
  package init(_ shape: Shape, _ elements: [Double]) {
    precondition(elements.count == shape.elementCount, "\(elements.count) elements for \(shape)")
    self.shape = shape
    self.elements = elements
  }

  /// Creates a tensor from each element's index along the axes.
  package init(_ shape: Shape, _ element: ([Int]) -> Double) {
    self.init(shape, shape.indices.map(element))
  }

  /// The element at an index along each axis.
  package subscript(index: [Int]) -> Double { elements[shape.offset(of: index)] }

  /// The row-major numbers as an engine gives them.
  package func data(of type: ElementType) -> TensorData {
    switch type {
    case .float32: .float32(elements.map { Float($0) })
    case .int32: .int32(elements.map { Int32($0) })
    }
  }
}

extension TensorData {
  /// The numbers as float64.
  package var doubles: [Double] {
    switch self {
    case .float32(let elements): elements.map { Double($0) }
    case .int32(let elements): elements.map { Double($0) }
    }
  }
}

extension Shape {
  /// Every index along the axes, in row-major order.
  package var indices: [[Int]] {
    extents.reduce([[]]) { prefixes, extent in
      prefixes.flatMap { prefix in (0..<extent).map { prefix + [$0] } }
    }
  }

  /// The row-major place of an index.
  package func offset(of index: [Int]) -> Int {
    zip(extents, index).reduce(0) { $0 * $1.0 + $1.1 }
  }
}
