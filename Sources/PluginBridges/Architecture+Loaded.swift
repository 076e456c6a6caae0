import CPluginABI
import GraphLanguage
package import PluginSDK

/// An architecture plugin behind the C table.
package struct LoadedArchitectureFactory: ArchitectureFactory {
  let plugin: LoadedPlugin
  let table: cpt_architecture_table

  package var identity: PluginIdentity { plugin.identity }
  package var options: [OptionDeclaration] { plugin.options }

  /// Reads the plugin's table.
  ///
  /// - Throws: ``PluginError`` if a function is missing.
  package init(_ plugin: LoadedPlugin) throws(PluginError) {
    self.plugin = plugin
    table = try plugin.table(orZero: cpt_architecture_table()) { table in
      unsafe [
        "shape_near": has(table.shape_near), "create": has(table.create),
        "parameter_count": has(table.parameter_count), "describe": has(table.describe),
        "destroy": has(table.destroy),
      ]
    }
  }

  package func shape(
    near target: Int, options: OptionValues, dimensions: ModelDimensions
  ) throws(PluginError) -> OptionValues {
    let options = try plugin.complete(options)
    let arena = CArena()
    defer { withExtendedLifetime(arena) {} }
    return try plugin.gate.main { () throws(PluginError) in
      try unsafe ChosenOptions.from(plugin.options) { sink throws(PluginError) in
        try unsafe checked("shape_near") { error in
          unsafe table.shape_near?(
            arena.options(options, declared: plugin.options), arena.dimensions(dimensions),
            Int64(target), sink, error)
        }
      }
    }
  }

  package func make(
    options: OptionValues, dimensions: ModelDimensions
  ) throws(PluginError) -> any Architecture {
    let arena = CArena()
    defer { withExtendedLifetime(arena) {} }
    let instance = try unsafe LoadedInstance(plugin, "create", options, destroy: table.destroy) {
      options, instance, error in
      unsafe table.create?(options, arena.dimensions(dimensions), instance, error)
    }
    return LoadedArchitecture(instance: instance, table: table)
  }
}

/// An architecture behind the C table.
private struct LoadedArchitecture: Architecture {
  let instance: LoadedInstance
  let table: cpt_architecture_table

  var parameterCount: ParameterCount {
    get throws(PluginError) {
      try instance.serial { () throws(PluginError) in
        var count = cpt_parameter_count()
        count.struct_size = MemoryLayout<cpt_parameter_count>.size
        try unsafe checked("parameter_count") { error in
          unsafe table.parameter_count?(instance.pointer, &count, error)
        }
        guard count.total >= 0, (0...count.total).contains(count.embedding) else {
          throw PluginError(
            .internal,
            "parameter_count gave \(count.total) in total and \(count.embedding) of them in "
              + "embeddings")
        }
        return ParameterCount(total: Int(count.total), embedding: Int(count.embedding))
      }
    }
  }

  func describe(
    tokens: Value, targets: Value, in graph: any GraphBuilder
  ) throws(PluginError) -> Value {
    try instance.serial { () throws(PluginError) in
      var exportedTokens = try tokens.exported("tokens")
      var exportedTargets = try targets.exported("targets")
      var result = cpt_value()
      let exported = try unsafe ExportedGraph.with(
        graph, inputs: [tokens, targets], allowsParameters: true
      ) { graph throws(PluginError) in
        try unsafe checked("describe") { error in
          unsafe table.describe?(
            instance.pointer, graph, &exportedTokens, &exportedTargets, &result, error)
        }
      }
      let losses = try exported.value(result, "losses")
      guard losses.elementType == .float32, losses.shape == [targets.shape.elementCount] else {
        throw PluginError(
          .internal,
          "describe gave losses of \(losses.elementType) \(losses.shape); float32 "
            + "[\(targets.shape.elementCount)] is needed, one for each target")
      }
      return losses
    }
  }
}

/// Options that a plugin chooses: the host's half of the sink.
@safe
private final class ChosenOptions {
  private static let sinks = unsafe TableLender<ChosenOptions, cpt_option_sink>()

  private let declared: [OptionDeclaration]
  private var values = OptionValues()
  private var failure: PluginError?

  private init(_ declared: [OptionDeclaration]) { self.declared = declared }

  /// Returns the options that a call sets, each checked against its declaration.
  static func from(
    _ declared: [OptionDeclaration],
    _ call: (UnsafePointer<cpt_option_sink>) throws(PluginError) -> Void
  ) throws(PluginError) -> OptionValues {
    let chosen = ChosenOptions(declared)
    do throws(PluginError) {
      try unsafe sinks.lend(of: chosen) { context in
        unsafe cpt_option_sink(
          struct_size: MemoryLayout<cpt_option_sink>.size, context: context,
          set: { context, value in
            answer(nil) { () throws(PluginError) in
              try unsafe TableLender<ChosenOptions, cpt_option_sink>.owner(at: context) {
                chosen throws(PluginError) in
                try unsafe chosen.set(value)
              }
            }
          })
      } to: { sink throws(PluginError) in
        try unsafe call(sink)
      }
    } catch {
      throw chosen.failure ?? error
    }
    if let failure = chosen.failure { throw failure }
    return chosen.values
  }

  private func set(_ value: UnsafePointer<cpt_option_value>?) throws(PluginError) {
    do throws(PluginError) {
      let element = try unsafe readPrefixed(
        value, "cpt_option_value", orZero: cpt_option_value())
      let (name, chosen) = try unsafe OptionValue.read(element)
      guard let declaration = declared.first(where: { $0.name == name }) else {
        throw PluginError(
          .internal, "shape_near chose the option '\(name)', which the plugin does not declare")
      }
      values[name] = try declaration.checked(chosen)
    } catch {
      failure = error
      throw error
    }
  }
}

extension CArena {
  /// What the pipeline and the tokenizer fix.
  func dimensions(
    _ dimensions: ModelDimensions
  ) -> UnsafePointer<cpt_model_dimensions> {
    unsafe value(
      cpt_model_dimensions(
        struct_size: MemoryLayout<cpt_model_dimensions>.size,
        vocabulary: Int64(dimensions.vocabulary), context: Int64(dimensions.context)))
  }
}
