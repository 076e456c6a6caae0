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
    let program = try session.compile(graph, CompileOptions(shards: 1))
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
}
