package import GraphLanguage
package import PluginSDK

/// Adam with decoupled weight decay.
///
/// Loshchilov and Hutter 2019, arXiv 1711.05101, algorithm 2, with the decay scaled by the learning
/// rate as in the field's implementations: θ ← θ − η (m̂ / (√v̂ + ε) + λ θ). The decay acts only on
/// parameters that declare it.
package struct AdamW: OptimizerPlugin {
  let beta1: Float
  let beta2: Float
  let epsilon: Float
  let weightDecay: Float

  package static let options: [OptionDeclaration] = [
    OptionDeclaration(
      "beta1", .real(0...0.999_999), .defaulted(.real(0.9)),
      help: "How much of the mean gradient is kept from step to step."),
    OptionDeclaration(
      "beta2", .real(0...0.999_999), .defaulted(.real(0.95)),
      help: "How much of the mean squared gradient is kept from step to step."),
    OptionDeclaration(
      "epsilon", .real(1e-30...1), .defaulted(.real(1e-8)),
      help: "What is added to the root of the mean squared gradient."),
    OptionDeclaration(
      "weight_decay", .real(0...1), .defaulted(.real(0.1)),
      help: "How much of a matrix decays in a step, times the learning rate."),
  ]

  package init(options: OptionValues, host: any HostServices) throws(PluginError) {
    beta1 = Float(try options.requiredReal("beta1"))
    beta2 = Float(try options.requiredReal("beta2"))
    epsilon = Float(try options.requiredReal("epsilon"))
    weightDecay = Float(try options.requiredReal("weight_decay"))
  }

  package func states(for parameter: ParameterInfo) -> [OptimizerState] {
    [
      OptimizerState("first_moment", parameter.shape, initialValue: 0),
      OptimizerState("second_moment", parameter.shape, initialValue: 0),
    ]
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
}

extension AdamW {
  private func update(
    _ inputs: UpdateInputs, decays: Bool, in graph: any GraphBuilder
  ) throws(GraphError) -> UpdateResults {
    let (gradient, rate) = (inputs.gradient, inputs.learningRate)
    let first = try mean(inputs.states[0], gradient, beta1, in: graph)
    let second = try mean(
      inputs.states[1], try graph.product(gradient, gradient), beta2, in: graph)

    // One division for the whole tensor, not one for each element.
    let correction2 = try graph.apply(
      .divide, try graph.constant(1), try correction(beta2, step: inputs.step, in: graph))
    let corrected = try graph.product(second, correction2)
    let scale = try graph.apply(
      .add, try graph.apply(.squareRoot, corrected), epsilon)
    let stride = try graph.apply(
      .divide, rate, try correction(beta1, step: inputs.step, in: graph))
    let move = try graph.apply(.divide, try graph.product(first, stride), scale)

    var kept = inputs.parameter
    if decays && weightDecay > 0 {
      let decay = try graph.apply(.multiply, rate, -weightDecay)
      kept = try graph.product(kept, try graph.apply(.add, decay, 1))
    }
    return UpdateResults(
      parameter: try graph.apply(.subtract, kept, move), states: [first, second])
  }

  /// β mean + (1 − β) new.
  private func mean(
    _ mean: Value, _ new: Value, _ beta: Float, in graph: any GraphBuilder
  ) throws(GraphError) -> Value {
    try graph.sum(
      try graph.apply(.multiply, mean, beta), try graph.apply(.multiply, new, 1 - beta))
  }

  /// 1 − βᵗ, a scalar.
  ///
  /// With x = t log β it is computed as −(eˣ + 1) tanh(x / 2), which keeps its precision where βᵗ is
  /// near 1.
  private func correction(
    _ beta: Float, step: Value, in graph: any GraphBuilder
  ) throws(GraphError) -> Value {
    guard beta > 0 else { return try graph.constant(1) }
    let exponent = try graph.product(
      step, try graph.apply(.logarithm, try graph.constant(beta)))
    let power = try graph.apply(.add, try graph.apply(.exponential, exponent), 1)
    let half = try graph.apply(.tanh, try graph.apply(.multiply, exponent, 0.5))
    return try graph.apply(.negate, try graph.product(power, half))
  }
}
