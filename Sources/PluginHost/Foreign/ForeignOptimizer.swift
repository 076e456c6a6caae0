import GraphLanguage
import PluginBridges
import PluginSDK

/// An optimizer whose update is a foreign function, called element by element.
struct ForeignOptimizer: Optimizer {
  private let open: OpenFunction
  private let update: ForeignFunction.Update
  private let options: [OptionValue]

  /// Makes the optimizer from complete options.
  ///
  /// - Throws: ``PluginError`` if a whole number does not fit the function's argument.
  init(
    _ open: OpenFunction, _ update: ForeignFunction.Update, options: OptionValues
  ) throws(PluginError) {
    self.open = open
    self.update = update
    self.options = update.values(of: options)
    for argument in update.function.arguments where argument.number == .i32 {
      guard case .option(let index) = argument.role,
        case .integer(let number) = self.options[index], Int32(exactly: number) == nil
      else { continue }
      throw PluginError(
        .invalidArgument,
        "the option '\(update.options[index].name)' is \(number), which an int32_t does not hold; "
          + "write a smaller one, or take an int64_t",
        plugin: open.function.name)
    }
  }

  func states(for parameter: ParameterInfo) -> [OptimizerState] {
    update.states.map { OptimizerState($0.name, parameter.shape, initialValue: $0.initialValue) }
  }

  func describe(
    _ inputs: UpdateInputs, of parameter: ParameterInfo, in graph: any GraphBuilder
  ) throws(PluginError) -> UpdateResults {
    guard let graph = graph as? any ElementwiseGraphBuilder else {
      throw PluginError(
        .unsupported, "a foreign update can be described to the host's own graph alone",
        plugin: open.function.name)
    }
    do throws(GraphError) {
      let results = try graph.apply(
        function(decays: parameter.decays), updating: [inputs.parameter] + inputs.states,
        reading: [inputs.gradient], scalars: [inputs.learningRate, inputs.step],
        at: SourceLocation(open.function.path))
      return UpdateResults(parameter: results[0], states: Array(results.dropFirst()))
    } catch {
      throw PluginError(error)
    }
  }

  /// The update of parameters that decay, or of those that do not, as an engine calls it.
  private func function(decays: Bool) -> ElementwiseFunction {
    let values = zip(update.options, options).map { "\($0.name)=\($1)" }
    return unsafe ElementwiseFunction(
      name: open.function.name,
      identity: ([open.digest, open.library.digest, "decays=\(decays)"] + values)
        .joined(separator: " "),
      updatedCount: 1 + update.states.count, readCount: 1, scalarCount: 2,
      isConcurrent: update.concurrency == .concurrent
    ) { [open, update, options] chunk throws(ElementwiseFailure) in
      do throws(PluginError) {
        try unsafe open.main.update(
          chunk.updated, gradient: chunk.read[0], count: chunk.count,
          UpdateScalars(
            learningRate: chunk.scalars[0], step: chunk.scalars[1], decays: decays,
            options: options),
          isConcurrent: update.concurrency == .concurrent)
      } catch {
        throw ElementwiseFailure(error.message)
      }
    }
  }
}

/// A foreign function as the host holds an optimizer plugin.
struct ForeignOptimizerFactory: OptimizerFactory {
  let identity: PluginIdentity
  let options: [OptionDeclaration]
  private let open: OpenFunction
  private let update: ForeignFunction.Update

  init(_ open: OpenFunction, _ update: ForeignFunction.Update) {
    identity = PluginIdentity(open.function)
    options = update.options
    self.open = open
    self.update = update
  }

  func make(options: OptionValues) throws(PluginError) -> any Optimizer {
    try ForeignOptimizer(open, update, options: try options.completed(by: self.options))
  }
}
