package import GraphLanguage

/// A tensor's extents and the type of its elements.
package struct TensorType: Hashable, Sendable, CustomStringConvertible {
  package var shape: Shape
  package var elementType: ElementType

  package init(_ shape: Shape, _ elementType: ElementType = .float32) {
    self.shape = shape
    self.elementType = elementType
  }

  /// The size of the tensor in memory.
  package var byteCount: Int { shape.elementCount * elementType.byteCount }

  /// The extents, with the element type where it is not float32: `[8, 256] int32`.
  package var description: String {
    elementType == .float32 ? shape.description : "\(shape) \(elementType)"
  }
}

extension Value {
  /// The extents and the element type.
  package var type: TensorType { TensorType(shape, elementType) }
}

extension Shape {
  /// The number of elements that no tensor may exceed, so that an int32 can index it.
  package static var largestElementCount: Int { Int(Int32.max) }

  /// Whether a tensor may have this shape; asked before anything multiplies the extents.
  var isWithinLimit: Bool { Self.isWithinLimit(extents) }

  /// Whether the product of some extents stays within the limit, found without overflow.
  static func isWithinLimit(_ extents: [Int]) -> Bool {
    var count = 1
    for extent in extents {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      if overflow || product > largestElementCount { return false }
      count = product
    }
    return true
  }

  /// The extents without some axes.
  func removing(axes: [Int]) -> Shape {
    Shape(extents.indices.filter { !axes.contains($0) }.map { extents[$0] })
  }

  /// The axes that are not among some.
  func axes(without axes: [Int]) -> [Int] {
    extents.indices.filter { !axes.contains($0) }
  }
}
