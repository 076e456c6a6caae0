// B sequences, T positions, R = B · T rows, h width, H heads, G key-value heads, K head width,
// f feed-forward width, V vocabulary.

import GraphLanguage
import Graphs
import PluginSDK
import Training

/// One operation of a training step, alone in a graph.
struct OperationCase {
  var name: String
  var bound: Bound
  /// What must be read and written at least; nil for the variables, inputs and results as they are.
  var bytes: Int?
  /// Adds the operation to a graph and gives its results.
  var describe: (Graph) throws -> [Value]
}

extension OperationCase {
  /// The operations of a model, each with the shapes that it has there.
  static func all(of model: ModelCase, optimizer: any Optimizer) -> [OperationCase] {
    products(of: model) + composites(of: model)
      + movements(of: model, updatedBy: optimizer)
  }

  /// Every matrix product of the layers, and the head: [R, I] with [O, I].
  private static func products(of model: ModelCase) -> [OperationCase] {
    let rows = model.tokensPerStep
    let keyWidth = model.width / model.heads * model.keyValueHeads
    var extents: [[Int]] = []
    for pair in [
      [model.width, model.width], [keyWidth, model.width], [model.feedForward, model.width],
      [model.width, model.feedForward],
    ] where !extents.contains(pair) { extents.append(pair) }
    return extents.flatMap { pair -> [OperationCase] in
      let (outputs, inputs) = (pair[0], pair[1])
      let label = "\(inputs) to \(outputs)"
      return [
        OperationCase(name: "product, \(label)", bound: .arithmetic) { graph in
          let x = try graph.filled("x", [rows, inputs])
          return [try graph.linear(x, try graph.filled("weight", [outputs, inputs]))]
        },
        OperationCase(name: "input gradient, \(label)", bound: .arithmetic) { graph in
          let gradient = try graph.filled("gradient", [rows, outputs])
          let weight = try graph.filled("weight", [outputs, inputs])
          return [
            try graph.add(
              .matrixProduct(transposeLeft: false, transposeRight: false), gradient, weight)
          ]
        },
        OperationCase(name: "weight gradient, \(label)", bound: .arithmetic) { graph in
          let gradient = try graph.filled("gradient", [rows, outputs])
          let x = try graph.filled("x", [rows, inputs])
          return [
            try graph.add(.matrixProduct(transposeLeft: true, transposeRight: false), gradient, x)
          ]
        },
      ]
    }
  }

  private static func composites(of model: ModelCase) -> [OperationCase] {
    let rows = model.tokensPerStep
    let headWidth = model.width / model.heads
    let stream: Shape = [rows, model.width]
    let inner: Shape = [rows, model.feedForward]
    func heads(_ count: Int) -> Shape { [model.sequences, model.context, count, headWidth] }
    let attention = (
      Operation.causalAttention(scale: 1 / Float(headWidth).squareRoot()),
      [heads(model.heads), heads(model.keyValueHeads), heads(model.keyValueHeads)]
    )
    let head = OperationCase(name: "linear cross-entropy and gradient", bound: .arithmetic) {
      graph in
      let x = try graph.filled("x", stream)
      let weight = try graph.filled("weight", [model.vocabulary, model.width])
      let targets = graph.addInput("indices", [rows], .int32)
      let losses = try graph.add(.linearCrossEntropy, x, weight, targets)
      let total = try graph.add(.reduce(.sum, axes: [0]), losses)
      return [total] + (try graph.gradients(of: total, withRespectTo: [x, weight]))
    }
    return both("attention", .arithmetic, attention.0, attention.1, result: heads(model.heads))
      + [head]
      + both(
        "RMS norm", .memory, .rmsNorm(epsilon: 1e-5), [stream, [model.width]], result: stream)
      + both(
        "rotary", .memory, .rotary(base: 10_000, interleaved: false), [heads(model.heads)],
        result: heads(model.heads))
      + both("SwiGLU", .memory, .swiGLU, [inner, inner], result: inner)
  }

  /// A composite and its gradient.
  private static func both(
    _ name: String, _ bound: Bound, _ operation: Operation, _ shapes: [Shape], result: Shape
  ) -> [OperationCase] {
    func inputs(_ graph: Graph) throws -> [Value] {
      try shapes.enumerated().map { try graph.filled("input \($0)", $1) }
    }
    return [
      OperationCase(name: name, bound: bound) { graph in
        [try graph.add(operation, try inputs(graph), at: SourceLocation(""))]
      },
      OperationCase(name: "\(name), gradient", bound: bound) { graph in
        try graph.addGradient(
          of: operation, try inputs(graph), cotangent: try graph.filled("cotangent", result),
          at: SourceLocation(""))
      },
    ]
  }

  private static func movements(
    of model: ModelCase, updatedBy optimizer: any Optimizer
  ) -> [OperationCase] {
    let rows = model.tokensPerStep
    let stream: Shape = [rows, model.width]
    let table: Shape = [model.vocabulary, model.width]
    return [
      OperationCase(name: "residual sum", bound: .memory) { graph in
        [try graph.sum(try graph.filled("x", stream), try graph.filled("y", stream))]
      },
      OperationCase(
        name: "gather", bound: .memory, bytes: 4 * (rows + 2 * stream.elementCount)
      ) { graph in
        let indices = graph.addInput("indices", [rows], .int32)
        return [try graph.add(.gather, try graph.filled("table", table), indices)]
      },
      OperationCase(name: "scatter-add", bound: .memory) { graph in
        let indices = graph.addInput("indices", [rows], .int32)
        return [
          try graph.add(
            .scatterAdd(rows: model.vocabulary), indices, try graph.filled("rows", stream))
        ]
      },
      OperationCase(name: "sum of squares", bound: .memory) { graph in
        let gradient = try graph.filled("gradient", table)
        let squares = try graph.product(gradient, gradient)
        return [try graph.add(.reduce(.sum, axes: [0, 1]), squares)]
      },
      // Reads parameter, gradient and both moments; writes all but the gradient.
      OperationCase(
        name: "AdamW update", bound: .memory, bytes: 7 * 4 * table.elementCount
      ) { graph in
        try describeUpdate(of: table, by: optimizer, in: graph)
        return []
      },
    ]
  }

  private static func describeUpdate(
    of shape: Shape, by optimizer: any Optimizer, in graph: Graph
  ) throws {
    let info = ParameterInfo(name: "parameter", shape: shape, decays: true)
    let states = try optimizer.states(for: info)
    let parameter = try graph.filled("parameter", shape)
    let inputs = UpdateInputs(
      parameter: parameter, gradient: try graph.filled("gradient", shape),
      states: try states.map { try graph.filled($0.name, $0.shape, .constant($0.initialValue)) },
      step: graph.addInput(GraphName.step, .scalar, .float32),
      learningRate: graph.addInput(GraphName.learningRate, .scalar, .float32))
    let results = try optimizer.describe(inputs, of: info, in: graph)
    try graph.addUpdate(0, results.parameter)
    for (place, state) in results.states.enumerated() { try graph.addUpdate(2 + place, state) }
  }
}

extension Graph {
  /// A variable to compute with.
  fileprivate func filled(
    _ name: String, _ shape: Shape, _ initializer: Initializer = .uniform(-1, 1)
  ) throws(GraphError) -> Value {
    try addVariable(
      Variable(
        name: name, shape: shape, initializer: initializer, decays: false, isParameter: false))
  }
}
