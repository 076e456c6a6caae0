import GraphLanguage
import PluginBridges
import PluginConformance
import PluginSDK

/// Gradient descent with a velocity that is half forgotten in each step, with a fault.
struct FaultyOptimizer: Optimizer {
  enum Fault: CaseIterable, Sendable {
    case none, losesState, changesItsMind, climbs, remembersItsMaking, drifts, dividesByGradient
    case mindsItsNeighbours
  }

  let fault: Fault
  let calls: Counter
  /// The number of instances made before this one.
  let place: Int

  func states(for parameter: ParameterInfo) -> [OptimizerState] {
    [OptimizerState("velocity", parameter.shape, initialValue: 0)]
  }

  func describe(
    _ inputs: UpdateInputs, of parameter: ParameterInfo, in graph: any GraphBuilder
  ) throws(PluginError) -> UpdateResults {
    do throws(GraphError) {
      if fault == .mindsItsNeighbours { return try foreign(inputs, in: graph) }
      return try update(inputs, in: graph)
    } catch {
      throw PluginError(error)
    }
  }

  private func update(
    _ inputs: UpdateInputs, in graph: any GraphBuilder
  ) throws(GraphError) -> UpdateResults {
    var velocity = try graph.sum(
      try graph.apply(.multiply, inputs.states[0], 0.5), inputs.gradient)
    switch fault {
    case .changesItsMind:
      velocity = try graph.apply(.multiply, velocity, 1 + Float(calls.next()))
    case .remembersItsMaking:
      velocity = try graph.apply(.multiply, velocity, 1 + Float(place))
    case .dividesByGradient:
      velocity = try graph.sum(
        velocity,
        try graph.apply(
          .divide, try graph.product(inputs.gradient, inputs.gradient), inputs.gradient))
    default: break
    }
    let move = try graph.product(velocity, inputs.learningRate)
    var moved = try graph.apply(
      fault == .climbs ? .add : .subtract, inputs.parameter, move)
    if fault == .drifts { moved = try graph.apply(.add, moved, 1e-3) }
    return UpdateResults(parameter: moved, states: fault == .losesState ? [] : [velocity])
  }
}

extension FaultyOptimizer {
  /// An update by machine code in which the last element of what it is given counts twice.
  private func foreign(
    _ inputs: UpdateInputs, in graph: any GraphBuilder
  ) throws(GraphError) -> UpdateResults {
    let function = unsafe ElementwiseFunction(
      name: "neighbours", identity: "1", updatedCount: 2, readCount: 1, scalarCount: 1,
      isConcurrent: true
    ) { chunk throws(ElementwiseFailure) in
      let (parameter, velocity) = unsafe (chunk.updated[0], chunk.updated[1])
      for place in unsafe 0..<chunk.count {
        unsafe velocity[place] = 0.5 * velocity[place] + chunk.read[0][place]
        unsafe parameter[place] -=
          chunk.scalars[0] * velocity[place] * (place == chunk.count - 1 ? 2 : 1)
      }
    }
    guard let graph = graph as? any ElementwiseGraphBuilder else {
      return try update(inputs, in: graph)
    }
    let results = try graph.apply(
      function, updating: [inputs.parameter] + inputs.states, reading: [inputs.gradient],
      scalars: [inputs.learningRate], at: SourceLocation(""))
    return UpdateResults(parameter: results[0], states: [results[1]])
  }
}

/// Makes optimizers with a fault.
struct FaultyOptimizerFactory: OptimizerFactory {
  let fault: FaultyOptimizer.Fault
  let identity = PluginIdentity.direct("faulty-optimizer", .optimizer)
  let options: [OptionDeclaration] = []
  private let made = Counter()
  private let calls = Counter()

  init(fault: FaultyOptimizer.Fault) { self.fault = fault }

  func make(options: OptionValues) throws(PluginError) -> any Optimizer {
    _ = try options.completed(by: self.options)
    return FaultyOptimizer(fault: fault, calls: calls, place: made.next())
  }

  private static func broken(
    _ law: String, by fault: FaultyOptimizer.Fault, mentions mention: String
  ) -> LawCase {
    LawCase(law, "\(fault)", .optimizer(Self(fault: fault)), mentions: mention)
  }

  static let cases = [
    broken("optimizer.states", by: .losesState, mentions: "declares 1 states and gives 0"),
    broken("optimizer.pure", by: .changesItsMind, mentions: "described again"),
    broken("optimizer.pure", by: .remembersItsMaking, mentions: "by another instance"),
    broken("optimizer.descends", by: .climbs, mentions: "came to"),
    broken("optimizer.continues", by: .remembersItsMaking, mentions: "went on from update 4"),
    broken("optimizer.rests", by: .drifts, mentions: "with a gradient of 0"),
    broken("optimizer.finite", by: .dividesByGradient, mentions: "gradients of about 0.0"),
    broken(
      "optimizer.elementwise", by: .mindsItsNeighbours, mentions: "element 0 of the parameter"),
  ]
}
