package import GraphLanguage
package import PluginSDK

/// Stochastic gradient descent with momentum.
///
/// Sutskever et al. 2013, "On the importance of initialization and momentum in deep learning", in
/// the form of the field's implementations: v ← μ v + g, θ ← θ − η v, or with Nesterov's momentum
/// θ ← θ − η (g + μ v). The weight decay λ θ is added to the gradient of parameters that declare it.
package struct SGD: OptimizerPlugin {
  let momentum: Float
  let isNesterov: Bool
  let weightDecay: Float

  package static let options: [OptionDeclaration] = [
    OptionDeclaration(
      "momentum", .real(0...0.999_999), .defaulted(.real(0.9)),
      help: "How much of the last move's direction is kept; 0 keeps no state."),
    OptionDeclaration(
      "nesterov", .boolean, .defaulted(.boolean(false)),
      help: "Whether the momentum looks one step ahead; needs momentum above 0."),
    OptionDeclaration(
      "weight_decay", .real(0...1), .defaulted(.real(0)),
      help: "How much of a matrix is added to its gradient."),
  ]

  package init(options: OptionValues, host: any HostServices) throws(PluginError) {
    momentum = Float(try options.requiredReal("momentum"))
    isNesterov = try options.requiredBoolean("nesterov")
    weightDecay = Float(try options.requiredReal("weight_decay"))
    if isNesterov && momentum == 0 {
      throw PluginError(
        .invalidArgument, "nesterov looks ahead along the momentum, which is 0: set momentum too")
    }
  }

  package func states(for parameter: ParameterInfo) -> [OptimizerState] {
    momentum == 0 ? [] : [OptimizerState("velocity", parameter.shape, initialValue: 0)]
  }

  package func describe(
    _ inputs: UpdateInputs, of parameter: ParameterInfo, in graph: any GraphBuilder
  ) throws(PluginError) -> UpdateResults {
    do throws(GraphError) {
      return try update(inputs, decays: parameter.decays, in: graph)
    } catch {
      throw PluginError(error)
    }
  }

  private func update(
    _ inputs: UpdateInputs, decays: Bool, in graph: any GraphBuilder
  ) throws(GraphError) -> UpdateResults {
    var gradient = inputs.gradient
    if decays && weightDecay > 0 {
      gradient = try graph.sum(
        gradient, try graph.apply(.multiply, inputs.parameter, weightDecay))
    }
    var direction = gradient
    var states: [Value] = []
    if let last = inputs.states.first {
      let velocity = try graph.sum(try graph.apply(.multiply, last, momentum), gradient)
      states = [velocity]
      direction =
        isNesterov
        ? try graph.sum(gradient, try graph.apply(.multiply, velocity, momentum)) : velocity
    }
    let move = try graph.product(direction, inputs.learningRate)
    return UpdateResults(
      parameter: try graph.apply(.subtract, inputs.parameter, move), states: states)
  }
}
