import GraphLanguage

/// The nodes of a graph before its backward pass, with how long their values are needed.
///
/// A value and its reshapes are one tensor, known by the id of the first. Variables, inputs and
/// constants are there all the time and not counted.
struct ForwardPass {
  let graph: Graph
  /// The first node of the backward pass; 0 if there is none.
  let end: Int
  /// For each value, by its id, the tensor it is; nil for those that are not counted.
  private var tensors: [Int32?]
  /// For each tensor the last forward node that reads it.
  private var lastReads: [Int]
  /// For each tensor whether a later node reads it.
  private var isReadLater: [Bool]
  /// For each tensor whether it is an output or a variable's new content.
  private var isResult: [Bool]

  init(_ graph: Graph) {
    self.graph = graph
    end = graph.nodes.firstIndex { $0.section == .backward } ?? 0
    let count = graph.values.count
    tensors = Array(repeating: nil, count: count)
    lastReads = Array(repeating: -1, count: count)
    isReadLater = Array(repeating: false, count: count)
    isResult = Array(repeating: false, count: count)
    for (index, node) in graph.nodes.enumerated() {
      var isReshape = false
      switch node.operation {
      case .variable, .input, .language(.constant), .language(.iota): continue
      case .language(.reshape) where index < end:
        isReshape = true
        tensors[Int(node.results[0].id)] = tensors[Int(node.inputs[0].id)]
      default:
        if index < end { for value in node.results { tensors[Int(value.id)] = value.id } }
      }
      if isReshape { continue }
      for input in node.inputs {
        guard let tensor = tensors[Int(input.id)] else { continue }
        if index < end { lastReads[Int(tensor)] = index } else { isReadLater[Int(tensor)] = true }
      }
    }
    for value in graph.outputs.map(\.value) + graph.updates.map(\.value) {
      if let tensor = tensors[Int(value.id)] { isResult[Int(tensor)] = true }
    }
  }

  /// The forward tensor that a value is; nil if it is not counted, or of a later pass.
  func root(of value: Value) -> Int32? { tensors[Int(value.id)] }

  func isResult(_ tensor: Int32) -> Bool { isResult[Int(tensor)] }

  /// The tensors that are there after a node and that forward nodes behind it read.
  func crossing(_ node: Int) -> [Int32] {
    graph.values.indices.lazy.map { Int32($0) }.filter { tensor in
      tensors[Int(tensor)] == tensor && producer(of: tensor) <= node
        && lastReads[Int(tensor)] > node
    }
  }

  func producer(of tensor: Int32) -> Int { graph.producers[Int(tensor)] }

  func byteCount(_ tensor: Int32) -> Int { graph.values[Int(tensor)].type.byteCount }

  /// Tensors that a later pass reads, without results of the graph, which stay in any case.
  var readLater: [Int32] {
    graph.values.indices.map { Int32($0) }.filter { isReadLater[Int($0)] && !isResult[Int($0)] }
  }
}
