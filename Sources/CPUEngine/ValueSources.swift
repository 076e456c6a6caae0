import GraphLanguage
import Graphs

/// Where an element of a tensor comes from without the tensor being there: element i is element
/// (i / inner) % extent of a smaller one, or that index itself, or one number.
struct Pattern: Hashable {
  enum Origin: Hashable {
    case constant(UInt32)
    case index(ElementType)
    /// The value that has the elements.
    case value(Int32)
  }

  var origin: Origin
  var inner: Int
  var extent: Int
}

/// What stands behind each value: tensors that are another's elements under a new shape, and tensors
/// that are a pattern, need no memory of their own.
struct ValueSources {
  /// The value whose elements these are, and from where on.
  struct Root: Hashable {
    var value: Int32
    var offset: Int
  }

  private(set) var roots: [Root]
  private(set) var patterns: [Int32: Pattern] = [:]

  init(_ graph: Graph) {
    roots = graph.values.map { Root(value: $0.id, offset: 0) }
    for node in graph.nodes {
      guard case .language(let operation) = node.operation else { continue }
      let result = node.results[0]
      if let offset = Self.aliasOffset(operation, node.inputs, result) {
        let root = roots[Int(node.inputs[0].id)]
        roots[Int(result.id)] = Root(value: root.value, offset: root.offset + offset)
      } else {
        patterns[result.id] = pattern(operation, node.inputs, result)
      }
    }
  }

  func root(_ value: Value) -> Root { roots[Int(value.id)] }

  /// The pattern of a value that is one as a whole.
  func pattern(_ value: Value) -> Pattern? {
    let root = root(value)
    return root.offset == 0 ? patterns[root.value] : nil
  }

  /// Where in its first input the result's elements are, if they are there one after the other.
  private static func aliasOffset(
    _ operation: Operation, _ inputs: [Value], _ result: Value
  ) -> Int? {
    guard let x = inputs.first else { return nil }
    switch operation {
    case .reshape: return 0
    case .convert(let type): return type == x.elementType ? 0 : nil
    case .broadcast, .pad, .reduce:
      return result.shape.elementCount == x.shape.elementCount ? 0 : nil
    case .concatenate: return inputs.count == 1 ? 0 : nil
    case .transpose(let axes):
      let moving = axes.filter { x.shape[$0] > 1 }
      return moving == moving.sorted() ? 0 : nil
    case .slice(let starts, let ends):
      return contiguousOffset(starts, ends, of: x.shape)
    default: return nil
    }
  }

  /// The first element of a slice that is one run of elements: after the first axis that is cut, and
  /// has more than one index left before it, nothing may be cut.
  private static func contiguousOffset(_ starts: [Int], _ ends: [Int], of shape: Shape) -> Int? {
    var offset = 0
    var mustBeWhole = false
    for axis in shape.extents.indices {
      let count = ends[axis] - starts[axis]
      if mustBeWhole && count != shape[axis] { return nil }
      if count > 1 { mustBeWhole = true }
      offset = offset * shape[axis] + starts[axis]
    }
    return offset
  }

  private func pattern(_ operation: Operation, _ inputs: [Value], _ result: Value) -> Pattern? {
    switch operation {
    case .constant(let value, _):
      return Pattern(origin: .constant(value.bitPattern), inner: 1, extent: 1)
    case .iota(let axis, let shape, let type):
      let inner = shape.extents[(axis + 1)...].reduce(1, *)
      return Pattern(origin: .index(type), inner: inner, extent: shape[axis])
    case .broadcast(let shape, let axes):
      guard let (inner, extent) = Self.run(of: axes, in: shape) else { return nil }
      let x = inputs[0]
      guard let within = pattern(x) else {
        let root = root(x)
        // A part of a tensor is copied out first: a pattern starts at a tensor's first element.
        guard root.offset == 0 else { return nil }
        return Pattern(origin: .value(root.value), inner: inner, extent: extent)
      }
      return Pattern(
        origin: within.origin, inner: inner * within.inner, extent: within.extent)
    default: return nil
    }
  }

  /// If the kept axes are neighbours: how often each element is repeated in a row, and how many
  /// elements there are.
  private static func run(of axes: [Int], in shape: Shape) -> (inner: Int, extent: Int)? {
    let kept = axes.filter { shape[$0] > 1 }
    guard let first = kept.first, let last = kept.last else { return (1, 1) }
    let between = (first...last).filter { shape[$0] > 1 }
    guard between == kept else { return nil }
    return (
      shape.extents[(last + 1)...].reduce(1, *), kept.reduce(1) { $0 * shape[$1] }
    )
  }
}
