import GraphLanguage
import Graphs
import Testing

struct CostTests {
  @Test func matrixProductCountsTwoForEachMultiplyAndAdd() throws {
    let graph = Graph()
    let x = graph.addInput("x", [3, 5], .float32)
    let y = graph.addInput("y", [5, 7], .float32)
    _ = try graph.add(.matrixProduct(transposeLeft: false, transposeRight: false), x, y)
    #expect(
      graph.cost
        == GraphCost(
          matrixFLOPs: 2 * 3 * 5 * 7, bytesRead: 4 * (15 + 35), bytesWritten: 4 * 21))
  }

  @Test(arguments: [(false, false), (false, true), (true, false), (true, true)])
  func transposedProductsCountTheSame(_ left: Bool, _ right: Bool) throws {
    let graph = Graph()
    let x = graph.addInput("x", left ? [2, 5, 3] : [2, 3, 5], .float32)
    let y = graph.addInput("y", right ? [2, 7, 5] : [2, 5, 7], .float32)
    _ = try graph.add(.matrixProduct(transposeLeft: left, transposeRight: right), x, y)
    #expect(graph.cost.matrixFLOPs == 2 * 2 * 3 * 5 * 7)
  }

  @Test(arguments: [(1, 1, 1, 1, 4), (2, 5, 4, 2, 8), (1, 16, 6, 1, 2)])
  func attentionCountsItsTriangle(_ b: Int, _ t: Int, _ h: Int, _ g: Int, _ k: Int) throws {
    let graph = Graph()
    let query = graph.addInput("q", [b, t, h, k], .float32)
    let key = graph.addInput("k", [b, t, g, k], .float32)
    let value = graph.addInput("v", [b, t, g, k], .float32)
    let result = try graph.add(.causalAttention(scale: 1), query, key, value)
    var pairs = 0
    for reader in 0..<t { for source in 0..<t where source <= reader { pairs += b * h } }
    // Scores and mixing, each a multiply and an add for every feature of every pair.
    #expect(graph.cost.matrixFLOPs == pairs * k * 2 * 2)
    let before = graph.cost
    _ = try graph.addGradient(
      of: .causalAttention(scale: 1), [query, key, value], cotangent: result,
      at: SourceLocation(""))
    #expect(graph.cost.matrixFLOPs == 3 * before.matrixFLOPs)
    #expect(
      graph.cost.bytesRead - before.bytesRead == before.bytesRead + 4 * result.shape.elementCount)
  }

  /// The rule that training takes 6 N D, exact for linear layers whose input needs a gradient.
  @Test func linearTrainingCountsSixForEachParameterAndRow() throws {
    let graph = Graph()
    let table = try graph.parameter("table", [11, 5], .constant(0), decays: false)
    let tokens = graph.addInput("tokens", [4], .int32)
    let targets = graph.addInput("targets", [4], .int32)
    let hidden = try graph.parameter("hidden", [6, 5], .constant(0), decays: true)
    let output = try graph.parameter("output", [11, 6], .constant(0), decays: true)
    let x = try graph.linear(graph.add(.gather, table, tokens), hidden)
    let loss = try graph.add(
      .reduce(.sum, axes: [0]), graph.add(.linearCrossEntropy, x, output, targets))
    let forward = graph.cost
    _ = try graph.gradients(of: loss, withRespectTo: [table, hidden, output])
    let linearParameters = hidden.shape.elementCount + output.shape.elementCount
    #expect(forward.matrixFLOPs == 2 * linearParameters * 4)
    #expect(graph.cost.matrixFLOPs == 6 * linearParameters * 4)
    #expect(graph.parameterCount == 11 * 5 + linearParameters)
    #expect(graph.variableByteCount == 4 * graph.parameterCount)
  }

  @Test func logitsAreNeitherReadNorWritten() throws {
    let graph = Graph()
    let x = graph.addInput("x", [4, 3], .float32)
    let weight = graph.addInput("weight", [1000, 3], .float32)
    let targets = graph.addInput("targets", [4], .int32)
    _ = try graph.add(.linearCrossEntropy, x, weight, targets)
    #expect(graph.cost.bytes == 4 * (12 + 3000 + 4 + 4))
  }

  @Test func gatherReadsOnlyTheRowsItGives() throws {
    let graph = Graph()
    let table = graph.addInput("table", [1000, 8], .float32)
    _ = try graph.add(.gather, table, graph.addInput("indices", [3], .int32))
    #expect(graph.cost == GraphCost(bytesRead: 4 * (3 + 24), bytesWritten: 4 * 24))
  }

  @Test func elementwiseWorkIsCountedApart() throws {
    let graph = Graph()
    let x = graph.addInput("x", [2, 3], .float32)
    let y = try graph.apply(.exponential, graph.sum(x, x))
    _ = try graph.add(.reduce(.sum, axes: [0]), graph.reshape(y, [6]))
    #expect(graph.cost.elementwiseFLOPs == 3 * 6)
    #expect(graph.cost.matrixFLOPs == 0)
  }

  @Test(arguments: OperationCase.composites)
  func compositesAndTheirGradientsCostSomething(_ example: OperationCase) throws {
    var random = SeededGenerator(seed: 1)
    let (operation, types) = example.make(&random)
    let graph = Graph()
    let values = types.enumerated().map { place, type in
      graph.addInput("\(place)", type.shape, type.elementType)
    }
    let result = try graph.add(operation, values, at: SourceLocation(""))
    let forward = graph.cost
    _ = try graph.addGradient(of: operation, values, cotangent: result, at: SourceLocation(""))
    #expect(forward.elementwiseFLOPs >= values[0].shape.elementCount)
    #expect(graph.cost.elementwiseFLOPs >= forward.elementwiseFLOPs + values[0].shape.elementCount)
  }
}
