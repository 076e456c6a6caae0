import CPUKernels
import GraphLanguage
import Graphs

extension Lowering {
  /// Elements that a piece copies.
  private static let elementsPerPiece = 1 << 15

  /// Transposes, slices, pads, concatenations and broadcasts that are not just another view.
  func movementStep(_ operation: Operation, _ node: Graph.Node) throws(EngineError) -> Step {
    var step = Step()
    let operands = node.inputs.map { read($0, in: &step) }
    guard let result = write(node.results[0], in: &step) else { return step }
    let shape = node.results[0].shape
    let x = node.inputs[0].shape
    var source = Layout(x)
    var target = Layout(shape)
    switch operation {
    case .broadcast(_, let axes):
      source = Layout(extents: shape.extents, strides: shape.extents.map { _ in 0 })
      for (axis, stride) in zip(axes, Layout(x).strides) { source.strides[axis] = stride }
    case .transpose(let axes):
      source = Layout(extents: shape.extents, strides: axes.map { source.strides[$0] })
    case .slice(let starts, _):
      source.offset = zip(starts, source.strides).reduce(0) { $0 + $1.0 * $1.1 }
      source.extents = shape.extents
    case .pad(let before, _):
      step.phases.append(zeroPhase(result, shape.elementCount))
      target.offset = zip(before, target.strides).reduce(0) { $0 + $1.0 * $1.1 }
      target.extents = x.extents
    case .concatenate(let axis):
      for (operand, input) in zip(operands, node.inputs) {
        target.extents = input.shape.extents
        step.phases.append(try copyPhase(Layout(input.shape), target, operand, result, node))
        target.offset += input.shape[axis] * target.strides[axis]
      }
      return step
    default: preconditionFailure("\(operation.name) does not move elements")
    }
    step.phases.append(try copyPhase(source, target, operands[0], result, node))
    return step
  }

  func gatherStep(_ node: Graph.Node) -> Step {
    var step = Step()
    let table = read(node.inputs[0], in: &step)
    let indices = read(node.inputs[1], in: &step)
    guard let result = write(node.results[0], in: &step) else { return step }
    let count = node.inputs[1].shape.elementCount
    let width = node.results[0].shape.elementCount / count
    check(indices, count: count, least: 0, limit: node.inputs[0].shape[0], of: node, in: &step)
    step.phases = [
      .chunks(of: count, by: max(1, Self.elementsPerPiece / width)) { frame, rows, _ in
        cpu_gather(
          frame.floats(table), frame.integers(indices), frame.floats(result), Int64(width),
          Int64(rows.lowerBound), Int64(rows.upperBound))
      }
    ]
    return step
  }

  /// Pieces of rows of the result; each looks through all the indices.
  func scatterStep(_ rows: Int, _ node: Graph.Node) -> Step {
    var step = Step()
    let indices = read(node.inputs[0], in: &step)
    let updates = read(node.inputs[1], in: &step)
    guard let result = write(node.results[0], in: &step) else { return step }
    let count = node.inputs[0].shape.elementCount
    let width = node.results[0].shape.elementCount / rows
    check(indices, count: count, least: 0, limit: rows, of: node, in: &step)
    let table = kernels
    step.phases = [
      .chunks(of: rows, by: max(1, (rows + 15) / 16)) { frame, rows, _ in
        table.table.pointee.scatter_add(
          frame.integers(indices), frame.floats(updates), frame.floats(result), Int64(count),
          Int64(width), Int64(rows.lowerBound), Int64(rows.upperBound))
      }
    ]
    return step
  }

  private func zeroPhase(_ result: Operand, _ count: Int) -> Phase {
    .chunks(of: count, by: Self.elementsPerPiece) { frame, elements, _ in
      (frame.floats(result) + elements.lowerBound).update(repeating: 0, count: elements.count)
    }
  }

  private func copyPhase(
    _ source: Layout, _ target: Layout, _ operand: Operand, _ result: Operand, _ node: Graph.Node
  ) throws(EngineError) -> Phase {
    let (from, to) = Layout.simplified(source, target)
    guard let layout = cpu_copy(from, to) else {
      throw EngineError(
        "\(node.operation.name) (at \(node.location)): \(from.extents.count) axes that cannot be "
          + "joined; at most \(cpu_copy_rank) are supported, so reshape first")
    }
    let each = max(1, from.extents.dropFirst().reduce(1, *))
    return .chunks(
      of: from.extents[0], by: max(1, Self.elementsPerPiece / each)
    ) { frame, indices, _ in
      var layout = layout
      cpu_copy_elements(
        &layout, frame.floats(operand) + from.offset, frame.floats(result) + to.offset,
        Int64(indices.lowerBound), Int64(indices.upperBound))
    }
  }
}

/// Extents and strides of a tensor's elements.
private struct Layout {
  var extents: [Int]
  var strides: [Int]
  var offset = 0

  init(extents: [Int], strides: [Int]) {
    self.extents = extents
    self.strides = strides
  }

  /// Row-major.
  init(_ shape: Shape) {
    extents = shape.extents
    strides = extents.map { _ in 1 }
    for axis in extents.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * extents[axis + 1]
    }
  }

  /// The same copy over fewer axes: without those of extent 1, and neighbours in both as one.
  static func simplified(_ source: Layout, _ target: Layout) -> (Layout, Layout) {
    var from = Layout(extents: [], strides: [])
    var to = Layout(extents: [], strides: [])
    (from.offset, to.offset) = (source.offset, target.offset)
    for (axis, extent) in source.extents.enumerated() where extent > 1 {
      let (inner, outer) = (source.strides[axis], target.strides[axis])
      if let last = from.extents.indices.last, from.strides[last] == inner * extent,
        to.strides[last] == outer * extent
      {
        from.extents[last] *= extent
        (from.strides[last], to.strides[last]) = (inner, outer)
      } else {
        from.extents.append(extent)
        from.strides.append(inner)
        to.strides.append(outer)
      }
    }
    if from.extents.isEmpty { (from.extents, from.strides, to.strides) = ([1], [1], [1]) }
    // A single run is cut, so that pieces can share it.
    if from.extents.count == 1, from.extents[0] > 1 {
      from.extents.append(1)
      from.strides.append(1)
      to.strides.append(1)
    }
    to.extents = from.extents
    return (from, to)
  }
}

extension cpu_copy {
  /// The layouts as the C kernel reads them; nil if there are too many axes.
  fileprivate init?(_ source: Layout, _ target: Layout) {
    guard source.extents.count <= Int(cpu_copy_rank) else { return nil }
    self.init()
    rank = Int64(source.extents.count)
    func fill<T>(_ field: inout T, _ values: [Int]) {
      withUnsafeMutableBytes(of: &field) { bytes in
        let elements = bytes.bindMemory(to: Int64.self)
        for (index, value) in values.enumerated() { elements[index] = Int64(value) }
      }
    }
    fill(&extents, source.extents)
    fill(&source_strides, source.strides)
    fill(&result_strides, target.strides)
  }
}
