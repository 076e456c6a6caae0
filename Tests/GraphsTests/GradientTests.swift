import GraphLanguage
import Graphs
import ReferenceEngine
import Testing

struct GradientTests {
  /// Central differences in float64 with a step of 1e-5: their own error is about the step squared
  /// and the unit round-off over the step, some 1e-10, so 1e-6 leaves room for large curvature.
  private let tolerance = 1e-6

  @Test(arguments: OperationCase.all, [1, 2, 3, 4] as [UInt64])
  func everyGradientMeetsFiniteDifferences(_ example: OperationCase, seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let (operation, types) = example.make(&random)
    let tensors = types.map {
      random.tensor($0, reals: example.reals, integers: example.integers)
    }
    try expectGradientsMeetFiniteDifferences(tensors, types, random: &random) { graph, values in
      try graph.add(operation, values, at: SourceLocation(""))
    }
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func gradientsAddUpOverEveryUse(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let types = [TensorType([2, 3]), TensorType([3])]
    let tensors = types.map { random.tensor($0, reals: -2...2, integers: 0...0) }
    try expectGradientsMeetFiniteDifferences(tensors, types, random: &random) { graph, values in
      // One value as both inputs of a composite, used again before and after it.
      let gated = try graph.add(.swiGLU, values[0], values[0])
      let normal = try graph.add(.rmsNorm(epsilon: 0.1), gated, values[1])
      let shifted = try graph.sum(normal, values[1])
      return try graph.product(shifted, graph.apply(.sine, values[0]))
    }
  }

  @Test func secondDerivativeOfDecomposedGraphMeetsFiniteDifferences() throws {
    var random = SeededGenerator(seed: 5)
    let type = TensorType([2, 3])
    let point = random.tensor(type, reals: -1...1, integers: 0...0)
    let first = Graph()
    let x = first.addInput("0", type.shape, .float32)
    let loss = try first.add(
      .reduce(.sum, axes: [0, 1]), first.product(first.add(.softmax, x), x))
    first.addOutput("result", try first.gradients(of: loss, withRespectTo: [x])[0])

    let probe = random.tensor(type, reals: -1...1, integers: 0...0)
    let decomposed = try first.decomposed()
    let total = try decomposed.add(
      .reduce(.sum, axes: [0, 1]),
      decomposed.product(
        decomposed.outputs[0].value, decomposed.addInput("1", type.shape, .float32)))
    let second = try decomposed.gradients(
      of: total, withRespectTo: [decomposed.inputs[0].value])[0]
    decomposed.addOutput("second", second)
    let results = try ReferenceInterpreter(decomposed).run(
      inputs: ["0": point.elements, "1": probe.elements])
    let derived = try #require(results.outputs["second"])
    for place in point.elements.indices {
      let expected = try difference(at: place, of: point) { moved in
        zip(try first.evaluate([moved]).elements, probe.elements).reduce(0) { $0 + $1.0 * $1.1 }
      }
      #expect(abs(derived.elements[place] - expected) <= tolerance)
    }
  }

  @Test func undecomposedGradientIsNotDifferentiatedAgain() throws {
    let graph = Graph()
    let x = graph.addInput("x", [3], .float32)
    let loss = try graph.add(.reduce(.sum, axes: [0]), graph.add(.gelu, x))
    let gradient = try graph.gradients(of: loss, withRespectTo: [x])[0]
    let norm = try graph.add(.reduce(.sum, axes: [0]), gradient)
    let error = #expect(throws: GraphError.self) {
      try graph.gradients(of: norm, withRespectTo: [x])
    }
    #expect(try #require(error).message.contains("decompose the graph"))
  }

  @Test func unconnectedValuesHaveZeroGradients() throws {
    let graph = Graph()
    let x = graph.addInput("0", [2], .float32)
    let unused = graph.addInput("1", [2, 2], .float32)
    let loss = try graph.add(.reduce(.sum, axes: [0]), x)
    let gradient = try graph.gradients(of: loss, withRespectTo: [unused])[0]
    #expect(graph.producer(of: gradient).operation == .language(.constant(0, [2, 2])))
  }

  @Test func lossItselfHasGradientOne() throws {
    let graph = Graph()
    let loss = try graph.add(.reduce(.sum, axes: [0]), graph.addInput("0", [2], .float32))
    let gradient = try graph.gradients(of: loss, withRespectTo: [loss])[0]
    #expect(graph.producer(of: gradient).operation == .language(.constant(1, .scalar)))
  }

  @Test(
    arguments: [
      ([3, 1, 3, 2], [0.5, 0, 0.5, 0]), ([1, 1, 1, 1], [0.25, 0.25, 0.25, 0.25]),
      ([4, 1, 3, 2], [1, 0, 0, 0]),
    ] as [([Double], [Double])])
  func tiedLargestElementsShareTheGradient(_ elements: [Double], _ expected: [Double]) throws {
    let graph = Graph()
    let x = graph.addInput("0", [4], .float32)
    let loss = try graph.add(.reduce(.largest, axes: [0]), x)
    graph.addOutput("result", try graph.gradients(of: loss, withRespectTo: [x])[0])
    #expect(try graph.evaluate([ReferenceTensor([4], elements)]).elements == expected)
  }

  @Test func powerHasGradientsAtZero() throws {
    let graph = Graph()
    let x = graph.addInput("0", [3], .float32)
    let y = graph.addInput("1", [3], .float32)
    let loss = try graph.add(.reduce(.sum, axes: [0]), graph.apply(.power, x, y))
    let gradients = try graph.gradients(of: loss, withRespectTo: [x, y])
    graph.addOutput("result", try graph.add(.concatenate(axis: 0), gradients[0], gradients[1]))
    let result = try graph.evaluate([
      ReferenceTensor([3], [0, 0, 2]), ReferenceTensor([3], [0, 2, 0]),
    ])
    // 0⁰ and 2⁰ do not change with their base; 0^y does not change with y.
    #expect(result.elements.prefix(5) == [0, 0, 0, 0, 0])
  }

  @Test func lossThatIsNotScalarIsRefused() throws {
    let graph = Graph()
    let x = graph.addInput("x", [3], .float32)
    let error = #expect(throws: GraphError.self) {
      try graph.gradients(of: x, withRespectTo: [x])
    }
    #expect(try #require(error).message.contains("[3] must be a float32 scalar"))
  }

  @Test func integersHaveNoGradient() throws {
    let graph = Graph()
    let table = graph.addInput("table", [3], .float32)
    let index = graph.addInput("index", .scalar, .int32)
    let loss = try graph.add(.gather, table, index)
    #expect(throws: GraphError.self) { try graph.gradients(of: loss, withRespectTo: [index]) }
  }

  /// Compares the derivative of a random projection of a result with finite differences.
  private func expectGradientsMeetFiniteDifferences(
    _ tensors: [ReferenceTensor], _ types: [TensorType], random: inout SeededGenerator,
    _ describe: (Graph, [Value]) throws -> Value
  ) throws {
    let graph = Graph()
    let values = types.enumerated().map { place, type in
      graph.addInput("\(place)", type.shape, type.elementType)
    }
    let result = try describe(graph, values)
    let probe = random.tensor(result.type, reals: -1...1, integers: 0...0)
    let probeValue = graph.addInput("\(types.count)", probe.shape, .float32)
    let loss = try graph.add(
      .reduce(.sum, axes: Array(0..<probe.shape.rank)), graph.product(result, probeValue))
    graph.addOutput("result", loss)
    let forward = try graph.pruned()
    let floats = types.indices.filter { types[$0].elementType == .float32 }
    let gradients = try graph.gradients(of: loss, withRespectTo: floats.map { values[$0] })
    for (place, gradient) in zip(floats, gradients) {
      #expect(gradient.shape == types[place].shape)
      graph.addOutput("gradient \(place)", gradient)
    }
    let named = (tensors + [probe]).enumerated().map { ("\($0)", $1.elements) }
    let results = try ReferenceInterpreter(graph).run(
      inputs: Dictionary(uniqueKeysWithValues: named))
    for input in floats {
      let derived = try #require(results.outputs["gradient \(input)"]).elements
      for place in derived.indices {
        let expected = try difference(at: place, of: tensors[input]) { moved in
          var inputs = tensors + [probe]
          inputs[input] = moved
          return try forward.evaluate(inputs).elements[0]
        }
        #expect(
          abs(derived[place] - expected) <= tolerance * (1 + abs(expected)),
          "input \(input), element \(place)")
      }
    }
  }

  /// The derivative of a function by one element, by central differences.
  private func difference(
    at place: Int, of point: ReferenceTensor, _ function: (ReferenceTensor) throws -> Double
  ) throws -> Double {
    let step = 1e-5
    var (above, below) = (point, point)
    above.elements[place] += step
    below.elements[place] -= step
    return (try function(above) - function(below)) / (2 * step)
  }
}
