import GraphLanguage
import Graphs
import ReferenceEngine
import Testing

/// Norms and activation functions are computed twice rather than kept.
struct CheapRecomputationTests {
  /// A gated layer behind a norm, its loss and its gradients.
  private func layer() throws -> Graph {
    let graph = Graph()
    let x = graph.addInput("x", [2, 5, 6], .float32)
    let scale = try graph.parameter("norm", [6], .constant(1.5), decays: false)
    let gate = try graph.parameter("gate", [8, 6], .constant(0.3), decays: true)
    let up = try graph.parameter("up", [8, 6], .constant(-0.2), decays: true)
    let down = try graph.parameter("down", [6, 8], .constant(0.1), decays: true)
    let normal = try graph.add(.rmsNorm(epsilon: 1e-5), x, scale)
    let hidden = try graph.add(.swiGLU, graph.linear(normal, gate), graph.linear(normal, up))
    let y = try graph.sum(x, graph.linear(hidden, down))
    let loss = try graph.add(.reduce(.sum, axes: [0, 1, 2]), graph.product(y, y))
    graph.addOutput("loss", loss)
    let variables = [scale, gate, up, down]
    for (index, gradient) in try graph.gradients(of: loss, withRespectTo: variables).enumerated() {
      graph.addOutput("gradient \(index)", gradient)
    }
    return try graph.simplified()
  }

  private func nodes(_ graph: Graph, _ operation: Operation, _ section: Graph.Section) -> Int {
    graph.nodes.count { $0.operation == .language(operation) && $0.section == section }
  }

  @Test func theBackwardPassReadsItsOwnCopies() throws {
    let graph = try layer()
    let again = try graph.recomputingCheapValues()
    for operation in [Operation.rmsNorm(epsilon: 1e-5), .swiGLU] {
      #expect(nodes(graph, operation, .backward) == 0)
      #expect(nodes(again, operation, .forward) == 1)
      #expect(nodes(again, operation, .backward) == 1)
    }
    for node in again.nodes where node.section == .backward {
      for input in node.inputs {
        let producer = again.producer(of: input)
        #expect(producer.operation != .language(.swiGLU) || producer.section == .backward)
      }
    }
  }

  @Test func resultsAreTheSame() throws {
    let graph = try layer()
    let again = try graph.recomputingCheapValues()
    let inputs = ["x": TensorData.float32((0..<60).map { Float($0 % 7) - 2.5 })]
    let results = try [graph, again].map { graph in
      let session = try ReferenceEngine().makeSession(graph.variables)
      for variable in graph.variables {
        guard case .constant(let value) = variable.initializer else { continue }
        let elements = Array(repeating: value, count: variable.shape.elementCount)
        try session.write(variable.name, elements)
      }
      return try session.compile(graph, CompileOptions()).run(inputs)
    }
    #expect(results[0].count == 5)
    #expect(results[0] == results[1])
  }

  @Test func aGraphWithoutABackwardPassStaysAsItIs() throws {
    let graph = Graph()
    let x = graph.addInput("x", [4, 4], .float32)
    graph.addOutput("y", try graph.apply(.multiply, graph.add(.gelu, x), 2))
    #expect(try graph.recomputingCheapValues().nodes == graph.nodes)
  }
}
