import CPUEngine
import GraphLanguage
import Graphs
import PluginSDK
import TestModels
import Testing
import Training

@Suite struct NonFiniteTests {
  private static let tokens: [Int32] = [0, 1, 2, 3, 4, 0, 2, 3, 4, 0, 1, 2]
  private static let targets: [Int32] = [1, 2, 3, 4, 0, 1, 3, 4, 0, 1, 2, 3]

  private static func batch(scored: Int = 12, step: Int = 1) -> UpdateBatch {
    UpdateBatch(
      tokens: tokens, targets: targets, scored: scored, learningRate: 0.3, step: step)
  }

  private static func programs(
    microBatch: Int?, clip: Double?, recomputes: Bool = false
  ) throws -> (TrainingPrograms, TrainingGraphs) {
    let graphs = try TinyRun.graphs(rows: 2, microBatch: microBatch, clip: clip)
    let programs = try TrainingPrograms(
      graphs, CompileOptions(recomputes: recomputes), on: TinyRun.engine)
    let draw = ParameterInitialization(seed: 3)
    for variable in graphs.variables {
      try programs.session.write(
        variable.name,
        draw.elements(of: variable.name, shape: variable.shape, variable.initializer))
    }
    return (programs, graphs)
  }

  @Test(arguments: [nil, 1], [nil, 1.0])
  func updateThatIsNotFiniteChangesNothing(microBatch: Int?, clip: Double?) throws {
    let (programs, graphs) = try Self.programs(microBatch: microBatch, clip: clip)
    _ = try programs.update(Self.batch())
    func content() throws -> [[Float]] {
      try graphs.variables.map { try programs.session.read($0.name) }
    }
    let before = try content()
    // A mean over no targets.
    let result = try programs.update(Self.batch(scored: 0, step: 2))
    #expect(!result.loss.isFinite && !result.gradientNorm.isFinite)
    #expect(try content() == before)

    let (twin, _) = try Self.programs(microBatch: microBatch, clip: clip)
    _ = try twin.update(Self.batch())
    let expected = try twin.update(Self.batch(step: 2))
    #expect(try programs.update(Self.batch(step: 2)) == expected)
  }

  @Test(arguments: [nil, 1], [false, true])
  func firstOperationIsNamed(microBatch: Int?, recomputes: Bool) throws {
    let (programs, graphs) = try Self.programs(
      microBatch: microBatch, clip: 1, recomputes: recomputes)
    #expect(try programs.firstNonFinite(Self.batch()) == nil)

    let division = try #require(try programs.firstNonFinite(Self.batch(scored: 0)))
    #expect(division.operation == "divide")
    #expect(division.shape == .scalar)
    #expect(division.section == .forward)

    // Weights whose products are beyond what float32 holds.
    let hidden = try #require(graphs.variables.first { $0.name == "hidden" })
    let large = [Float](repeating: 3e38, count: hidden.shape.elementCount)
    try programs.session.write("embedding", [Float](repeating: 3e38, count: 24))
    try programs.session.write("hidden", large)
    let product = try #require(try programs.firstNonFinite(Self.batch()))
    #expect(product.operation == "matrixProduct")
    #expect(product.shape == [graphs.evaluationBatch.tokens, 4])
    #expect(product.location.description.contains("TinyArchitecture.swift:"))

    try programs.session.write("hidden", large.map { _ in .nan })
    let variable = try #require(try programs.firstNonFinite(Self.batch()))
    #expect(variable.operation == "variable 'hidden'")
  }

  @Test func probeLooksPastMeantInfinities() throws {
    let graph = Graph()
    let x = graph.addInput("x", [2, 3], .float32)
    let mask = graph.addInput("mask", [2, 3], .float32)
    let infinity = try graph.constant(-.infinity, [2, 3])
    let masked = try graph.add(.select, mask, x, infinity)
    graph.addOutput("y", try graph.apply(.logarithm, try graph.add(.softmax, masked)))
    let probe = try FinitenessProbe(graph)
    let program = try TinyRun.engine.makeSession([]).compile(
      probe.graph, CompileOptions())
    func first(_ mask: [Float]) throws -> String? {
      let outputs = try program.run([
        "x": .float32([1, 2, 3, 4, 5, 6]), "mask": .float32(mask),
      ])
      return probe.firstNonFinite(outputs)?.operation
    }
    #expect(try first([1, 1, 1, 1, 1, 1]) == nil)
    #expect(try first([1, 1, 0, 1, 1, 1]) == "logarithm")
  }
}
