import Pipelines
package import PluginSDK

/// One size of the ladder with the architecture that the plugin chose for it.
package struct LadderModel: Sendable {
  /// What the pipeline calls it: `60k`, the name of a shape, or `as written`.
  package let size: String
  /// The architecture's options, complete.
  package let options: OptionValues
  package let architecture: any Architecture
  package let parameters: ParameterCount
  /// N by the pipeline's counting.
  package let counted: Int
}

extension LadderModel {
  /// The models of a pipeline, in the order of its ladder.
  ///
  /// - Throws: ``ExperimentError`` with `pipeline` if two sizes come out as the same model; the
  ///   architecture's own error.
  static func ladder(
    of model: ModelDeclaration, factory: any ArchitectureFactory, vocabulary: Int
  ) throws -> [LadderModel] {
    let dimensions = ModelDimensions(vocabulary: vocabulary, context: model.context)
    var models: [LadderModel] = []
    for size in model.ladder {
      var options = model.use.options
      switch size {
      case .near(let target):
        options = options.merging(
          try factory.shape(near: target, options: options, dimensions: dimensions))
      case .shape(_, let shape): options = options.merging(shape)
      case .asWritten: break
      }
      let architecture = try factory.make(options: options, dimensions: dimensions)
      let count = try architecture.parameterCount
      let next = LadderModel(
        size: size.label, options: options, architecture: architecture, parameters: count,
        counted: model.counting == .total ? count.total : count.nonEmbedding)
      if let twin = models.first(where: { $0.options == options }) {
        throw ExperimentError(
          .pipeline,
          "the sizes \(twin.size) and \(next.size) of the ladder give the same model of "
            + "\(count.nonEmbedding) non-embedding parameters; leave one out, or put them further "
            + "apart")
      }
      guard next.counted > 0 else {
        throw ExperimentError(
          .pipeline,
          "the model of size \(next.size) has \(count.nonEmbedding) non-embedding parameters; "
            + "count all of them (counting: total) or choose a larger size")
      }
      models.append(next)
    }
    return models
  }
}
