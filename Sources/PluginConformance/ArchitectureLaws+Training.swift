// V ids in the vocabulary.

import Glibc
import GraphLanguage
import Graphs
import PluginSDK

/// What every architecture promises of the numbers that its graph computes.
extension PluginLaw {
  /// How far a fresh model may be from log V: a nat, where a uniform guess has 4.1.
  ///
  /// Usual initializers come within a tenth; a table drawn with deviation 0.3 adds half a nat.
  private static let freshTolerance: Float = 1

  static let startsNearUniform: PluginLaw = law(
    .architecture, "fresh-loss", "A fresh model knows nothing: its mean loss is near log V."
  ) { subject in
    let vocabulary = Subject<any ArchitectureFactory>.dimensions.vocabulary
    var seen: [String] = []
    for target in Subject<any ArchitectureFactory>.targets {
      let described = try DescribedModel(
        try subject.model(near: target), sequences: 4, context: 16)
      _ = try described.addMeanLoss()
      var random = subject.random("fresh \(target)")
      let program = try described.program(on: subject.settings.engine, random: random).program
      let outputs = try program.run(described.batch(vocabulary: vocabulary, random: &random))
      let loss = try outputs.floats("loss")[0]
      let uniform = Float(log(Double(vocabulary)))
      try require(
        abs(loss - uniform) <= freshTolerance,
        "a fresh model of about \(target) parameters has a loss of \(loss) nats; log V is "
          + "\(uniform), and it may be \(freshTolerance) away")
      seen.append("\(loss)")
    }
    return .kept("\(seen.joined(separator: ", ")) nats, log V is \(log(Double(vocabulary)))")
  }

  static let gradientsReachAll: PluginLaw = law(
    .architecture, "gradients",
    "The loss depends on every parameter, and all its derivatives are finite."
  ) { subject in
    let vocabulary = Subject<any ArchitectureFactory>.dimensions.vocabulary
    let described = try DescribedModel(try subject.model(), sequences: 4, context: 16)
    let graph = described.graph
    try require(!graph.variables.isEmpty, "the model declares no parameters to train")
    let loss = try described.addMeanLoss()
    let gradients = try graph.gradients(of: loss, withRespectTo: graph.variableValues)
    for (variable, gradient) in zip(graph.variables, gradients) {
      if case .language(.constant) = graph.producer(of: gradient).operation {
        throw Breach("the loss does not depend on '\(variable.name)' \(variable.shape)")
      }
      graph.addOutput("gradient of \(variable.name)", gradient)
    }
    var random = subject.random("gradients")
    let program = try described.program(on: subject.settings.engine, random: random).program
    let outputs = try program.run(described.batch(vocabulary: vocabulary, random: &random))
    for variable in graph.variables {
      let elements = try outputs.floats("gradient of \(variable.name)")
      if let wrong = elements.first(where: { !$0.isFinite }) {
        throw Breach("the derivative by '\(variable.name)' holds \(wrong)")
      }
    }
    return .kept("\(graph.variables.count) parameters, all reached")
  }

  /// Halving the loss of 32 tokens in 200 steps asks little: a model that learns ends far below.
  static let learnsOneBatch: PluginLaw = law(
    .architecture, "overfits-one-batch",
    "Trained on one batch over and over, a model halves its loss."
  ) { subject in
    let vocabulary = Subject<any ArchitectureFactory>.dimensions.vocabulary
    let described = try DescribedModel(try subject.model(), sequences: 2, context: 16)
    let graph = described.graph
    let loss = try described.addMeanLoss()
    let parameters = graph.variableValues
    let gradients = try graph.gradients(of: loss, withRespectTo: parameters)
    for (place, gradient) in gradients.enumerated() {
      try AdamStep.add(to: graph, parameter: place, gradient: gradient)
    }
    var random = subject.random("batch")
    let program = try described.program(on: subject.settings.engine, random: random).program
    var inputs = described.batch(vocabulary: vocabulary, random: &random)
    var losses: [Float] = []
    for step in 1...200 {
      inputs[AdamStep.rate] = .float32([AdamStep.correctedRate(step: step)])
      losses.append(try program.run(inputs).floats("loss")[0])
      guard let last = losses.last, last.isFinite else {
        throw Breach("the loss is not finite after \(step) steps on one batch")
      }
    }
    try require(
      losses[199] < 0.5 * losses[0],
      "after 200 steps on one batch the loss is \(losses[199]) nats, from \(losses[0])")
    return .kept("from \(losses[0]) to \(losses[199]) nats in 200 steps")
  }
}

/// A step of Adam (Kingma and Ba 2015, arXiv 1412.6980, algorithm 1), to learn a batch by heart.
private enum AdamStep {
  /// The name of the input with the learning rate, [] float32.
  static let rate = "rate"
  private static let (beta1, beta2): (Float, Float) = (0.9, 0.99)

  /// The learning rate with both corrections of the bias (section 2, last lines).
  static func correctedRate(step: Int) -> Float {
    let correction = (1 - pow(beta2, Float(step))).squareRoot() / (1 - pow(beta1, Float(step)))
    return 0.01 * correction
  }

  /// Adds the update of one parameter with its two moments.
  static func add(to graph: Graph, parameter place: Int, gradient: Value) throws {
    let parameter = graph.variables[place]
    func moment(_ name: String, _ beta: Float, _ new: Value) throws -> Value {
      let index = graph.variables.count
      let old = try graph.addVariable(
        Variable(
          name: "\(parameter.name)/\(name)", shape: parameter.shape, initializer: .constant(0),
          decays: false, isParameter: false))
      let mean = try graph.sum(
        try graph.apply(.multiply, old, beta), try graph.apply(.multiply, new, 1 - beta))
      try graph.addUpdate(index, mean)
      return mean
    }
    let first = try moment("first", beta1, gradient)
    let second = try moment("second", beta2, try graph.product(gradient, gradient))
    let scale = try graph.apply(.add, try graph.apply(.squareRoot, second), 1e-8)
    let rateValue =
      graph.inputs.first { $0.name == rate }?.value
      ?? graph.addInput(rate, .scalar, .float32)
    let move = try graph.product(try graph.apply(.divide, first, scale), rateValue)
    try graph.addUpdate(
      place, try graph.apply(.subtract, graph.variableValues[place], move))
  }
}
