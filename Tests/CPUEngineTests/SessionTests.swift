import CPUEngine
import GraphLanguage
import Graphs
import ReferenceEngine
import Testing

/// Variables, updates, inputs and mistakes.
struct SessionTests {
  private let options = CompileOptions()

  private func variable(_ name: String, _ shape: Shape) -> Variable {
    Variable(
      name: name, shape: shape, initializer: .constant(0), decays: false, isParameter: false)
  }

  @Test func variablesStartAtZeroAndKeepWhatIsWritten() throws {
    let session = try CPUEngine(threads: 1).makeSession([variable("a", [3]), variable("b", [])])
    #expect(try session.read("a") == [0, 0, 0])
    let content: [Float] = [1, .nan, .leastNonzeroMagnitude]
    try session.write("a", content)
    #expect(try session.read("a").map(\.bitPattern) == content.map(\.bitPattern))
    #expect(try session.read("b") == [0])
  }

  @Test(arguments: [1, 5000]) func twoVariablesSwapInOneRun(count: Int) throws {
    let graph = Graph()
    let a = try graph.addVariable(variable("a", [count]))
    let b = try graph.addVariable(variable("b", [count]))
    try graph.addUpdate(0, b)
    try graph.addUpdate(1, a)
    graph.addOutput("a", a)
    let session = try CPUEngine(threads: 2).makeSession(graph.variables)
    let (ones, twos) = ([Float](repeating: 1, count: count), [Float](repeating: 2, count: count))
    try session.write("a", ones)
    try session.write("b", twos)
    let outputs = try session.compile(graph, options).run([:])
    #expect(try session.read("a") == twos)
    #expect(try session.read("b") == ones)
    #expect(outputs["a"] == .float32(ones))
  }

  @Test func updatesAreStoredAfterEverythingHasRead() throws {
    let graph = Graph()
    let a = try graph.addVariable(variable("a", [600]))
    let b = try graph.addVariable(variable("b", [600]))
    let next = try graph.sum(a, b)
    try graph.addUpdate(0, next)
    try graph.addUpdate(1, graph.apply(.subtract, a, 1))
    graph.addOutput("old", a)
    graph.addOutput("new", next)
    graph.addOutput("row", try graph.add(.reduce(.sum, axes: [0]), a))
    let session = try CPUEngine(threads: 2).makeSession(graph.variables)
    try session.write("a", Array(repeating: 3, count: 600))
    try session.write("b", Array(repeating: 4, count: 600))
    let program = try session.compile(graph, options)
    let outputs = try program.run([:])
    #expect(outputs["old"] == .float32(Array(repeating: 3, count: 600)))
    #expect(outputs["new"] == .float32(Array(repeating: 7, count: 600)))
    #expect(outputs["row"] == .float32([1800]))
    #expect(try session.read("a") == Array(repeating: 7, count: 600))
    #expect(try session.read("b") == Array(repeating: 2, count: 600))
    _ = try program.run([:])
    #expect(try session.read("a") == Array(repeating: 9, count: 600))
    #expect(try session.read("b") == Array(repeating: 6, count: 600))
  }

  @Test func oneValueUpdatesTwoVariables() throws {
    let graph = Graph()
    let a = try graph.addVariable(variable("a", [40]))
    _ = try graph.addVariable(variable("b", [40]))
    let next = try graph.apply(.add, a, 1)
    try graph.addUpdate(0, next)
    try graph.addUpdate(1, next)
    let session = try CPUEngine(threads: 1).makeSession(graph.variables)
    let program = try session.compile(graph, options)
    for _ in 0..<3 { _ = try program.run([:]) }
    #expect(try session.read("a") == Array(repeating: 3, count: 40))
    #expect(try session.read("b") == Array(repeating: 3, count: 40))
  }

  @Test func programsOfOneSessionShareVariables() throws {
    let step = Graph()
    let a = try step.addVariable(variable("a", [70]))
    try step.addUpdate(0, step.apply(.add, a, 1))
    let evaluation = Graph()
    let b = try evaluation.addVariable(variable("a", [70]))
    evaluation.addOutput("sum", try evaluation.add(.reduce(.sum, axes: [0]), b))
    let session = try CPUEngine(threads: 1).makeSession(step.variables)
    let first = try session.compile(step, options)
    _ = try first.run([:])
    // The second program needs more memory, so the first one's moves.
    let second = try session.compile(evaluation, options)
    #expect(try second.run([:]) == ["sum": .float32([70])])
    _ = try first.run([:])
    #expect(try second.run([:]) == ["sum": .float32([140])])
  }

  @Test func outputsMayBeInputsVariablesAndParts() throws {
    let graph = Graph()
    let x = graph.addInput("x", [4, 3], .float32)
    let ids = graph.addInput("ids", [2], .int32)
    let a = try graph.addVariable(variable("a", [2, 3]))
    graph.addOutput("x", x)
    graph.addOutput("ids", ids)
    graph.addOutput("a", a)
    graph.addOutput("part", try graph.add(.slice(starts: [1, 0], ends: [3, 3]), x))
    graph.addOutput("same", try graph.reshape(x, [12]))
    graph.addOutput("constant", try graph.constant(2, [3]))
    let session = try CPUEngine(threads: 1).makeSession(graph.variables)
    try session.write("a", [1, 2, 3, 4, 5, 6])
    let content = (0..<12).map { Float($0) }
    let outputs = try session.compile(graph, options).run([
      "x": .float32(content), "ids": .int32([7, -7]),
    ])
    #expect(
      outputs == [
        "x": .float32(content), "ids": .int32([7, -7]), "a": .float32([1, 2, 3, 4, 5, 6]),
        "part": .float32(Array(content[3..<9])), "same": .float32(content),
        "constant": .float32([2, 2, 2]),
      ])
  }

  @Test func mistakesAreNamed() throws {
    let graph = Graph()
    let x = graph.addInput("x", [2, 2], .float32)
    let indices = graph.addInput("indices", [3], .int32)
    graph.addOutput("rows", try graph.add(.gather, x, indices))
    let engine = CPUEngine(threads: 1)
    let session = try engine.makeSession([variable("a", [2])])
    let program = try session.compile(graph, options)
    let good = TensorData.float32([1, 2, 3, 4])
    let ids = TensorData.int32([0, 1, 0])
    #expect(try program.run(["x": good, "indices": ids]).count == 1)
    expectError("'x' is missing") { _ = try program.run(["indices": ids]) }
    expectError("takes 4 elements, but 3") {
      _ = try program.run(["x": .float32([1, 2, 3]), "indices": ids])
    }
    expectError("is float32, but int32") {
      _ = try program.run(["x": .int32([1, 2, 3, 4]), "indices": ids])
    }
    expectError("no input 'y'") {
      _ = try program.run(["x": good, "indices": ids, "y": good])
    }
    expectError("index 2 at place 1 is not one of 0..<2") {
      _ = try program.run(["x": good, "indices": .int32([0, 2, 0])])
    }
    expectError("index -1 at place 0") {
      _ = try program.run(["x": good, "indices": .int32([-1, 0, 0])])
    }
    expectError("no variable 'b'") { _ = try session.read("b") }
    expectError("takes 2 elements, but 1") { try session.write("a", [1]) }
    expectError("given twice") {
      _ = try engine.makeSession([variable("a", [1]), variable("a", [1])])
    }
    let other = Graph()
    _ = try other.addVariable(variable("a", [3]))
    expectError("shape [3], but the session's [2]") { _ = try session.compile(other, options) }
    let unknown = Graph()
    _ = try unknown.addVariable(variable("c", [3]))
    expectError("no variable 'c'") { _ = try session.compile(unknown, options) }
  }

  @Test func indicesThatAreComputedAreChecked() throws {
    let graph = Graph()
    let table = graph.addInput("table", [3], .float32)
    let x = graph.addInput("x", [2], .float32)
    graph.addOutput("y", try graph.add(.gather, table, graph.add(.convert(.int32), x)))
    let program = try CPUEngine(threads: 1).makeSession([]).compile(graph, options)
    let numbers = TensorData.float32([5, 6, 7])
    #expect(
      try program.run(["table": numbers, "x": .float32([2.9, 0.5])]) == ["y": .float32([7, 5])])
    expectError("index 3") { _ = try program.run(["table": numbers, "x": .float32([0, 3])]) }
  }

  @Test func targetsOutsideTheVocabularyAreRefused() throws {
    let graph = Graph()
    let x = graph.addInput("x", [2, 3], .float32)
    let targets = graph.addInput("targets", [2], .int32)
    graph.addOutput("losses", try graph.add(.linearCrossEntropy, x, x, targets))
    let program = try CPUEngine(threads: 1).makeSession([]).compile(graph, options)
    let content = TensorData.float32([1, 2, 3, 4, 5, 6])
    expectError("index 2 at place 1 is not one of 0..<2 or negative") {
      _ = try program.run(["x": content, "targets": .int32([-5, 2])])
    }
  }

  @Test func descriptionsNameThreadsAndInstructions() {
    for instructions in InstructionSet.available {
      let engine = CPUEngine(threads: 3, instructions: instructions)
      #expect(engine.description.contains("3 threads"))
    }
    let names = InstructionSet.available.map {
      CPUEngine(threads: 1, instructions: $0).description
    }
    #expect(Set(names).count == names.count)
  }

  private func expectError(
    _ part: String, sourceLocation: Testing.SourceLocation = #_sourceLocation,
    _ body: () throws -> Void
  ) {
    do {
      try body()
      Issue.record("no error that says '\(part)'", sourceLocation: sourceLocation)
    } catch {
      let description = "\(error)"
      #expect(description.contains(part), sourceLocation: sourceLocation)
    }
  }
}
