import GraphLanguage
import PluginSDK

/// Hands the optimizer to the host.
@c(lion_entry)
public func entry(_ host: CHost?, _ plugin: CPlugin?, _ error: CErrorSlot?) -> CStatus {
  unsafe exportOptimizer(Lion.self, host, plugin, error)
}

/// Evolved sign momentum: every element moves by the learning rate, up or down.
///
///     c ← beta1 m + (1 − beta1) g
///     p ← p − rate (sign(c) + decay p)
///     m ← beta2 m + (1 − beta2) g
///
/// Chen et al. 2023, arXiv 2302.06675, algorithm 2. It keeps half the state of Adam and wants a learning
/// rate three to ten times smaller. The decay acts only on parameters that declare it.
struct Lion: OptimizerPlugin {
  private let beta1: Float
  private let beta2: Float
  private let weightDecay: Float

  static let options: [OptionDeclaration] = [
    OptionDeclaration(
      "beta1", .real(0...0.999_999), .defaulted(.real(0.9)),
      help: "How much of the momentum goes into the direction of a move."),
    OptionDeclaration(
      "beta2", .real(0...0.999_999), .defaulted(.real(0.99)),
      help: "How much of the momentum is kept from step to step."),
    OptionDeclaration(
      "weight_decay", .real(0...10), .defaulted(.real(0.3)),
      help: "How much of a matrix decays in a step, times the learning rate."),
  ]

  init(options: OptionValues, host: any HostServices) throws(PluginError) {
    beta1 = Float(try options.requiredReal("beta1"))
    beta2 = Float(try options.requiredReal("beta2"))
    weightDecay = Float(try options.requiredReal("weight_decay"))
  }

  func states(for parameter: ParameterInfo) -> [OptimizerState] {
    [OptimizerState("momentum", parameter.shape, initialValue: 0)]
  }

  func describe(
    _ inputs: UpdateInputs, of parameter: ParameterInfo, in graph: any GraphBuilder
  ) throws(PluginError) -> UpdateResults {
    do throws(GraphError) {
      let momentum = inputs.states[0]
      let blend = try mean(momentum, inputs.gradient, beta1, in: graph)
      var direction = try graph.apply(.sign, blend)
      if parameter.decays && weightDecay > 0 {
        let decay = try graph.apply(.multiply, inputs.parameter, weightDecay)
        direction = try graph.sum(direction, decay)
      }
      let move = try graph.product(direction, inputs.learningRate)
      return UpdateResults(
        parameter: try graph.apply(.subtract, inputs.parameter, move),
        states: [try mean(momentum, inputs.gradient, beta2, in: graph)])
    } catch {
      throw PluginError(error)
    }
  }

  /// β mean + (1 − β) new.
  private func mean(
    _ mean: Value, _ new: Value, _ beta: Float, in graph: any GraphBuilder
  ) throws(GraphError) -> Value {
    try graph.sum(
      try graph.apply(.multiply, mean, beta), try graph.apply(.multiply, new, 1 - beta))
  }
}
