import AdamW
import GraphLanguage
import Graphs
import PluginBridges
import PluginSDK
import ReferenceEngine
import SGD
import Testing

/// The update graphs of our optimizers compute what their papers say.
struct OptimizerTests {
  static let gradients: [[Double]] = [
    [0.5, -1, 2e-3], [0.25, 0, -1e-3], [-0.75, 3, 0], [0.1, 0.1, 1e-4], [0, -2, 5],
  ]

  /// Runs an optimizer over the gradients and returns the parameter after each step.
  private func trajectory(
    _ optimizer: any Optimizer, decays: Bool, rate: Double
  ) throws -> [[Double]] {
    let info = ParameterInfo(name: "weight", shape: [3], decays: decays)
    let declared = try optimizer.states(for: info)
    let graph = Graph()
    func input(_ name: String, _ shape: Shape) -> Value { graph.addInput(name, shape, .float32) }
    let results = try optimizer.describe(
      UpdateInputs(
        parameter: input("parameter", [3]), gradient: input("gradient", [3]),
        states: declared.map { input($0.name, $0.shape) }, step: input("step", .scalar),
        learningRate: input("rate", .scalar)),
      of: info, in: graph)
    graph.addOutput("parameter", results.parameter)
    for (state, value) in zip(declared, results.states) { graph.addOutput(state.name, value) }
    let interpreter = try ReferenceInterpreter(graph)
    var inputs: [String: [Double]] = ["parameter": [1, -2, 0.5], "rate": [rate]]
    for state in declared {
      inputs[state.name] = Array(
        repeating: Double(state.initialValue), count: state.shape.elementCount)
    }
    var trajectory: [[Double]] = []
    for (index, gradient) in Self.gradients.enumerated() {
      inputs["gradient"] = gradient
      inputs["step"] = [Double(index + 1)]
      let outputs = try interpreter.run(inputs: inputs).outputs
      for (name, tensor) in outputs { inputs[name] = tensor.elements }
      trajectory.append(inputs["parameter"] ?? [])
    }
    return trajectory
  }

  private func expectClose(_ values: [[Double]], _ expected: [[Double]]) {
    for (row, other) in zip(values, expected) {
      for (value, other) in zip(row, other) {
        // The coefficients are float32: a relative error of 2⁻²⁴ each, several of them a step.
        #expect(abs(value - other) < 1e-6 * max(1, abs(other)))
      }
    }
    #expect(values.count == expected.count)
  }

  /// Loshchilov and Hutter 2019, arXiv 1711.05101, algorithm 2, written with powers.
  private func adamW(
    beta1: Double, beta2: Double, epsilon: Double, decay: Double, rate: Double
  ) -> [[Double]] {
    var (theta, m, v) = ([1, -2, 0.5], [0.0, 0, 0], [0.0, 0, 0])
    var (power1, power2) = (1.0, 1.0)
    return Self.gradients.map { gradient in
      power1 *= beta1
      power2 *= beta2
      for index in theta.indices {
        m[index] = beta1 * m[index] + (1 - beta1) * gradient[index]
        v[index] = beta2 * v[index] + (1 - beta2) * gradient[index] * gradient[index]
        let mean = m[index] / (1 - power1)
        let scale = (v[index] / (1 - power2)).squareRoot() + epsilon
        let move = mean / scale
        theta[index] -= rate * (move + decay * theta[index])
      }
      return theta
    }
  }

  @Test(
    arguments: [
      (0.9, 0.95, 1e-8, 0.1), (0.9, 0.999, 1e-6, 0), (0, 0.5, 1e-3, 0.5), (0.5, 0, 1e-3, 0.01),
    ], [true, false])
  func adamWFollowsItsAlgorithm(
    settings: (Double, Double, Double, Double), decays: Bool
  ) throws {
    let (beta1, beta2, epsilon, decay) = settings
    let optimizer = try DirectOptimizerFactory(AdamW.self, name: "adamw").make(
      options: OptionValues([
        "beta1": .real(beta1), "beta2": .real(beta2), "epsilon": .real(epsilon),
        "weight_decay": .real(decay),
      ]))
    expectClose(
      try trajectory(optimizer, decays: decays, rate: 0.01),
      adamW(
        beta1: beta1, beta2: beta2, epsilon: epsilon, decay: decays ? decay : 0, rate: 0.01))
  }

  @Test func adamWDefaultsAreTheFields() throws {
    let optimizer = try DirectOptimizerFactory(AdamW.self, name: "adamw")
      .make(options: OptionValues())
    expectClose(
      try trajectory(optimizer, decays: true, rate: 0.01),
      adamW(beta1: 0.9, beta2: 0.95, epsilon: 1e-8, decay: 0.1, rate: 0.01))
  }

  @Test(arguments: [(0.0, false, 0.0), (0.9, false, 0.1), (0.9, true, 0.1), (0.5, true, 0)])
  func sgdFollowsItsFormula(momentum: Double, isNesterov: Bool, decay: Double) throws {
    let optimizer = try DirectOptimizerFactory(SGD.self, name: "sgd").make(
      options: OptionValues([
        "momentum": .real(momentum), "nesterov": .boolean(isNesterov),
        "weight_decay": .real(decay),
      ]))
    var (theta, velocity) = ([1, -2, 0.5], [0.0, 0, 0])
    let expected = Self.gradients.map { gradient in
      for index in theta.indices {
        let g = gradient[index] + decay * theta[index]
        velocity[index] = momentum * velocity[index] + g
        theta[index] -= 0.01 * (isNesterov ? g + momentum * velocity[index] : velocity[index])
      }
      return theta
    }
    expectClose(try trajectory(optimizer, decays: true, rate: 0.01), expected)
  }

  @Test func plainSGDKeepsNoState() throws {
    let optimizer = try DirectOptimizerFactory(SGD.self, name: "sgd")
      .make(options: OptionValues(["momentum": .real(0)]))
    let info = ParameterInfo(name: "weight", shape: [3], decays: true)
    #expect(try optimizer.states(for: info).isEmpty)
  }

  @Test func nesterovWithoutMomentumIsExplained() {
    #expect(throws: PluginError.self) {
      try DirectOptimizerFactory(SGD.self, name: "sgd")
        .make(options: OptionValues(["momentum": .real(0), "nesterov": .boolean(true)]))
    }
  }
}
