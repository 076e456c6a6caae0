import GraphLanguage
import Graphs
import Testing

struct GraphBuildingTests {
  @Test func parametersAreTrainedVariablesFoundByName() throws {
    let graph = Graph()
    let weight = try graph.parameter("weight", [2, 3], .constant(1), decays: true)
    #expect(graph.variables.map(\.isParameter) == [true])
    #expect(graph.value(ofVariable: "weight") == weight)
    #expect(graph.index(ofVariable: "weight") == 0)
    #expect(graph.value(ofVariable: "bias") == nil)
    #expect(graph.producer(of: weight).operation == .variable(0))
  }

  @Test func takenNameIsRefusedWithItsPlace() throws {
    let graph = Graph()
    _ = try graph.parameter("weight", [2, 3], .constant(1), decays: true)
    let error = #expect(throws: GraphError.self) {
      try graph.parameter("weight", [4], .constant(1), decays: true)
    }
    let description = try #require(error).description
    #expect(description.contains("'weight' [4]"))
    #expect(description.contains("taken by one of shape [2, 3]"))
    #expect(description.contains("GraphBuildingTests.swift"))
  }

  @Test(arguments: [
    ParameterDeclaration("", [2], .constant(0), decays: false),
    ParameterDeclaration("w", [1 << 20, 1 << 20], .constant(0), decays: false),
    ParameterDeclaration("w", [2], .constant(.nan), decays: false),
    ParameterDeclaration("w", [2], .normal(mean: 0, standardDeviation: -1), decays: false),
    ParameterDeclaration("w", [2], .uniform(1, -1), decays: false),
  ])
  func impossibleParametersAreRefused(_ declaration: ParameterDeclaration) {
    #expect(throws: GraphError.self) {
      try Graph().parameter(declaration, at: SourceLocation(""))
    }
  }

  @Test func parametersAreRefusedWhereNoneAreAccepted() throws {
    let graph = Graph()
    graph.acceptsParameters = false
    let error = #expect(throws: GraphError.self) {
      try graph.parameter("weight", [2], .constant(1), decays: true)
    }
    #expect(try #require(error).message.contains("'weight'"))
  }

  @Test(arguments: [
    Value(id: 7, shape: [2], elementType: .float32),
    Value(id: -1, shape: [2], elementType: .float32),
    Value(id: 0, shape: [3], elementType: .float32),
    Value(id: 0, shape: [2], elementType: .int32),
  ])
  func valuesOfOtherGraphsAreRefused(_ stranger: Value) throws {
    let graph = Graph()
    _ = graph.addInput("x", [2], .float32)
    let error = #expect(throws: GraphError.self) { try graph.add(.gelu, stranger) }
    #expect(try #require(error).message.contains("gelu: input 0"))
  }

  @Test func updateMustHaveTheVariablesShapeAndHappenOnce() throws {
    let graph = Graph()
    let weight = try graph.parameter("weight", [2], .constant(1), decays: true)
    let scalar = try graph.constant(0)
    let error = #expect(throws: GraphError.self) { try graph.addUpdate(0, scalar) }
    #expect(try #require(error).message.contains("'weight': the new content []"))
    try graph.addUpdate(0, weight)
    #expect(throws: GraphError.self) { try graph.addUpdate(0, weight) }
  }

  @Test func cotangentMustHaveTheResultsShape() throws {
    let graph = Graph()
    let x = graph.addInput("x", [2], .float32)
    let cotangent = try graph.constant(1, [3])
    let error = #expect(throws: GraphError.self) {
      try graph.addGradient(of: .gelu, [x], cotangent: cotangent, at: SourceLocation(""))
    }
    #expect(try #require(error).message.contains("gradient of gelu: the cotangent [3]"))
  }

  @Test func gradientNodeHasAResultForEachRealInput() throws {
    let graph = Graph()
    let x = graph.addInput("x", [4, 3], .float32)
    let weight = try graph.parameter("weight", [5, 3], .constant(1), decays: true)
    let targets = graph.addInput("targets", [4], .int32)
    let results = try graph.addGradient(
      of: .linearCrossEntropy, [x, weight, targets], cotangent: graph.constant(1, [4]),
      at: SourceLocation(""))
    #expect(results.map(\.shape) == [[4, 3], [5, 3]])
    #expect(results.map { graph.producers[Int($0.id)] } == [4, 4])
  }
}
