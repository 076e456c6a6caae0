import GraphLanguage
import Graphs
import PluginSDK
import Testing
import Training

/// The models and optimizers compute what PyTorch computes with modules of its own.
struct GoldenTests {
  @Test(arguments: GoldenCase.names, Arithmetic.all)
  func lossesAndGradientsAreThoseOfPyTorch(name: String, arithmetic: Arithmetic) throws {
    let golden = try GoldenCase.read(name)
    let graph = try Self.gradientGraph(of: golden)
    var prepared = try arithmetic.prepare(graph, Self.content)
    let results = try prepared.run(Self.batch(of: golden))

    let tolerance = Self.tolerance(golden, arithmetic)
    let losses = try #require(results["losses"])
    try #require(losses.count == golden.tokenLosses.count)
    for (loss, expected) in zip(losses, golden.tokenLosses) {
      #expect(abs(loss - expected) <= tolerance * max(1, expected))
    }
    #expect(Set(graph.variables.map(\.name)) == Set(golden.gradients.keys))
    // A gradient that is nought by symmetry, as that of the keys' bias, is noise of the others' size.
    let size = try #require(golden.steps.first).gradientNorm
    for (name, expected) in golden.gradients {
      expect(try #require(results[name]), expected, within: tolerance * size, name)
    }
  }

  @Test(arguments: GoldenCase.names, Arithmetic.all)
  func trainingFollowsPyTorch(name: String, arithmetic: Arithmetic) throws {
    let golden = try GoldenCase.read(name)
    let batch = BatchShape(sequences: golden.sequences, context: golden.positions)
    let graphs = try TrainingGraphs(
      architecture: golden.makeArchitecture(), optimizer: golden.makeOptimizer(), batch: batch,
      evaluationBatch: batch, clip: golden.schedule.clip)
    var prepared = try arithmetic.prepare(graphs.step, Self.content)

    // Five steps on one batch let a deviation of the first grow, most where a gradient is near 0.
    let tolerance = 10 * Self.tolerance(golden, arithmetic)
    var inputs = Self.batch(of: golden)
    inputs[GraphName.scored] = .float32([Float(golden.scored)])
    for (index, expected) in golden.steps.enumerated() {
      inputs[GraphName.learningRate] = .float32([Float(golden.schedule.learningRates[index])])
      inputs[GraphName.step] = .float32([Float(index + 1)])
      let results = try prepared.run(inputs)
      let loss = try #require(results[GraphName.loss]?.first)
      let norm = try #require(results[GraphName.gradientNorm]?.first)
      #expect(abs(loss - expected.loss) <= tolerance * expected.loss, "loss \(index)")
      #expect(
        abs(norm - expected.gradientNorm) <= tolerance * expected.gradientNorm, "norm \(index)")
    }
    for (name, expected) in golden.trained {
      expect(try prepared.read(name), expected, within: tolerance * expected.norm, name)
    }
  }

  @Test func someStepsOfEachLengthAreClipped() throws {
    let isClipped = try GoldenCase.names.flatMap { name in
      let golden = try GoldenCase.read(name)
      return golden.steps.map { $0.gradientNorm > golden.schedule.clip }
    }
    #expect(isClipped.contains(true) && isClipped.contains(false))
  }

  /// What the two sides may differ by, relative to the numbers' size.
  private static func tolerance(_ golden: GoldenCase, _ arithmetic: Arithmetic) -> Double {
    switch arithmetic {
    case .reference where golden.model.plugin == "gpt2":
      // The graph states the constants of the GELU in float32: 2⁻²⁵ off, in each layer.
      1e-7
    case .reference:
      // Both in float64, whose roundings are 2⁻⁵³: some hundreds of them in a row.
      1e-13
    case .engine:
      // Roundings of 2⁻²⁴, over sums of some dozens of numbers.
      2e-6
    }
  }

  private static func gradientGraph(of golden: GoldenCase) throws -> Graph {
    let graph = Graph()
    let shape: Shape = [golden.sequences, golden.positions]
    let tokens = graph.addInput(GraphName.tokens, shape, .int32)
    let targets = graph.addInput(GraphName.targets, shape, .int32)
    let losses = try golden.makeArchitecture().describe(
      tokens: tokens, targets: targets, in: graph)
    graph.addOutput("losses", losses)
    let loss = try graph.apply(
      .divide, graph.add(.reduce(.sum, axes: [0]), losses),
      graph.constant(Float(golden.scored)))
    let gradients = try graph.gradients(of: loss, withRespectTo: graph.variableValues)
    for (variable, gradient) in zip(graph.variables, gradients) {
      graph.addOutput(variable.name, gradient)
    }
    return graph
  }

  private static func batch(of golden: GoldenCase) -> [String: TensorData] {
    [GraphName.tokens: .int32(golden.tokens), GraphName.targets: .int32(golden.targets)]
  }

  /// The golden content of a parameter; noughts for an optimizer's state.
  private static func content(of variable: Variable) -> [Float] {
    let count = variable.shape.elementCount
    return variable.isParameter
      ? goldenContent(of: variable.name, count: count) : Array(repeating: 0, count: count)
  }

  private func expect(
    _ elements: [Double], _ expected: GoldenCase.Summary, within tolerance: Double, _ name: String
  ) {
    let norm = elements.reduce(0) { $0 + $1 * $1 }.squareRoot()
    #expect(abs(norm - expected.norm) <= tolerance, "\(name)")
    #expect(!expected.entries.isEmpty)
    for (place, entry) in expected.entries {
      let element = Int(place).flatMap { elements.indices.contains($0) ? elements[$0] : nil }
      #expect(abs((element ?? .infinity) - entry) <= tolerance, "\(name)[\(place)]")
    }
  }
}
