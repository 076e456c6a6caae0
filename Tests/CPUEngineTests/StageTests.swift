import CPUEngine
import GraphLanguage
import Graphs
import Synchronization
import Testing

/// Steps that need nothing of one another run at once.
struct StageTests {
  /// Three products of one tensor, as the queries, keys and values of a layer.
  private struct Projections {
    let trial: Trial
    let weights: [Value]
    let results: [Value]

    init() throws {
      let trial = Trial(seed: 5)
      let x = trial.floats([200, 48], in: -1...1)
      weights = (0..<3).map { _ in trial.floats([70, 48], in: -1...1) }
      results = try weights.map { try trial.graph.linear(x, $0) }
      for result in results { trial.output(result) }
      self.trial = trial
    }
  }

  @Test(arguments: 1...3) func eachStepOfAStageHasItsTime(threads: Int) throws {
    let trial = try Projections().trial
    let session = try CPUEngine(threads: threads).makeSession([])
    let program = try session.compile(trial.graph, CompileOptions())
    let whole = try ContinuousClock().measure { _ = try program.run(trial.inputs) }
    let products = program.timings.filter { $0.operations == ["matrixProduct"] }
    #expect(products.count == 3)
    #expect(products.allSatisfy { $0.duration > .zero })
    // The time of a stage is divided among its steps, not counted for each.
    #expect(program.timings.reduce(.zero) { $0 + $1.duration } < whole)
  }

  @Test(arguments: InstructionSet.available)
  func stagesGiveTheBitsOfStepsAlone(instructions: InstructionSet) throws {
    let engine = CPUEngine(threads: 2, instructions: instructions)
    let trial = try Projections().trial
    let together = try run(trial.graph, trial.inputs, on: engine)
    for place in 0..<3 {
      let alone = Graph()
      let x = alone.addInput("x0", [200, 48], .float32)
      let weight = alone.addInput("x\(place + 1)", [70, 48], .float32)
      alone.addOutput("y", try alone.linear(x, weight))
      let known = trial.inputs.filter { $0.key == "x0" || $0.key == "x\(place + 1)" }
      #expect(try run(alone, known, on: engine)["y"] == together["y\(place)"])
    }
  }

  /// The gradients of three weights read the same tensor by columns.
  @Test func aFactorIsPackedOnceForTheProductsThatFollow() throws {
    let projections = try Projections()
    let (trial, graph) = (projections.trial, projections.trial.graph)
    let squares = try projections.results.map {
      try graph.add(.reduce(.sum, axes: [0, 1]), graph.product($0, $0))
    }
    let loss = try graph.sum(graph.sum(squares[0], squares[1]), squares[2])
    for gradient in try graph.gradients(of: loss, withRespectTo: projections.weights) {
      trial.output(gradient)
    }
    // These kernels pack every second factor.
    let engine = CPUEngine(threads: 2, instructions: .baseline)
    let program = try engine.makeSession([]).compile(graph, CompileOptions())
    let packed = program.timings.filter { $0.operations == ["packing"] }.map(\.shape)
    #expect(packed == [[48, 70], [48, 70], [48, 70], [200, 48]])
    // Sums of 200 products of numbers that are sums of 48 below 1.
    try expectAgreement(trial, tolerance: 9e-6, on: engine)
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
