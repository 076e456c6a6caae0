import CPUEngine
import GraphLanguage
import Graphs
import ReferenceEngine
import Synchronization
import Testing

/// Machine code over elements, as the engine calls it.
@Suite struct ElementwiseTests {
  /// Notes the number of places of each call.
  private final class Calls: Sendable {
    let counts = Mutex<[Int]>([])
  }

  /// x = a x + b, y = y - x, with b and y's old elements.
  private static func function(
    _ calls: Calls = Calls(), isConcurrent: Bool = true, failure: String? = nil
  ) -> ElementwiseFunction {
    unsafe ElementwiseFunction(
      name: "code", identity: "1", updatedCount: 2, readCount: 1, scalarCount: 1,
      isConcurrent: isConcurrent
    ) { chunk throws(ElementwiseFailure) in
      let count = unsafe chunk.count
      calls.counts.withLock { $0.append(count) }
      let (x, y) = unsafe (chunk.updated[0], chunk.updated[1])
      for place in 0..<count {
        unsafe x[place] = chunk.scalars[0] * x[place]
        unsafe x[place] += chunk.read[0][place]
        unsafe y[place] -= x[place]
      }
      if let failure { throw ElementwiseFailure(failure) }
    }
  }

  private static let count = 40_009

  /// Two variables that a run updates, with a condition as an input where they are guarded.
  private static func graph(
    _ function: ElementwiseFunction, isGuarded: Bool = false
  ) throws -> Graph {
    let graph = Graph()
    for name in ["x", "y"] {
      _ = try graph.addVariable(
        Variable(
          name: name, shape: [count], initializer: .constant(0), decays: false,
          isParameter: false))
    }
    let b = graph.addInput("b", [count], .float32)
    let a = graph.addInput("a", .scalar, .float32)
    let new = try graph.apply(
      function, updating: graph.variableValues, reading: [b], scalars: [a],
      at: SourceLocation("here"))
    try graph.addUpdate(0, new[0])
    try graph.addUpdate(1, new[1])
    if isGuarded {
      try graph.guardUpdates(against: [graph.addInput("loss", .scalar, .float32)])
    }
    return graph
  }

  private static func numbers(_ factor: Float) -> [Float] {
    (0..<count).map { factor * Float($0 % 1013) - 3 }
  }

  private static func inputs(loss: Float? = nil) -> [String: TensorData] {
    var inputs: [String: TensorData] = ["b": .float32(numbers(0.01)), "a": .float32([0.75])]
    if let loss { inputs["loss"] = .float32([loss]) }
    return inputs
  }

  /// The variables after some runs.
  private static func run(
    _ graph: Graph, on engine: any Engine, _ inputs: [String: TensorData], times: Int = 2
  ) throws -> [[Float]] {
    let session = try engine.makeSession(graph.variables)
    try session.write("x", numbers(1))
    try session.write("y", numbers(-0.5))
    let program = try session.compile(graph, CompileOptions())
    for _ in 0..<times { _ = try program.run(inputs) }
    return [try session.read("x"), try session.read("y")]
  }

  @Test(arguments: [1, 2, 3], [true, false])
  func itIsCalledForTheSamePlacesOnAnyThreads(threads: Int, isConcurrent: Bool) throws {
    let calls = Calls()
    let graph = try Self.graph(Self.function(calls, isConcurrent: isConcurrent))
    let found = try Self.run(graph, on: CPUEngine(threads: threads), Self.inputs(), times: 1)
    #expect(calls.counts.withLock { $0 }.sorted() == [7241, 16_384, 16_384])
    let plain = Calls()
    let expected = try Self.run(
      Self.graph(Self.function(plain)), on: ReferenceEngine(), Self.inputs(), times: 1)
    #expect(plain.counts.withLock { $0 } == [Self.count])
    #expect(found == expected)
  }

  @Test func theUpdateIsMadeWhereTheVariablesAre() throws {
    let engine = CPUEngine(threads: 2)
    for isGuarded in [false, true] {
      let graph = try Self.graph(Self.function(), isGuarded: isGuarded)
      let working = try engine.workingByteCount(of: [graph], CompileOptions())
      // The input of 40,009 numbers, some scalars and the threads' scratch memory: no second copy of
      // anything.
      #expect(working < 40_009 * 4 + (32 << 10), "\(isGuarded)")
    }
  }

  @Test(arguments: [1, 3])
  func aGuardLeavesTheOldElements(threads: Int) throws {
    let graph = try Self.graph(Self.function(), isGuarded: true)
    for engine in [CPUEngine(threads: threads), ReferenceEngine()] as [any Engine] {
      let kept = try Self.run(graph, on: engine, Self.inputs(loss: .nan))
      #expect(kept == [Self.numbers(1), Self.numbers(-0.5)])
    }
    let updated = try Self.run(graph, on: CPUEngine(threads: threads), Self.inputs(loss: 1))
    let free = try Self.run(Self.graph(Self.function()), on: ReferenceEngine(), Self.inputs())
    #expect(updated == free)
  }

  /// Both the old and the new content are wanted, and a result that nobody reads.
  @Test func oldElementsStayWhereTheyAreReadAfterwards() throws {
    let graph = Graph()
    let tensors = ["x", "y", "b"].map { graph.addInput($0, [Self.count], .float32) }
    let a = graph.addInput("a", .scalar, .float32)
    let new = try graph.apply(
      Self.function(), updating: Array(tensors[..<2]), reading: [tensors[2]], scalars: [a],
      at: SourceLocation("here"))
    graph.addOutput("old", try graph.apply(.multiply, tensors[0], 2))
    graph.addOutput("new", new[0])
    var inputs = Self.inputs()
    inputs["x"] = .float32(Self.numbers(1))
    inputs["y"] = .float32(Self.numbers(2))
    for engine in [CPUEngine(threads: 2), ReferenceEngine()] as [any Engine] {
      let program = try engine.makeSession([]).compile(graph, CompileOptions())
      for _ in 0..<2 {
        let outputs = try program.run(inputs)
        #expect(outputs["old"] == .float32(Self.numbers(1).map { 2 * $0 }))
        #expect(
          outputs["new"]
            == .float32(zip(Self.numbers(1), Self.numbers(0.01)).map { 0.75 * $0 + $1 }))
      }
    }
  }

  @Test(arguments: [true, false])
  func aFailureIsToldByName(isConcurrent: Bool) throws {
    let graph = try Self.graph(
      Self.function(isConcurrent: isConcurrent, failure: "cannot"), isGuarded: false)
    for engine in [CPUEngine(threads: 2), ReferenceEngine()] as [any Engine] {
      let error = #expect(throws: EngineError.self) {
        try Self.run(graph, on: engine, Self.inputs())
      }
      #expect(error?.description == "code: cannot")
    }
  }
}
