import GraphLanguage
package import Graphs
import PluginSDK

/// A training step over a batch that is run in parts, so that a batch may be larger than memory.
///
/// The program `gradients` runs once for each micro-batch and adds its gradients to accumulators, one
/// for each parameter; then `update` clips and applies their sums and empties the accumulators. Each
/// micro-batch's loss is divided by the scored tokens of the whole batch, so the sums are the loss and
/// the gradient of the batch, up to the rounding of the additions.
package struct GradientAccumulation {
  /// Inputs tokens, targets and scored, the last of the whole batch; output the part of the loss.
  package let gradients: Graph
  /// Inputs loss, learning rate and step; output the gradient norm.
  ///
  /// Where loss or norm is not finite, only the accumulators are updated.
  package let update: Graph
  /// What one run of `gradients` reads.
  package let microBatch: BatchShape
  /// The sums of gradients, in the order of the parameters; zeros between updates.
  package let accumulators: [Variable]

  /// Describes the two programs.
  ///
  /// - Parameters:
  ///   - architecture: The model.
  ///   - optimizer: How its parameters are updated.
  ///   - batch: What one update reads.
  ///   - microBatch: The sequences of a micro-batch.
  ///   - clip: The greatest global norm of the gradient; nil for no clipping.
  /// - Throws: ``TrainingError``, or the error of the plugin or the graph.
  /// - Precondition: The batch is a whole number of micro-batches.
  init(
    _ architecture: any Architecture, _ optimizer: any Optimizer, _ batch: BatchShape,
    microBatch: Int, clip: Double?
  ) throws {
    precondition(
      microBatch > 0 && batch.sequences.isMultiple(of: microBatch),
      "a batch of \(batch.sequences) sequences in micro-batches of \(microBatch)")
    self.microBatch = BatchShape(sequences: microBatch, context: batch.context)

    gradients = Graph()
    let parts = try TrainingGraphs.gradients(of: architecture, self.microBatch, in: gradients)
    let parameters = gradients.variables
    accumulators = parameters.map { parameter in
      Variable(
        name: GraphName.accumulator(of: parameter.name), shape: parameter.shape,
        initializer: .constant(0), decays: false, isParameter: false)
    }
    gradients.section = .backward
    for (accumulator, part) in zip(accumulators, parts) {
      let place = gradients.variables.count
      let sum = try gradients.addVariable(accumulator)
      try gradients.addUpdate(place, try gradients.sum(sum, part))
    }

    update = Graph()
    update.section = .update
    for parameter in parameters { _ = try update.addVariable(parameter) }
    let first = parameters.count
    var sums: [Value] = []
    for accumulator in accumulators { sums.append(try update.addVariable(accumulator)) }
    try TrainingGraphs.addUpdates(by: optimizer, sums, clip: clip, to: update)
    let loss = update.addInput(GraphName.loss, .scalar, .float32)
    try update.guardUpdates(against: update.outputs.map(\.value) + [loss])
    for (place, accumulator) in accumulators.enumerated() {
      try update.addUpdate(first + place, try update.constant(0, accumulator.shape))
    }
  }
}
