import GraphLanguage
import Graphs
import ReferenceEngine
import Testing

struct ReferenceEngineTests {
  @Test(arguments: [1, 2] as [UInt64])
  func lossOfTwoLayersFallsUnderGradientDescent(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let graph = try twoLayers()
    let session = try ReferenceEngine().makeSession(graph.variables)
    for variable in graph.variables {
      let start = (0..<variable.shape.elementCount).map { _ in
        Float.random(in: -0.5...0.5, using: &random)
      }
      try session.write(variable.name, start)
    }
    let program = try session.compile(graph, CompileOptions())
    // Four points that no single layer separates: exclusive or.
    let inputs: [String: TensorData] = [
      "x": .float32([0, 0, 0, 1, 1, 0, 1, 1]), "targets": .int32([0, 1, 1, 0]),
    ]
    var losses: [Float] = []
    for _ in 0..<300 {
      guard case .float32(let loss) = try #require(try program.run(inputs)["loss"]) else {
        Issue.record("the loss must be float32")
        return
      }
      losses += loss
    }
    #expect(losses.allSatisfy { $0.isFinite })
    // Below log 2, a guess, by far: the hidden layer is used.
    let last = try #require(losses.last)
    #expect(last < 0.1)
    #expect(last < losses[0])
  }

  @Test func updatesAreStoredAfterEverythingIsComputed() throws {
    let graph = Graph()
    let a = try graph.addVariable(variable("a"))
    let b = try graph.addVariable(variable("b"))
    try graph.addUpdate(0, b)
    try graph.addUpdate(1, a)
    let session = try ReferenceEngine().makeSession(graph.variables)
    try session.write("a", [1, 2])
    try session.write("b", [3, 4])
    let program = try session.compile(graph, CompileOptions())
    _ = try program.run([:])
    #expect(try session.read("a") == [3, 4])
    #expect(try session.read("b") == [1, 2])
  }

  @Test func variablesStartAsZeros() throws {
    let session = try ReferenceEngine().makeSession([variable("a")])
    #expect(try session.read("a") == [0, 0])
  }

  @Test func strangersAreRefused() throws {
    let graph = Graph()
    _ = try graph.addVariable(variable("a"))
    _ = graph.addInput("x", [2], .float32)
    let session = try ReferenceEngine().makeSession([variable("b")])
    #expect(throws: EngineError.self) { try session.compile(graph, CompileOptions()) }
    #expect(throws: EngineError.self) { try session.read("a") }
    #expect(throws: EngineError.self) { try session.write("b", [1]) }
    let program = try ReferenceEngine().makeSession(graph.variables)
      .compile(graph, CompileOptions())
    #expect(throws: EngineError.self) { try program.run([:]) }
    #expect(throws: EngineError.self) { try program.run(["x": .int32([1, 2])]) }
    #expect(throws: EngineError.self) { try program.run(["x": .float32([1])]) }
  }

  @Test(arguments: [-1, 3])
  func indexOutsideItsTableIsRefused(index: Int32) throws {
    let graph = Graph()
    let table = graph.addInput("table", [3], .float32)
    graph.addOutput(
      "row", try graph.add(.gather, table, graph.addInput("index", .scalar, .int32)))
    let program = try ReferenceEngine().makeSession([]).compile(graph, CompileOptions())
    let error = #expect(throws: EngineError.self) {
      try program.run(["table": .float32([1, 2, 3]), "index": .int32([index])])
    }
    #expect(try #require(error).description.contains("\(index) is not one of the 3 rows"))
  }

  private func variable(_ name: String) -> Variable {
    Variable(
      name: name, shape: [2], initializer: .constant(0), decays: false, isParameter: false)
  }

  /// A training step of x [4, 2] -> 8 hidden -> 2 classes.
  private func twoLayers() throws -> Graph {
    let graph = Graph()
    let x = graph.addInput("x", [4, 2], .float32)
    let targets = graph.addInput("targets", [4], .int32)
    let hidden = try graph.parameter("hidden", [8, 2], .constant(0), decays: true)
    let bias = try graph.parameter("bias", [8], .constant(0), decays: false)
    let output = try graph.parameter("output", [2, 8], .constant(0), decays: true)
    let activations = try graph.apply(.tanh, graph.sum(graph.linear(x, hidden), bias))
    let nats = try graph.add(.linearCrossEntropy, activations, output, targets)
    let loss = try graph.apply(.divide, graph.add(.reduce(.sum, axes: [0]), nats), 4)
    graph.addOutput("loss", loss)
    let gradients = try graph.gradients(of: loss, withRespectTo: graph.variableValues)
    for (place, gradient) in gradients.enumerated() {
      let step = try graph.apply(.multiply, gradient, 1)
      try graph.addUpdate(
        place, graph.apply(.subtract, graph.variableValues[place], step))
    }
    return graph
  }
}
