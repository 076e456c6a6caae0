package import GraphLanguage
package import PluginSDK

/// What ``MomentumOptimizer`` does, by machine code over elements: the same operations, each rounded
/// in the same place, so the same bits.
package struct ElementwiseMomentum: Optimizer {
  package let momentum: Float
  package let isConcurrent: Bool
  /// The step in which it says that it fails, once it has written.
  package let failingStep: Int?

  package init(momentum: Float, isConcurrent: Bool = true, failingStep: Int? = nil) {
    self.momentum = momentum
    self.isConcurrent = isConcurrent
    self.failingStep = failingStep
  }

  package func states(for parameter: ParameterInfo) -> [OptimizerState] {
    [OptimizerState("velocity", parameter.shape, initialValue: 0)]
  }

  package func describe(
    _ inputs: UpdateInputs, of parameter: ParameterInfo, in graph: any GraphBuilder
  ) throws(PluginError) -> UpdateResults {
    guard let graph = graph as? any ElementwiseGraphBuilder else {
      throw PluginError(.unsupported, "not the host's graph")
    }
    do throws(GraphError) {
      let results = try graph.apply(
        function, updating: [inputs.parameter, inputs.states[0]], reading: [inputs.gradient],
        scalars: [inputs.learningRate, inputs.step], at: SourceLocation("momentum"))
      return UpdateResults(parameter: results[0], states: [results[1]])
    } catch {
      throw PluginError(error)
    }
  }

  private var function: ElementwiseFunction {
    unsafe ElementwiseFunction(
      name: "momentum", identity: "\(momentum)", updatedCount: 2, readCount: 1, scalarCount: 2,
      isConcurrent: isConcurrent
    ) { [momentum, failingStep] chunk throws(ElementwiseFailure) in
      let (parameter, velocity) = unsafe (chunk.updated[0], chunk.updated[1])
      for place in unsafe 0..<chunk.count {
        let kept = unsafe velocity[place] * momentum
        unsafe velocity[place] = kept + chunk.read[0][place]
        let change = unsafe velocity[place] * chunk.scalars[0]
        unsafe parameter[place] -= change
      }
      if let failingStep, unsafe chunk.scalars[1] == Float(failingStep) {
        throw ElementwiseFailure("step \(failingStep) is one too many")
      }
    }
  }
}
