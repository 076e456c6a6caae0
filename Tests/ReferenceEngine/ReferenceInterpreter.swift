package import GraphLanguage
package import Graphs

/// Runs a graph of primitives, node by node, in float64: slow and plain, so that it can judge others.
package struct ReferenceInterpreter {
  private let graph: Graph

  /// Prepares a graph; its composites become what they mean.
  package init(_ graph: Graph) throws(GraphError) { self.graph = try graph.decomposed() }

  /// What one run gives.
  package struct Results {
    package var outputs: [String: ReferenceTensor]
    /// The new content of the updated variables, by name.
    package var updates: [String: ReferenceTensor]
  }

  /// Runs once, given the numbers of each input and of each variable by name.
  ///
  /// - Throws: ``EngineError`` if one is missing or of the wrong length, or an index is outside its
  ///   table.
  package func run(
    inputs: [String: [Double]], variables: [String: [Double]] = [:]
  ) throws(EngineError) -> Results {
    var values: [ReferenceTensor] = []
    for node in graph.nodes {
      let result = node.results[0]
      switch node.operation {
      case .input(let place):
        values.append(try lookUp(graph.inputs[place].name, "input", in: inputs, result.shape))
      case .variable(let place):
        values.append(
          try lookUp(graph.variables[place].name, "variable", in: variables, result.shape))
      case .language(let operation):
        let operands = node.inputs.map { values[Int($0.id)] }
        values.append(try evaluate(operation, operands, result.shape))
      case .gradient(let operation):
        throw EngineError("the gradient of \(operation.name) was not decomposed")
      case .elementwise(let function, let isGuarded):
        let operands = node.inputs.map { values[Int($0.id)] }
        values += try call(function, operands, isGuarded: isGuarded)
      }
    }
    var results = Results(outputs: [:], updates: [:])
    for output in graph.outputs { results.outputs[output.name] = values[Int(output.value.id)] }
    for update in graph.updates {
      results.updates[graph.variables[update.variable].name] = values[Int(update.value.id)]
    }
    return results
  }

  /// Calls machine code over whole tensors, as float32.
  private func call(
    _ function: ElementwiseFunction, _ operands: [ReferenceTensor], isGuarded: Bool
  ) throws(EngineError) -> [ReferenceTensor] {
    let updated = operands.prefix(function.updatedCount)
    if isGuarded, let condition = operands.last, condition.elements == [0] { return Array(updated) }
    let tensors = updated + operands[function.updatedCount...].prefix(function.readCount)
    let scalars = operands.dropFirst(tensors.count).prefix(function.scalarCount)
    let count = operands[0].elements.count
    let pointers = unsafe tensors.map { tensor in
      let pointer = UnsafeMutablePointer<Float>.allocate(capacity: count)
      for (place, element) in tensor.elements.enumerated() {
        unsafe (pointer + place).initialize(to: Float(element))
      }
      return unsafe pointer
    }
    defer { for index in tensors.indices { unsafe pointers[index].deallocate() } }
    do throws(ElementwiseFailure) {
      try unsafe function(
        ElementwiseChunk(
          updated: Array(pointers.prefix(updated.count)),
          read: pointers.dropFirst(updated.count).map { unsafe UnsafePointer($0) },
          scalars: scalars.map { Float($0.elements[0]) }, count: count))
    } catch {
      throw EngineError("\(function.name): \(error.message)")
    }
    return updated.indices.map { index in
      let pointer = unsafe pointers[index]
      return ReferenceTensor(
        updated[index].shape, (0..<count).map { unsafe Double(pointer[$0]) })
    }
  }

  private func lookUp(
    _ name: String, _ kind: String, in tensors: [String: [Double]], _ shape: Shape
  ) throws(EngineError) -> ReferenceTensor {
    guard let elements = tensors[name], elements.count == shape.elementCount else {
      throw EngineError(
        "\(kind) '\(name)' needs \(shape.elementCount) elements for \(shape), has "
          + "\(tensors[name].map { "\($0.count)" } ?? "none")")
    }
    return ReferenceTensor(shape, elements)
  }

  private func evaluate(
    _ operation: Operation, _ operands: [ReferenceTensor], _ shape: Shape
  ) throws(EngineError) -> ReferenceTensor {
    switch operation {
    case .constant(let value, _): ReferenceTensor(shape) { _ in Double(value) }
    case .iota(let axis, _, _): ReferenceTensor(shape) { Double($0[axis]) }
    case .unary(let function):
      ReferenceTensor(shape, operands[0].elements.map(function.callAsFunction))
    case .binary(let function):
      ReferenceTensor(
        shape, zip(operands[0].elements, operands[1].elements).map { function($0, $1) })
    case .compare(let comparison):
      ReferenceTensor(
        shape,
        zip(operands[0].elements, operands[1].elements).map { comparison($0, $1) ? 1 : 0 })
    case .select:
      ReferenceTensor(shape) { operands[operands[0][$0] != 0 ? 1 : 2][$0] }
    case .convert(let type):
      ReferenceTensor(
        shape,
        type == .int32
          ? operands[0].elements.map { $0.rounded(.towardZero) }
          : operands[0].elements)
    case .reduce(let reduction, let axes): reduce(reduction, operands[0], axes, shape)
    case .matrixProduct(let left, let right): matrixProduct(operands, left, right, shape)
    case .gather: try gather(operands, shape)
    case .scatterAdd: try scatterAdd(operands, shape)
    default: rearrange(operation, operands, shape)
    }
  }

  private func rearrange(
    _ operation: Operation, _ operands: [ReferenceTensor], _ shape: Shape
  ) -> ReferenceTensor {
    let x = operands[0]
    switch operation {
    case .broadcast(_, let axes):
      return ReferenceTensor(shape) { index in x[axes.map { index[$0] }] }
    case .reshape: return ReferenceTensor(shape, x.elements)
    case .transpose(let axes):
      return ReferenceTensor(shape) { index in
        var source = index
        for (place, axis) in axes.enumerated() { source[axis] = index[place] }
        return x[source]
      }
    case .slice(let starts, _):
      return ReferenceTensor(shape) { index in x[zip(index, starts).map { $0 + $1 }] }
    case .pad(let before, _):
      return ReferenceTensor(shape) { index in
        let source = zip(index, before).map { $0 - $1 }
        let isInside = zip(source, x.shape.extents).allSatisfy { (0..<$1).contains($0) }
        return isInside ? x[source] : 0
      }
    case .concatenate(let axis):
      return ReferenceTensor(shape) { index in
        var source = index
        var place = 0
        while source[axis] >= operands[place].shape[axis] {
          source[axis] -= operands[place].shape[axis]
          place += 1
        }
        return operands[place][source]
      }
    default: preconditionFailure("\(operation.name) is not a primitive")
    }
  }

  private func reduce(
    _ reduction: Reduction, _ x: ReferenceTensor, _ axes: [Int], _ shape: Shape
  ) -> ReferenceTensor {
    let start = reduction == .sum ? 0 : -Double.infinity
    var result = ReferenceTensor(shape) { _ in start }
    for index in x.shape.indices {
      let kept = index.indices.filter { !axes.contains($0) }.map { index[$0] }
      let place = shape.offset(of: kept)
      switch reduction {
      case .sum: result.elements[place] += x[index]
      case .largest: result.elements[place] = max(result.elements[place], x[index])
      }
    }
    return result
  }

  private func matrixProduct(
    _ operands: [ReferenceTensor], _ transposeLeft: Bool, _ transposeRight: Bool, _ shape: Shape
  ) -> ReferenceTensor {
    let (x, y) = (operands[0], operands[1])
    let inner = x.shape[x.shape.rank - (transposeLeft ? 2 : 1)]
    let (rows, columns) = (shape[shape.rank - 2], shape[shape.rank - 1])
    return ReferenceTensor(
      shape,
      (0..<shape.elementCount).map { place in
        let batch = place / (rows * columns)
        let (m, n) = (place / columns % rows, place % columns)
        return (0..<inner).reduce(0.0) { total, k in
          let left = transposeLeft ? k * rows + m : m * inner + k
          let right = transposeRight ? n * inner + k : k * columns + n
          return total
            + x.elements[batch * rows * inner + left] * y.elements[batch * inner * columns + right]
        }
      })
  }

  private func gather(
    _ operands: [ReferenceTensor], _ shape: Shape
  ) throws(EngineError) -> ReferenceTensor {
    let (table, indices) = (operands[0], operands[1])
    try check(indices, rows: table.shape[0])
    return ReferenceTensor(shape) { index in
      let row = Int(indices[Array(index.prefix(indices.shape.rank))])
      return table[[row] + index.dropFirst(indices.shape.rank)]
    }
  }

  private func scatterAdd(
    _ operands: [ReferenceTensor], _ shape: Shape
  ) throws(EngineError) -> ReferenceTensor {
    let (indices, updates) = (operands[0], operands[1])
    try check(indices, rows: shape[0])
    var result = ReferenceTensor(shape) { _ in 0 }
    for index in updates.shape.indices {
      let row = Int(indices[Array(index.prefix(indices.shape.rank))])
      let place = shape.offset(of: [row] + index.dropFirst(indices.shape.rank))
      result.elements[place] += updates[index]
    }
    return result
  }

  private func check(_ indices: ReferenceTensor, rows: Int) throws(EngineError) {
    for index in indices.elements where !(0..<rows).contains(Int(index)) {
      throw EngineError("the index \(Int(index)) is not one of the \(rows) rows 0..<\(rows)")
    }
  }
}
