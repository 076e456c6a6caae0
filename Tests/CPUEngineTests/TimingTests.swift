import CPUEngine
import GraphLanguage
import Graphs
import Testing

struct TimingTests {
  @Test func everyStepSaysWhatItComputesAndWhatFor() throws {
    let graph = Graph()
    let x = graph.addInput("x", [64, 32], .float32)
    let w = try graph.parameter(
      "w", [48, 32], .normal(mean: 0, standardDeviation: 1), decays: true)
    let y = try graph.linear(x, w)
    let loss = try graph.add(.reduce(.sum, axes: [0, 1]), graph.product(y, y))
    let gradient = try graph.gradients(of: loss, withRespectTo: [w])[0]
    graph.section = .update
    try graph.addUpdate(0, graph.apply(.multiply, gradient, 0.5))
    let session = try CPUEngine(threads: 1).makeSession(graph.variables)
    let program = try session.compile(graph, CompileOptions())
    #expect(program.timings.allSatisfy { $0.duration == .zero })
    _ = try program.run(["x": .float32(Array(repeating: 1, count: 64 * 32))])
    let products = program.timings.filter { $0.operations.contains("matrixProduct") }
    #expect(products.map(\.section) == [.forward, .backward])
    #expect(products.map(\.shape) == [[64, 48], [48, 32]])
    #expect(products.map(\.cost.matrixFLOPs) == [2 * 64 * 48 * 32, 2 * 64 * 48 * 32])
    #expect(program.timings.last?.section == .update)
    #expect(program.timings.allSatisfy { $0.duration > .zero })
    let cost = try graph.simplified().cost
    #expect(program.timings.reduce(0) { $0 + $1.cost.totalFLOPs } == cost.totalFLOPs)
  }

  @Test func timeOfAStepThatServesTwoSectionsIsDividedByTheirOperations() throws {
    let graph = Graph()
    let (rows, width, vocabulary) = (32, 16, 48)
    let x = graph.addInput("x", [rows, width], .float32)
    let targets = graph.addInput("targets", [rows], .int32)
    let w = try graph.parameter(
      "w", [vocabulary, width], .normal(mean: 0, standardDeviation: 1), decays: true)
    let losses = try graph.add(.linearCrossEntropy, x, w, targets)
    let loss = try graph.add(.reduce(.sum, axes: [0]), losses)
    graph.addOutput("loss", loss)
    graph.addOutput("gradient", try graph.gradients(of: loss, withRespectTo: [w])[0])
    let session = try CPUEngine(threads: 1).makeSession(graph.variables)
    let program = try session.compile(graph, CompileOptions())
    _ = try program.run([
      "x": .float32(Array(repeating: 1, count: rows * width)),
      "targets": .int32(Array(repeating: 3, count: rows)),
    ])
    let head = try #require(program.timings.first { $0.operations.count == 2 })
    // One product forward and two backward; 4 operations a logit forward and 3 backward.
    let forward = 2.0 * Double(width) + 4
    let backward = 4.0 * Double(width) + 3
    #expect(head.section == .backward)
    #expect(
      head.shares == [
        .forward: forward / (forward + backward),
        .backward: backward / (forward + backward),
      ])
    let sections = Graph.Section.allCases.map { program.duration(of: $0) }
    let total = program.timings.reduce(Duration.zero) { $0 + $1.duration }
    // Products of a duration and a share are rounded to attoseconds.
    let difference = total - sections.reduce(.zero, +)
    #expect(max(difference, .zero - difference) < .nanoseconds(1))
    #expect(sections[0] > .zero && sections[1] > .zero && sections[2] == .zero)
  }
}
