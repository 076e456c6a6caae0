import GraphLanguage
import PluginSDK

/// Hands the optimizer to the host.
@c(example_plugin_entry)
public func entry(_ host: CHost?, _ plugin: CPlugin?, _ error: CErrorSlot?) -> CStatus {
  unsafe exportOptimizer(MomentumOptimizer.self, host, plugin, error)
}

/// Gradient descent with momentum and decoupled weight decay.
///
///     v ← momentum v + g
///     p ← p (1 − rate decay) − rate v
///
/// After Loshchilov and Hutter 2019, arXiv 1711.05101, algorithm 1. The decay acts only on parameters
/// that declare it.
struct MomentumOptimizer: OptimizerPlugin {
  private let momentum: Float
  private let weightDecay: Float

  static let options: [OptionDeclaration] = [
    OptionDeclaration(
      "momentum", .real(0...0.999_999), .defaulted(.real(0.9)),
      help: "How much of the last move's direction is kept."),
    OptionDeclaration(
      "weight_decay", .real(0...1), .defaulted(.real(0.1)),
      help: "How much of a matrix decays in a step, times the learning rate."),
  ]

  init(options: OptionValues, host: any HostServices) throws(PluginError) {
    momentum = Float(try options.requiredReal("momentum"))
    weightDecay = Float(try options.requiredReal("weight_decay"))
  }

  func states(for parameter: ParameterInfo) -> [OptimizerState] {
    [OptimizerState("velocity", parameter.shape, initialValue: 0)]
  }

  func describe(
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
    let rate = inputs.learningRate
    let kept = try graph.apply(.multiply, inputs.states[0], momentum)
    let velocity = try graph.sum(kept, inputs.gradient)
    var parameter = inputs.parameter
    if decays && weightDecay > 0 {
      let decay = try graph.apply(.multiply, rate, -weightDecay)
      parameter = try graph.product(parameter, try graph.apply(.add, decay, 1))
    }
    let move = try graph.product(velocity, rate)
    return UpdateResults(
      parameter: try graph.apply(.subtract, parameter, move), states: [velocity])
  }
}
