// B sequences in a batch, T tokens in a sequence.

package import GraphLanguage
package import Graphs
package import PluginSDK

/// The extents of a batch.
package struct BatchShape: Hashable, Sendable {
  /// B.
  package var sequences: Int
  /// T.
  package var context: Int

  package init(sequences: Int, context: Int) {
    self.sequences = sequences
    self.context = context
  }

  /// [B, T].
  package var shape: Shape { [sequences, context] }

  /// B · T.
  package var tokens: Int { sequences * context }
}

/// The names of the inputs and outputs of the graphs that training runs.
package enum GraphName {
  /// [B, T] int32.
  package static let tokens = "tokens"
  /// [B, T] int32; negative where not scored.
  package static let targets = "targets"
  /// [] float32: the number of targets that are scored.
  package static let scored = "scored"
  /// [] float32.
  package static let learningRate = "learning_rate"
  /// [] float32: 1 in the first update.
  package static let step = "step"
  /// [] float32: mean over the scored targets, nats a token.
  package static let loss = "loss"
  /// [] float32: the global norm of the gradient before clipping.
  package static let gradientNorm = "gradient_norm"
  /// [B] float32: the sum over each sequence's scored targets, nats.
  package static let sequenceLosses = "sequence_losses"

  /// The name of the sum of a parameter's gradients over the micro-batches of a step.
  package static func accumulator(of parameter: String) -> String {
    "\(parameter)/accumulated gradient"
  }

  /// The name of an optimizer's state tensor of a parameter.
  package static func state(_ state: String, of parameter: String) -> String {
    "\(parameter)/\(state)"
  }
}

/// The programs of a run: those that update the parameters, and one that measures them.
///
/// `@unchecked Sendable`: nothing is added to a graph any more.
package struct TrainingGraphs: @unchecked Sendable {
  /// Inputs tokens, targets, scored, learning rate and step; outputs loss and gradient norm.
  ///
  /// Where one of these is not finite, nothing is updated. Where there is an accumulation, that is run instead.
  package let step: Graph
  /// The step cut into micro-batches; nil where a batch is run at once.
  package let accumulation: GradientAccumulation?
  /// Inputs tokens and targets; output the loss of each sequence.
  package let evaluation: Graph
  package let batch: BatchShape
  package let evaluationBatch: BatchShape
  /// The floating-point operations of one update, multiply and add as two.
  ///
  /// They are those of the batch at once: what an update costs a model does not depend on how its
  /// memory is saved.
  package let stepFLOPs: Int
  /// The floating-point operations of one evaluation batch.
  package let evaluationFLOPs: Int

  /// Describes a model's training step and evaluation.
  ///
  /// - Parameters:
  ///   - architecture: The model.
  ///   - optimizer: How its parameters are updated.
  ///   - batch: What one update reads.
  ///   - microBatch: The sequences that one forward and backward pass reads; nil for all of the
  ///     batch.
  ///   - evaluationBatch: What one run of the evaluation reads.
  ///   - clip: The greatest global norm of the gradient; nil for no clipping.
  /// - Throws: ``TrainingError`` with `model`, in the words of the plugin or of the graph.
  /// - Precondition: The batch is a whole number of micro-batches.
  package init(
    architecture: any Architecture, optimizer: any Optimizer, batch: BatchShape,
    microBatch: Int? = nil, evaluationBatch: BatchShape, clip: Double?
  ) throws(TrainingError) {
    self.batch = batch
    self.evaluationBatch = evaluationBatch
    do {
      step = try Self.trainingStep(architecture, optimizer, batch, clip: clip)
      accumulation = try microBatch.map {
        try GradientAccumulation(
          architecture, optimizer, batch, microBatch: $0, clip: clip)
      }
      evaluation = try Self.evaluation(architecture, evaluationBatch)
      stepFLOPs = try step.pruned().cost.totalFLOPs
      try step.guardUpdates(
        against: step.outputs.filter { [GraphName.loss, GraphName.gradientNorm].contains($0.name) }
          .map(\.value))
      evaluationFLOPs = try evaluation.pruned().cost.totalFLOPs
    } catch let error as PluginError {
      throw TrainingError(.model, error.description)
    } catch {
      throw TrainingError(.model, "\(error)")
    }
  }

  /// The parameters, then the optimizer's states: what a checkpoint holds.
  package var variables: [Variable] { step.variables }

  /// What a session holds: also the sums of gradients, which are empty between updates.
  package var sessionVariables: [Variable] { variables + (accumulation?.accumulators ?? []) }

  /// What a session runs.
  package var programs: [Graph] {
    (accumulation.map { [$0.gradients, $0.update] } ?? [step]) + [evaluation]
  }

  /// The parameters in the order of their declaration.
  package var parameters: [Variable] { step.variables.filter(\.isParameter) }

  private static func trainingStep(
    _ architecture: any Architecture, _ optimizer: any Optimizer, _ batch: BatchShape,
    clip: Double?
  ) throws -> Graph {
    let graph = Graph()
    let gradients = try gradients(of: architecture, batch, in: graph)
    try addUpdates(by: optimizer, gradients, clip: clip, to: graph)
    return graph
  }

  /// Adds the model with its inputs, the loss as an output, and the gradient of each parameter.
  ///
  /// The loss is the sum over the batch's tokens divided by the input `scored`, so that losses and
  /// gradients of the parts of a batch add up to those of the whole.
  static func gradients(
    of architecture: any Architecture, _ batch: BatchShape, in graph: Graph
  ) throws -> [Value] {
    let losses = try tokenLosses(of: architecture, batch, in: graph)
    let scored = graph.addInput(GraphName.scored, .scalar, .float32)
    let total = try graph.add(.reduce(.sum, axes: [0]), losses)
    let loss = try graph.apply(.divide, total, scored)
    graph.addOutput(GraphName.loss, loss)
    return try graph.gradients(of: loss, withRespectTo: graph.variableValues)
  }

  /// Adds the norm of the gradients as an output, clipping, and the update of each parameter.
  ///
  /// - Parameters:
  ///   - optimizer: Describes the update.
  ///   - gradients: Of each parameter; the parameters are the graph's first variables.
  ///   - clip: The greatest global norm of the gradient; nil for no clipping.
  ///   - graph: Gets the inputs learning rate and step, and the optimizer's states.
  /// - Throws: ``TrainingError``, or the error of the optimizer or the graph.
  static func addUpdates(
    by optimizer: any Optimizer, _ gradients: [Value], clip: Double?, to graph: Graph
  ) throws {
    graph.section = .update
    let learningRate = graph.addInput(GraphName.learningRate, .scalar, .float32)
    let step = graph.addInput(GraphName.step, .scalar, .float32)
    let norm = try globalNorm(of: gradients, in: graph)
    graph.addOutput(GraphName.gradientNorm, norm)
    var gradients = gradients
    if let clip { gradients = try clipped(gradients, norm, to: Float(clip), in: graph) }

    graph.acceptsParameters = false
    for (index, gradient) in gradients.enumerated() {
      try update(
        graph.variables[index], at: index, value: graph.variableValues[index], gradient: gradient,
        step: step, learningRate: learningRate, by: optimizer, in: graph)
    }
  }

  private static func evaluation(
    _ architecture: any Architecture, _ batch: BatchShape
  ) throws -> Graph {
    let graph = Graph()
    let losses = try tokenLosses(of: architecture, batch, in: graph)
    let rows = try graph.reshape(losses, batch.shape)
    graph.addOutput(
      GraphName.sequenceLosses, try graph.add(.reduce(.sum, axes: [1]), rows))
    return graph
  }

  /// Adds the model with its two inputs; gives [B · T] float32.
  private static func tokenLosses(
    of architecture: any Architecture, _ batch: BatchShape, in graph: Graph
  ) throws -> Value {
    let tokens = graph.addInput(GraphName.tokens, batch.shape, .int32)
    let targets = graph.addInput(GraphName.targets, batch.shape, .int32)
    let losses = try architecture.describe(tokens: tokens, targets: targets, in: graph)
    guard graph.contains(losses), losses.shape == [batch.tokens], losses.elementType == .float32
    else {
      throw TrainingError(
        .model,
        "the architecture gives a loss of shape \(losses.shape) and type \(losses.elementType) "
          + "for tokens \(batch.shape); it must be [\(batch.tokens)] float32, one for each token")
    }
    guard !graph.variables.isEmpty else {
      throw TrainingError(.model, "the architecture declares no parameters to train")
    }
    return losses
  }

  private static func globalNorm(of gradients: [Value], in graph: Graph) throws -> Value {
    var total: Value?
    for gradient in gradients {
      let squares = try graph.product(gradient, gradient)
      let axes = Array(0..<gradient.shape.rank)
      let sum = axes.isEmpty ? squares : try graph.add(.reduce(.sum, axes: axes), squares)
      total = try total.map { try graph.sum($0, sum) } ?? sum
    }
    return try graph.apply(.squareRoot, try total ?? graph.constant(0))
  }

  /// Scales the gradients by limit / max(norm, limit): by exactly 1 where the norm is within it.
  private static func clipped(
    _ gradients: [Value], _ norm: Value, to limit: Float, in graph: Graph
  ) throws -> [Value] {
    let bounded = try graph.apply(.maximum, norm, limit)
    let scale = try graph.apply(.divide, try graph.constant(limit), bounded)
    return try gradients.map { try graph.product($0, scale) }
  }

  private static func update(
    _ parameter: Variable, at index: Int, value: Value, gradient: Value, step: Value,
    learningRate: Value, by optimizer: any Optimizer, in graph: Graph
  ) throws {
    let info = ParameterInfo(
      name: parameter.name, shape: parameter.shape, decays: parameter.decays)
    var states: [Value] = []
    var places: [Int] = []
    for state in try optimizer.states(for: info) {
      places.append(graph.variables.count)
      states.append(
        try graph.addVariable(
          Variable(
            name: GraphName.state(state.name, of: parameter.name), shape: state.shape,
            initializer: .constant(state.initialValue), decays: false, isParameter: false)))
    }
    let results = try optimizer.describe(
      UpdateInputs(
        parameter: value, gradient: gradient, states: states, step: step,
        learningRate: learningRate),
      of: info, in: graph)
    guard results.states.count == places.count else {
      throw TrainingError(
        .model,
        "the optimizer gives \(results.states.count) states for '\(parameter.name)' where it "
          + "declared \(places.count)")
    }
    try graph.addUpdate(index, results.parameter)
    for (place, state) in zip(places, results.states) { try graph.addUpdate(place, state) }
  }
}
