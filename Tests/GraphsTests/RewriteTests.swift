import GraphLanguage
import Graphs
import ReferenceEngine
import Testing

struct RewriteTests {
  @Test func pruningKeepsInterfaceAndDropsTheRest() throws {
    let graph = Graph()
    let x = graph.addInput("0", [2], .float32)
    _ = graph.addInput("unused", [3], .int32)
    let weight = try graph.parameter("weight", [2], .constant(1), decays: true)
    _ = try graph.parameter("unread", [4], .constant(1), decays: true)
    _ = try graph.add(.gelu, x)
    let kept = try graph.sum(x, weight)
    graph.addOutput("result", kept)
    try graph.addUpdate(0, graph.product(kept, kept))
    let pruned = try graph.pruned()
    #expect(pruned.inputs.map(\.name) == ["0", "unused"])
    #expect(pruned.variables == graph.variables)
    #expect(pruned.outputs.map(\.name) == ["result"])
    #expect(pruned.updates.map(\.variable) == [0])
    #expect(
      languageOperations(pruned) == [.binary(.add), .binary(.multiply)])
  }

  @Test func equalNodesBecomeOne() throws {
    let graph = Graph()
    let x = graph.addInput("0", [2], .float32)
    let once = try graph.apply(.exponential, x)
    let again = try graph.apply(.exponential, x)
    graph.addOutput("result", try graph.product(once, again))
    #expect(
      languageOperations(try graph.simplified()) == [.unary(.exponential), .binary(.multiply)])
  }

  @Test func zeroAndNegativeZeroStayApart() throws {
    let graph = Graph()
    let x = graph.addInput("0", [2], .float32)
    graph.addOutput("zero", try graph.apply(.divide, x, 0))
    graph.addOutput("result", try graph.apply(.divide, x, -0.0))
    let simplified = try graph.simplified()
    #expect(simplified.outputs[0].value != simplified.outputs[1].value)
    let result = try simplified.evaluate([ReferenceTensor([2], [1, -1])])
    #expect(result.elements == [-.infinity, .infinity])
  }

  @Test(
    arguments: [
      .reshape([2, 3]), .broadcast(to: [2, 3], axes: [0, 1]), .transpose([0, 1]),
      .slice(starts: [0, 0], ends: [2, 3]), .pad(before: [0, 0], after: [0, 0]),
      .concatenate(axis: 0), .reduce(.sum, axes: []), .convert(.float32),
    ] as [Operation])
  func stepsThatChangeNothingGo(_ operation: Operation) throws {
    let graph = Graph()
    let x = graph.addInput("0", [2, 3], .float32)
    graph.addOutput("result", try graph.add(operation, x))
    let simplified = try graph.simplified()
    #expect(simplified.outputs[0].value == simplified.inputs[0].value)
  }

  @Test(
    arguments: [
      (.multiply, 1, true), (.divide, 1, true), (.subtract, 0, true),
      // -0 + 0 is 0, so adding 0 changes bits; -0 - -0 is 0.
      (.add, 0, false), (.subtract, -0.0, false), (.multiply, 0, false),
    ] as [(BinaryFunction, Float, Bool)])
  func arithmeticGoesOnlyWhereItIsExact(
    _ function: BinaryFunction, _ number: Float, _ goes: Bool
  ) throws {
    let graph = Graph()
    let x = graph.addInput("0", [2], .float32)
    graph.addOutput("result", try graph.apply(function, x, number))
    let simplified = try graph.simplified()
    #expect((simplified.outputs[0].value == simplified.inputs[0].value) == goes)
  }

  @Test func reshapesOfReshapesAndRearrangedConstantsAreOneNode() throws {
    let graph = Graph()
    let x = graph.addInput("0", [6], .float32)
    let reshaped = try graph.reshape(graph.reshape(x, [2, 3]), [3, 2])
    graph.addOutput("result", try graph.sum(reshaped, graph.constant(2)))
    #expect(
      languageOperations(try graph.simplified()) == [
        .reshape([3, 2]), .constant(2, [3, 2]), .binary(.add),
      ])
  }

  @Test(arguments: OperationCase.all, [11, 12] as [UInt64])
  func simplifiedGraphGivesTheSameNumbers(_ example: OperationCase, seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let (operation, types) = example.make(&random)
    let inputs = types.map {
      random.tensor($0, reals: example.reals, integers: example.integers)
    }
    let graph = Graph()
    let values = types.enumerated().map { place, type in
      graph.addInput("\(place)", type.shape, type.elementType)
    }
    let result = try graph.add(operation, values, at: SourceLocation(""))
    let loss = try graph.add(.reduce(.sum, axes: Array(0..<result.shape.rank)), result)
    let floats = values.filter { $0.elementType == .float32 }
    let gradient = try graph.gradients(of: loss, withRespectTo: floats).map {
      try graph.add(.reduce(.sum, axes: Array(0..<$0.shape.rank)), $0)
    }.reduce(loss) { try graph.sum($0, $1) }
    graph.addOutput("result", gradient)
    let expected = try graph.evaluate(inputs).elements
    #expect(try graph.simplified().evaluate(inputs).elements == expected)
    #expect(try graph.decomposed().simplified().evaluate(inputs).elements == expected)
  }

  /// The graph's operations, without its inputs and variables.
  private func languageOperations(_ graph: Graph) -> [Operation] {
    graph.nodes.compactMap { node in
      if case .language(let operation) = node.operation { operation } else { nil }
    }
  }
}
