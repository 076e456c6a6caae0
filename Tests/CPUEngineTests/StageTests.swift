import CPUEngine
import GraphLanguage
import Graphs
import ReferenceEngine
import Synchronization
import Testing

/// Steps that need nothing of one another run at once.
struct StageTests {
  /// Three products of one tensor, as the queries, keys and values of a layer.
  private func projections() throws -> Graph {
    let graph = Graph()
    let x = graph.addInput("x", [200, 48], .float32)
    for name in ["queries", "keys", "values"] {
      let weight = graph.addInput(name, [70, 48], .float32)
      graph.addOutput("\(name) of x", try graph.linear(x, weight))
    }
    return graph
  }

  private func inputs(of graph: Graph) -> [String: TensorData] {
    var random = Seeded(5)
    return Dictionary(
      uniqueKeysWithValues: graph.inputs.map { input in
        (input.name, .float32(random.floats(input.value.shape.elementCount, in: -1...1)))
      })
  }

  @Test(arguments: 1...3) func eachStepOfAStageHasItsTime(threads: Int) throws {
    let graph = try projections()
    let session = try CPUEngine(threads: threads).makeSession([])
    let program = try session.compile(graph, CompileOptions())
    let clock = ContinuousClock()
    let whole = try clock.measure { _ = try program.run(inputs(of: graph)) }
    let products = program.timings.filter { $0.operations == ["matrixProduct"] }
    #expect(products.count == 3)
    #expect(products.allSatisfy { $0.duration > .zero })
    // The time of a stage is divided among its steps, not counted for each.
    #expect(program.timings.reduce(.zero) { $0 + $1.duration } < whole)
  }

  @Test(arguments: InstructionSet.available)
  func stagesGiveTheBitsOfStepsAlone(instructions: InstructionSet) throws {
    let graph = try projections()
    let inputs = inputs(of: graph)
    let session = try CPUEngine(threads: 2, instructions: instructions).makeSession([])
    let together = try session.compile(graph, CompileOptions()).run(inputs)
    for output in graph.outputs {
      let alone = Graph()
      let name = String(output.name.prefix { $0 != " " })
      let x = alone.addInput("x", [200, 48], .float32)
      alone.addOutput("y", try alone.linear(x, alone.addInput(name, [70, 48], .float32)))
      let program = try session.compile(alone, CompileOptions())
      let known = inputs.filter { $0.key == "x" || $0.key == name }
      #expect(try program.run(known)["y"] == together[output.name])
    }
  }

  /// The gradients of three weights read the same tensor by columns.
  @Test func aFactorIsPackedOnceForTheProductsThatFollow() throws {
    let graph = try projections()
    let weights = ["queries", "keys", "values"]
    let outputs = graph.outputs.map(\.value)
    let squares = try outputs.map {
      try graph.add(.reduce(.sum, axes: [0, 1]), graph.product($0, $0))
    }
    let loss = try graph.sum(graph.sum(squares[0], squares[1]), squares[2])
    let parameters = graph.inputs.filter { weights.contains($0.name) }.map(\.value)
    let gradients = try graph.gradients(of: loss, withRespectTo: parameters)
    for (name, gradient) in zip(weights, gradients) {
      graph.addOutput("gradient of \(name)", gradient)
    }
    // These kernels pack every second factor.
    let session = try CPUEngine(threads: 2, instructions: .baseline).makeSession([])
    let program = try session.compile(graph, CompileOptions())
    let packed = program.timings.filter { $0.operations == ["packing"] }.map(\.shape)
    #expect(packed == [[48, 70], [48, 70], [48, 70], [200, 48]])
    let inputs = inputs(of: graph)
    let found = try program.run(inputs)
    let expected = try ReferenceEngine().makeSession([]).compile(graph, CompileOptions())
      .run(inputs)
    for (name, data) in expected {
      // Sums of 200 products of numbers that are sums of 48 below 1.
      #expect(difference(found[name], data) < 1e-5, "\(name)")
    }
  }

  /// Updates that need nothing of one another, by code that must not run twice at once.
  @Test func codeThatIsNotConcurrentNeverRunsTwiceAtOnce() throws {
    let inside = Atomic(0)
    let collisions = Atomic(0)
    let function = unsafe ElementwiseFunction(
      name: "code", identity: "1", updatedCount: 1, readCount: 0, scalarCount: 0,
      isConcurrent: false
    ) { chunk throws(ElementwiseFailure) in
      if inside.add(1, ordering: .relaxed).oldValue != 0 {
        collisions.add(1, ordering: .relaxed)
      }
      for place in 0..<(unsafe chunk.count) { unsafe chunk.updated[0][place] += 1 }
      inside.subtract(1, ordering: .relaxed)
    }
    let graph = Graph()
    // Comes first, has many pieces, and so takes along what is ready.
    let x = graph.addInput("x", [200_000], .float32)
    graph.addOutput("twice", try graph.sum(x, x))
    for index in 0..<3 {
      _ = try graph.addVariable(
        Variable(
          name: "\(index)", shape: [60_000], initializer: .constant(0), decays: false,
          isParameter: false))
    }
    for (index, value) in graph.variableValues.enumerated() {
      let new = try graph.apply(
        function, updating: [value], reading: [], scalars: [], at: SourceLocation("here"))
      try graph.addUpdate(index, new[0])
    }
    let session = try CPUEngine(threads: 3).makeSession(graph.variables)
    let program = try session.compile(graph, CompileOptions())
    let input = TensorData.float32(Array(repeating: 1, count: 200_000))
    for _ in 0..<5 { _ = try program.run(["x": input]) }
    #expect(collisions.load(ordering: .relaxed) == 0)
    for variable in graph.variables {
      #expect(try session.read(variable.name) == Array(repeating: 5, count: 60_000))
    }
  }
}
