/// The extents of a tensor, outermost axis first; no extents is a scalar.
public struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
  /// The number of elements along each axis, each at least 1.
  public let extents: [Int]

  /// Creates a shape.
  ///
  /// - Precondition: Every extent is at least 1.
  public init(_ extents: [Int]) {
    precondition(extents.allSatisfy { $0 >= 1 }, "an extent must be at least 1, in \(extents)")
    self.extents = extents
  }

  /// Creates a shape from its extents.
  public init(arrayLiteral extents: Int...) { self.init(extents) }

  /// The shape of a single number.
  public static var scalar: Shape { [] }

  /// The number of axes.
  public var rank: Int { extents.count }

  /// The number of elements.
  public var elementCount: Int { extents.reduce(1, *) }

  /// The extent along one axis.
  public subscript(axis: Int) -> Int { extents[axis] }

  /// The extents in brackets, as in `[8, 256]`.
  public var description: String {
    "[" + extents.map(String.init).joined(separator: ", ") + "]"
  }
}

/// What one element of a tensor is; the raw values are those of the C ABI.
public enum ElementType: UInt32, Hashable, Sendable, CaseIterable {
  case float32 = 1
  case int32 = 2

  /// The size of an element.
  public var byteCount: Int { 4 }
}

/// A tensor in a graph: a name for a result, with its shape.
public struct Value: Hashable, Sendable {
  /// The place among the graph's values.
  public let id: Int32
  /// The extents.
  public let shape: Shape
  /// The type of every element.
  public let elementType: ElementType

  /// Creates a value; only the owner of a graph does.
  public init(id: Int32, shape: Shape, elementType: ElementType) {
    self.id = id
    self.shape = shape
    self.elementType = elementType
  }
}
