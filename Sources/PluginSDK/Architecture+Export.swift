import CPluginABI
import GraphLanguage

private let exportedType = ExportSlot<any ArchitecturePlugin.Type>()
private typealias Instance = ExportedInstance<any Architecture>

/// Hands an architecture type to the host; the body of the library's entry function.
///
/// ```swift
/// @c(llama_entry)
/// public func entry(_ host: CHost?, _ plugin: CPlugin?, _ error: CErrorSlot?) -> CStatus {
///   unsafe exportArchitecture(Llama.self, host, plugin, error)
/// }
/// ```
public func exportArchitecture<Plugin: ArchitecturePlugin>(
  _ type: Plugin.Type, _ host: CHost?, _ plugin: CPlugin?, _ error: CErrorSlot?
) -> CStatus {
  unsafe answer(error) { () throws(PluginError) in
    try unsafe fill(
      plugin, kind: .architecture, options: type.options, table: architectureTable(), host: host
    ) { services throws(PluginError) in
      try exportedType.set(type, ObjectIdentifier(type), host: services)
    }
  }
}

/// The functions that carry the exported type through the C ABI.
private func architectureTable() -> cpt_architecture_table {
  unsafe cpt_architecture_table(
    struct_size: MemoryLayout<cpt_architecture_table>.size,
    shape_near: { options, dimensions, target, chosen, error in
      unsafe answer(error) { () throws(PluginError) in
        let (type, _) = try exportedType.get()
        let values = try type.shape(
          near: Int(target),
          options: unsafe OptionValues(options, declared: type.options),
          dimensions: unsafe ModelDimensions(dimensions))
        try unsafe values.send(to: chosen, declared: type.options)
      }
    },
    create: { options, dimensions, instance, error in
      unsafe answer(error) { () throws(PluginError) in
        let (type, host) = try exportedType.get()
        let architecture = try unsafe type.init(
          options: OptionValues(options, declared: type.options),
          dimensions: ModelDimensions(dimensions), host: host)
        try unsafe Instance.store(architecture, in: instance)
      }
    },
    parameter_count: { instance, count, error in
      unsafe answer(error) { () throws(PluginError) in
        let counted = try unsafe Instance.at(instance).parameterCount
        try unsafe writePrefixed(
          cpt_parameter_count(
            struct_size: MemoryLayout<cpt_parameter_count>.size, total: Int64(counted.total),
            embedding: Int64(counted.embedding)), to: count, "count")
      }
    },
    describe: { instance, graph, tokens, targets, losses, error in
      unsafe answer(error) { () throws(PluginError) in
        guard let tokens = unsafe tokens, let targets = unsafe targets,
          let losses = unsafe losses
        else { throw PluginError(.internal, "tokens, targets or losses is null") }
        let result = try unsafe Instance.at(instance).describe(
          tokens: Value(tokens.pointee, "tokens"), targets: Value(targets.pointee, "targets"),
          in: LoadedGraph(graph))
        unsafe losses.pointee = try result.exported("losses")
      }
    },
    destroy: { instance in unsafe Instance.destroy(instance) })
}

extension ModelDimensions {
  /// Reads what the pipeline and the tokenizer fix.
  fileprivate init(
    _ dimensions: UnsafePointer<cpt_model_dimensions>?
  ) throws(PluginError) {
    let dimensions = try unsafe readPrefixed(
      dimensions, "cpt_model_dimensions", orZero: cpt_model_dimensions())
    guard dimensions.vocabulary >= 1, dimensions.context >= 1 else {
      throw PluginError(
        .invalidArgument,
        "a model needs a vocabulary and a context of at least 1, not \(dimensions.vocabulary) and "
          + "\(dimensions.context)")
    }
    self.init(vocabulary: Int(dimensions.vocabulary), context: Int(dimensions.context))
  }
}

extension OptionValues {
  /// Gives chosen options to the host.
  fileprivate func send(
    to sink: UnsafePointer<cpt_option_sink>?, declared: [OptionDeclaration]
  ) throws(PluginError) {
    let sink = try unsafe readPrefixed(sink, "cpt_option_sink", orZero: cpt_option_sink())
    let arena = CArena()
    defer { withExtendedLifetime(arena) {} }
    for declaration in declared {
      guard let chosen = self[declaration.name] else { continue }
      var value = unsafe arena.value(
        try declaration.checked(chosen), named: declaration.name, code: declaration.type.code)
      try unsafe checked("set") { _ in unsafe sink.set?(sink.context, &value) }
    }
  }
}
