import Glibc
import GraphLanguage
import Graphs
import ReferenceEngine
import Testing

struct DecompositionTests {
  /// The interpreter is float64, but the constants of a decomposition (1/K, ε, base^(-2i/K)) are
  /// float32 with a unit round-off of 6e-8; a few of them meet in one result.
  private let tolerance = 2e-6

  @Test(arguments: OperationCase.composites, [1, 2, 3, 4, 5] as [UInt64])
  func decompositionsEqualDirectFormulas(_ example: OperationCase, seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let (operation, types) = example.make(&random)
    let inputs = types.map {
      random.tensor($0, reals: example.reals, integers: example.integers)
    }
    let result = try evaluate(operation, inputs)
    let expected = try #require(directFormula(operation, inputs))
    #expect(result.shape == expected.shape)
    for (element, direct) in zip(result.elements, expected.elements) {
      #expect(abs(element - direct) <= tolerance * (1 + abs(direct)))
    }
  }

  @Test(arguments: OperationCase.composites, [7] as [UInt64])
  func decomposedGraphHasPrimitivesAloneAndTheSameInterface(
    _ example: OperationCase, seed: UInt64
  ) throws {
    var random = SeededGenerator(seed: seed)
    let (operation, types) = example.make(&random)
    let graph = Graph()
    let values = types.enumerated().map { place, type in
      graph.addInput("\(place)", type.shape, type.elementType)
    }
    let result = try graph.add(operation, values, at: SourceLocation("model.swift:7"))
    graph.addOutput("result", result)
    let cotangent = graph.addInput("cotangent", result.shape, .float32)
    let gradients = try graph.addGradient(
      of: operation, values, cotangent: cotangent, at: SourceLocation("model.swift:7"))
    for (place, gradient) in gradients.enumerated() { graph.addOutput("\(place)", gradient) }

    let decomposed = try graph.decomposed()
    #expect(decomposed.inputs.map(\.name) == graph.inputs.map(\.name))
    #expect(decomposed.outputs.map(\.name) == graph.outputs.map(\.name))
    #expect(decomposed.outputs.map(\.value.type) == graph.outputs.map(\.value.type))
    for node in decomposed.nodes {
      switch node.operation {
      case .language(let operation):
        #expect(!operation.isComposite)
        #expect(node.location.description == "model.swift:7")
      case .gradient: Issue.record("\(node.operation.name) was not decomposed")
      case .variable, .input, .elementwise: break
      }
    }
  }

  @Test func decompositionIsNamedByPlace() throws {
    let graph = try Graph.decomposition(
      of: .swiGLU, inputs: [TensorType([2, 3]), TensorType([2, 3])])
    #expect(graph.inputs.map(\.name) == ["0", "1"])
    #expect(graph.outputs.map(\.name) == ["result"])
  }

  @Test(arguments: [1e4, -1e4, 700])
  func crossEntropyAndSoftmaxStandLargeLogits(offset: Double) throws {
    let logits = ReferenceTensor([1, 3], [offset, offset + 1, offset + 2])
    let nats = try evaluate(.crossEntropy, [logits, ReferenceTensor([1], [2])]).elements[0]
    #expect(abs(nats - log(1 + exp(-1.0) + exp(-2.0))) < 1e-9)
    let weights = try evaluate(.softmax, [logits]).elements
    #expect(abs(weights.reduce(0, +) - 1) < 1e-9)
  }

  @Test func negativeTargetsScoreNothingAndGiveNoGradient() throws {
    let graph = Graph()
    let logits = graph.addInput("0", [2, 3], .float32)
    let targets = graph.addInput("1", [2], .int32)
    let nats = try graph.add(.crossEntropy, logits, targets)
    let loss = try graph.add(.reduce(.sum, axes: [0]), nats)
    graph.addOutput("nats", nats)
    graph.addOutput("gradient", try graph.gradients(of: loss, withRespectTo: [logits])[0])
    let results = try ReferenceInterpreter(graph).run(
      inputs: ["0": [1, 2, 3, 4, 5, 6], "1": [-1, 0]])
    let output = try #require(results.outputs["nats"])
    let gradient = try #require(results.outputs["gradient"])
    #expect(output.elements[0] == 0)
    #expect(output.elements[1] > 2)
    #expect(gradient.elements[..<3] == [0, 0, 0])
    #expect(gradient.elements[3] < 0)
  }

  @Test func attentionReadsNeitherTheFutureNorOtherDocuments() throws {
    var random = SeededGenerator(seed: 3)
    let type = TensorType([1, 5, 2, 2])
    let query = random.tensor(type, reals: -1...1, integers: 0...0)
    let documents = ReferenceTensor([1, 5], [4, 4, 9, 9, 9])
    func attend(_ keys: ReferenceTensor) throws -> [Double] {
      try evaluate(.causalAttention(scale: 1), [query, keys, keys, documents]).elements
    }
    let keys = random.tensor(type, reals: -1...1, integers: 0...0)
    let before = try attend(keys)
    for position in 0..<5 {
      var changed = keys
      for place in (position * 4)..<(position * 4 + 4) { changed.elements[place] += 1 }
      let after = try attend(changed)
      for reader in 0..<5 {
        let isRead =
          position <= reader && documents.elements[position] == documents.elements[reader]
        let row = (reader * 4)..<(reader * 4 + 4)
        #expect((before[row] != after[row]) == isRead, "\(reader) reads \(position)")
      }
    }
  }

  @Test func rotaryKeepsScoresThatDependOnDistanceAlone() throws {
    var random = SeededGenerator(seed: 9)
    let row = random.tensor(TensorType([4]), reals: -1...1, integers: 0...0)
    // The same features at every position: the product of two turned rows sees their distance only.
    let x = ReferenceTensor([1, 6, 1, 4]) { row[[$0[3]]] }
    for interleaved in [false, true] {
      let turned = try evaluate(.rotary(base: 50, interleaved: interleaved), [x])
      func score(_ s: Int, _ t: Int) -> Double {
        (0..<4).reduce(0) { $0 + turned[[0, s, 0, $1]] * turned[[0, t, 0, $1]] }
      }
      for distance in 1...3 {
        #expect(abs(score(0, distance) - score(2, 2 + distance)) < 1e-6)
      }
    }
  }
}
