import CPluginABI
import GraphLanguage

private let exportedType = ExportSlot<any OptimizerPlugin.Type>()
private typealias Instance = ExportedInstance<any Optimizer>

/// Hands an optimizer type to the host; the body of the library's entry function.
///
/// ```swift
/// @c(adamw_entry)
/// public func entry(_ host: CHost?, _ plugin: CPlugin?, _ error: CErrorSlot?) -> CStatus {
///   unsafe exportOptimizer(AdamW.self, host, plugin, error)
/// }
/// ```
public func exportOptimizer<Plugin: OptimizerPlugin>(
  _ type: Plugin.Type, _ host: CHost?, _ plugin: CPlugin?, _ error: CErrorSlot?
) -> CStatus {
  unsafe answer(error) { () throws(PluginError) in
    try unsafe fill(
      plugin, kind: .optimizer, options: type.options, table: optimizerTable(), host: host
    ) { services throws(PluginError) in
      try exportedType.set(type, ObjectIdentifier(type), host: services)
    }
  }
}

/// The names of states, which the C ABI wants to live as long as the library.
private let stateNames = StaticTexts()

/// The functions that carry the exported type through the C ABI.
private func optimizerTable() -> cpt_optimizer_table {
  unsafe cpt_optimizer_table(
    struct_size: MemoryLayout<cpt_optimizer_table>.size,
    create: { options, instance, error in
      unsafe answer(error) { () throws(PluginError) in
        let (type, host) = try exportedType.get()
        let optimizer = try unsafe type.init(
          options: OptionValues(options, declared: type.options), host: host)
        try unsafe Instance.store(optimizer, in: instance)
      }
    },
    state_count: { instance, info, count, error in
      unsafe answer(error) { () throws(PluginError) in
        guard let count = unsafe count else { throw PluginError(.internal, "count is null") }
        unsafe count.pointee = try Instance.at(instance).states(for: ParameterInfo(info)).count
      }
    },
    state: { instance, info, index, result, error in
      unsafe answer(error) { () throws(PluginError) in
        let states = try unsafe Instance.at(instance).states(for: ParameterInfo(info))
        guard states.indices.contains(index) else {
          throw PluginError(
            .invalidArgument, "there is no state \(index); the parameter has \(states.count)")
        }
        let state = states[index]
        try unsafe writePrefixed(
          cpt_optimizer_state(
            struct_size: MemoryLayout<cpt_optimizer_state>.size, name: stateNames.text(state.name),
            extents: try state.shape.extents("the state '\(state.name)'"),
            rank: UInt32(state.shape.rank), initial_value: state.initialValue),
          to: result, "state")
      }
    },
    describe: { instance, graph, update, parameter, states, error in
      unsafe answer(error) { () throws(PluginError) in
        let optimizer = try unsafe Instance.at(instance)
        let update = try unsafe readPrefixed(update, "cpt_update", orZero: cpt_update())
        let results = try optimizer.describe(
          unsafe UpdateInputs(update), of: unsafe ParameterInfo(update.info),
          in: unsafe LoadedGraph(graph))
        guard unsafe results.states.count == update.state_count else {
          throw PluginError(
            .internal,
            "the update gives \(results.states.count) states where "
              + "\(unsafe update.state_count) are declared")
        }
        guard let parameter = unsafe parameter, unsafe states != nil || results.states.isEmpty
        else { throw PluginError(.internal, "a result is null") }
        unsafe parameter.pointee = try results.parameter.exported("the new parameter")
        for (index, state) in results.states.enumerated() {
          unsafe states?[index] = try state.exported("the new state \(index)")
        }
      }
    },
    destroy: { instance in unsafe Instance.destroy(instance) })
}

extension ParameterInfo {
  /// Reads what the host says of a parameter.
  fileprivate init(_ info: UnsafePointer<cpt_parameter_info>?) throws(PluginError) {
    let info = try unsafe readPrefixed(info, "cpt_parameter_info", orZero: cpt_parameter_info())
    let name = try unsafe String(info.name, "the name of a parameter")
    self.init(
      name: name, shape: try unsafe Shape(info.extents, rank: info.rank, "'\(name)'"),
      decays: unsafe info.decays != 0)
  }
}

extension UpdateInputs {
  /// Reads the inputs of an update.
  fileprivate init(_ update: cpt_update) throws(PluginError) {
    let count = unsafe update.state_count
    guard unsafe update.states != nil || count == 0 else {
      throw PluginError(.internal, "the states are null")
    }
    var states: [Value] = []
    let exported = unsafe Array(UnsafeBufferPointer(start: update.states, count: count))
    for state in exported {
      states.append(try Value(state, "state \(states.count)"))
    }
    self.init(
      parameter: try Value(unsafe update.parameter, "the parameter"),
      gradient: try Value(unsafe update.gradient, "the gradient"), states: states,
      step: try Value(unsafe update.step, "the step"),
      learningRate: try Value(unsafe update.learning_rate, "the learning rate"))
  }
}
