package import GraphLanguage
package import PluginSDK

/// Gradient descent with momentum: v = m v + g, then p - rate v.
package struct MomentumOptimizer: OptimizerPlugin {
  package static let options = [
    OptionDeclaration("momentum", .real(0...1), .defaulted(.real(0.9)), help: "m")
  ]

  package let momentum: Double

  package init(momentum: Double) { self.momentum = momentum }

  package init(options: OptionValues, host: any HostServices) throws(PluginError) {
    momentum = try options.requiredReal("momentum")
  }

  package func states(for parameter: ParameterInfo) -> [OptimizerState] {
    [OptimizerState("velocity", parameter.shape, initialValue: 0)]
  }

  package func describe(
    _ inputs: UpdateInputs, of parameter: ParameterInfo, in graph: any GraphBuilder
  ) throws(PluginError) -> UpdateResults {
    do throws(GraphError) {
      let kept = try graph.apply(.multiply, inputs.states[0], Float(momentum))
      let velocity = try graph.sum(kept, inputs.gradient)
      let change = try graph.product(velocity, inputs.learningRate)
      return UpdateResults(
        parameter: try graph.apply(.subtract, inputs.parameter, change), states: [velocity])
    } catch {
      throw PluginError(error)
    }
  }
}
