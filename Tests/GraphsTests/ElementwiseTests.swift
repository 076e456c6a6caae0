import GraphLanguage
import Graphs
import Testing

/// Machine code in a graph: what it takes, and what rewrites make of it.
@Suite struct ElementwiseTests {
  private static func function(
    _ name: String = "code", identity: String = "1"
  ) -> ElementwiseFunction {
    unsafe ElementwiseFunction(
      name: name, identity: identity, updatedCount: 1, readCount: 1, scalarCount: 1,
      isConcurrent: true
    ) { _ throws(ElementwiseFailure) in }
  }

  private let graph = Graph()
  private let x: Value
  private let y: Value
  private let rate: Value

  init() throws {
    x = graph.addInput("x", [2, 3], .float32)
    y = graph.addInput("y", [2, 3], .float32)
    rate = graph.addInput("rate", .scalar, .float32)
  }

  private func apply(
    _ updated: [Value], _ read: [Value], _ scalars: [Value],
    by function: ElementwiseFunction = Self.function()
  ) throws(GraphError) -> [Value] {
    try graph.apply(
      function, updating: updated, reading: read, scalars: scalars, at: SourceLocation("here"))
  }

  private func refusal(_ updated: [Value], _ read: [Value], _ scalars: [Value]) -> String? {
    do throws(GraphError) {
      _ = try apply(updated, read, scalars)
      return nil
    } catch {
      return error.description
    }
  }

  @Test func whatDoesNotFitIsRefused() throws {
    let narrow = graph.addInput("narrow", [2], .float32)
    let ids = graph.addInput("ids", [2, 3], .int32)
    #expect(
      refusal([x, y], [], [rate])
        == "code: takes 1 tensors to update, 1 to read and 1 scalars, not 2, 0 and 1 (at here)")
    for (read, scalar) in [(narrow, rate), (ids, rate), (y, y)] {
      let message = refusal([x], [read], [scalar])
      #expect(
        message?.contains("takes float32 tensors of one shape, then float32 scalars []") ?? false)
    }
    let other = Graph().addInput("other", [2, 3, 4], .float32)
    #expect(refusal([x], [other], [rate])?.contains("is not a value of this graph") ?? false)
  }

  @Test func rewritesKeepItAndMergeTheSame() throws {
    let first = try apply([x], [y], [rate])[0]
    let again = try apply([x], [y], [rate])[0]
    let another = try apply([x], [y], [rate], by: Self.function(identity: "2"))[0]
    _ = try apply([y], [x], [rate])
    graph.addOutput("sum", try graph.sum(try graph.sum(first, again), another))
    func calls(_ graph: Graph) -> Int {
      graph.nodes.count { if case .elementwise = $0.operation { true } else { false } }
    }
    #expect(calls(graph) == 4)
    #expect(calls(try graph.pruned()) == 3)
    #expect(calls(try graph.simplified()) == 2)
    #expect(calls(try graph.decomposed()) == 4)
  }

  @Test func itHasNoDerivative() throws {
    let result = try apply([x], [y], [rate])[0]
    let loss = try graph.add(.reduce(.sum, axes: [0, 1]), result)
    let error = #expect(throws: GraphError.self) {
      try graph.gradients(of: loss, withRespectTo: [x])
    }
    #expect(error?.message.contains("depends on code, of which no derivative is known") ?? false)
  }

  @Test func aGuardedVariableIsUpdatedByOneNode() throws {
    let variable = try graph.addVariable(
      Variable(
        name: "v", shape: [2, 3], initializer: .constant(0), decays: false, isParameter: true))
    try graph.addUpdate(0, try apply([variable], [y], [rate])[0])
    try graph.guardUpdates(against: [rate])
    let live = try graph.pruned().nodes.map(\.operation)
    #expect(live.contains(.elementwise(Self.function(), isGuarded: true)))
    #expect(!live.contains(.elementwise(Self.function(), isGuarded: false)))
    #expect(!live.contains(.language(.select)))
  }

  /// New elements of something else become the variable's: the old ones are not the function's.
  @Test func whatReplacesAnotherTensorIsChosenFromAfterwards() throws {
    _ = try graph.addVariable(
      Variable(
        name: "v", shape: [2, 3], initializer: .constant(0), decays: false, isParameter: true))
    try graph.addUpdate(0, try apply([x], [y], [rate])[0])
    try graph.guardUpdates(against: [rate])
    #expect(try graph.pruned().nodes.map(\.operation).contains(.language(.select)))
  }
}
