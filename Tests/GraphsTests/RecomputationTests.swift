import GraphLanguage
import Graphs
import ReferenceEngine
import Testing

struct RecomputationTests {
  /// A chain of layers x + tanh(x w), of which each adds three tensors that the backward pass reads.
  private static func chain(layers: Int) throws -> Graph {
    let graph = Graph()
    let input = graph.addInput("x", [8, 4], .float32)
    let weights = try (0..<layers).map {
      try graph.parameter("w\($0)", [4, 4], .constant(0.1), decays: true)
    }
    var x = input
    for weight in weights {
      let y = try graph.apply(.tanh, try graph.linear(x, weight))
      let z = try graph.apply(.exponential, try graph.apply(.sine, y))
      x = try graph.sum(x, z)
    }
    let loss = try graph.add(.reduce(.sum, axes: [0, 1]), try graph.product(x, x))
    graph.addOutput("loss", loss)
    for (index, gradient) in try graph.gradients(of: loss, withRespectTo: weights).enumerated() {
      graph.addOutput("dw\(index)", gradient)
    }
    return try graph.simplified()
  }

  /// The most bytes that are there at once when nodes run in order, leaves left out.
  private static func peak(_ graph: Graph) -> Int {
    var last: [Int32: Int] = [:]
    for (index, node) in graph.nodes.enumerated() {
      for input in node.inputs { last[input.id] = index }
    }
    for output in graph.outputs { last[output.value.id] = graph.nodes.count }
    var (live, peak) = (0, 0)
    for (index, node) in graph.nodes.enumerated() {
      switch node.operation {
      case .variable, .input, .language(.constant): continue
      default: break
      }
      for result in node.results where last[result.id] != nil { live += result.type.byteCount }
      peak = max(peak, live)
      for input in Set(node.inputs) where last[input.id] == index {
        switch graph.producer(of: input).operation {
        case .variable, .input, .language(.constant): break
        default: live -= input.type.byteCount
        }
      }
    }
    return peak
  }

  @Test(arguments: [8, 32]) func chainNeedsFarLessMemoryAndGivesTheSame(layers: Int) throws {
    let graph = try Self.chain(layers: layers)
    let again = try graph.recomputing()
    let gradients = layers * 4 * 4 * 4
    #expect(Self.peak(again) - gradients < (Self.peak(graph) - gradients) / 2)
    let x = ReferenceTensor([8, 4], (0..<32).map { Double($0) / 32 })
    let content = Dictionary(
      uniqueKeysWithValues: graph.variables.enumerated().map { index, variable in
        (variable.name, (0..<16).map { Double(($0 * 7 + index) % 5) / 10 - 0.2 })
      })
    let results = try [graph, again].map {
      try ReferenceInterpreter($0).run(inputs: ["x": x.elements], variables: content)
    }
    for output in graph.outputs {
      let (expected, found) = (results[0].outputs[output.name], results[1].outputs[output.name])
      #expect(found?.elements == expected?.elements)
    }
  }

  @Test func theForwardPassStaysAndIsRepeatedInTheBackwardPass() throws {
    let graph = try Self.chain(layers: 8)
    let again = try graph.recomputing()
    func operations(_ graph: Graph, _ section: Graph.Section) -> [NodeOperation] {
      graph.nodes.filter { $0.section == section }.map(\.operation)
    }
    #expect(operations(again, .forward) == operations(graph, .forward))
    let (more, before) = (operations(again, .backward), operations(graph, .backward))
    #expect(more.count > before.count)
    #expect(again.inputs.map(\.name) == graph.inputs.map(\.name))
    #expect(again.variables == graph.variables)
    // The products are what costs: no more of them than in the forward pass.
    let product = NodeOperation.language(.matrixProduct(transposeLeft: false, transposeRight: true))
    let extra = more.count { $0 == product } - before.count { $0 == product }
    #expect(extra <= 8)
    // Equal nodes become one again.
    #expect(try again.simplified().nodes.count == graph.nodes.count)
  }

  @Test func withoutABackwardPassNothingChanges() throws {
    let graph = Graph()
    var x = graph.addInput("x", [8, 4], .float32)
    for _ in 0..<10 { x = try graph.apply(.tanh, x) }
    graph.addOutput("y", x)
    #expect(try graph.recomputing() === graph)
  }

  @Test func resultsOfTheForwardPassAreKept() throws {
    let graph = Graph()
    let w = try graph.parameter("w", [6], .constant(0.1), decays: true)
    var x = w
    for index in 0..<12 {
      x = try graph.apply(.tanh, x)
      graph.addOutput("x\(index)", x)
    }
    let loss = try graph.add(.reduce(.sum, axes: [0]), x)
    graph.addOutput("dw", try graph.gradients(of: loss, withRespectTo: [w])[0])
    // Every value is an output, so nothing could be saved.
    #expect(try graph.simplified().recomputing().nodes.count == graph.simplified().nodes.count)
  }
}
