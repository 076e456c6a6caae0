import CPluginABI
import GraphLanguage
package import PluginSDK

/// An optimizer plugin behind the C table.
package struct LoadedOptimizerFactory: OptimizerFactory {
  let plugin: LoadedPlugin
  let table: cpt_optimizer_table

  package var identity: PluginIdentity { plugin.identity }
  package var options: [OptionDeclaration] { plugin.options }

  /// Reads the plugin's table.
  ///
  /// - Throws: ``PluginError`` if a function is missing.
  package init(_ plugin: LoadedPlugin) throws(PluginError) {
    self.plugin = plugin
    table = try plugin.table(orZero: cpt_optimizer_table()) { table in
      unsafe [
        "create": has(table.create), "state_count": has(table.state_count),
        "state": has(table.state), "describe": has(table.describe),
        "destroy": has(table.destroy),
      ]
    }
  }

  package func make(options: OptionValues) throws(PluginError) -> any Optimizer {
    let instance = try unsafe LoadedInstance(plugin, "create", options, destroy: table.destroy) {
      options, instance, error in unsafe table.create?(options, instance, error)
    }
    return LoadedOptimizer(instance: instance, table: table)
  }
}

/// An optimizer behind the C table.
private struct LoadedOptimizer: Optimizer {
  let instance: LoadedInstance
  let table: cpt_optimizer_table

  func states(for parameter: ParameterInfo) throws(PluginError) -> [OptimizerState] {
    let arena = CArena()
    defer { withExtendedLifetime(arena) {} }
    return try instance.serial { () throws(PluginError) in
      let info = try unsafe arena.info(parameter)
      var count = 0
      try unsafe checked("state_count") { error in
        unsafe table.state_count?(instance.pointer, info, &count, error)
      }
      guard (0...CLimits.partCount).contains(count) else {
        throw PluginError(
          .internal,
          "state_count gave \(UInt(bitPattern: count)) for '\(parameter.name)'; at most "
            + "\(CLimits.partCount) are allowed")
      }
      var states: [OptimizerState] = []
      for index in 0..<count {
        var state = unsafe cpt_optimizer_state()
        unsafe state.struct_size = MemoryLayout<cpt_optimizer_state>.size
        try unsafe checked("state") { error in
          unsafe table.state?(instance.pointer, info, index, &state, error)
        }
        let name = try unsafe String(name: state.name, "the name of state \(index)")
        guard !name.isEmpty, !states.contains(where: { $0.name == name }) else {
          throw PluginError(.internal, "state \(index) has an empty or repeated name '\(name)'")
        }
        let initialValue = unsafe state.initial_value
        guard initialValue.isFinite else {
          throw PluginError(.internal, "the state '\(name)' starts as \(initialValue)")
        }
        states.append(
          OptimizerState(
            name, try unsafe Shape(state.extents, rank: state.rank, "the state '\(name)'"),
            initialValue: initialValue))
      }
      return states
    }
  }

  func describe(
    _ inputs: UpdateInputs, of parameter: ParameterInfo, in graph: any GraphBuilder
  ) throws(PluginError) -> UpdateResults {
    let arena = CArena()
    defer { withExtendedLifetime(arena) {} }
    let known = [inputs.parameter, inputs.gradient, inputs.step, inputs.learningRate]
    return try instance.serial { () throws(PluginError) in
      var update = unsafe cpt_update(
        struct_size: MemoryLayout<cpt_update>.size, info: try arena.info(parameter),
        parameter: try inputs.parameter.exported("the parameter"),
        gradient: try inputs.gradient.exported("the gradient"),
        step: try inputs.step.exported("the step"),
        learning_rate: try inputs.learningRate.exported("the learning rate"),
        states: try arena.values(inputs.states), state_count: inputs.states.count)
      var result = cpt_value()
      var states = [cpt_value](repeating: cpt_value(), count: inputs.states.count)
      let exported = try unsafe ExportedGraph.with(
        graph, inputs: known + inputs.states, allowsParameters: false
      ) { graph throws(PluginError) in
        try unsafe checked("describe") { error in
          unsafe table.describe?(instance.pointer, graph, &update, &result, &states, error)
        }
      }
      let results = UpdateResults(
        parameter: try exported.value(result, "the new parameter"),
        states: try exported.values(states, "the new state"))
      try check(results, against: inputs, of: parameter)
      return results
    }
  }

  /// Holds the law that an update keeps every shape and type.
  private func check(
    _ results: UpdateResults, against inputs: UpdateInputs, of parameter: ParameterInfo
  ) throws(PluginError) {
    let pairs = zip([results.parameter] + results.states, [inputs.parameter] + inputs.states)
    for (new, old) in pairs where new.shape != old.shape || new.elementType != old.elementType {
      throw PluginError(
        .internal,
        "describe turns \(old.elementType) \(old.shape) of '\(parameter.name)' into "
          + "\(new.elementType) \(new.shape); an update keeps shape and type")
    }
  }
}

extension CArena {
  /// A parameter as an optimizer sees it.
  func info(
    _ parameter: ParameterInfo
  ) throws(PluginError) -> UnsafePointer<cpt_parameter_info> {
    unsafe value(
      cpt_parameter_info(
        struct_size: MemoryLayout<cpt_parameter_info>.size, name: text(parameter.name),
        extents: try parameter.shape.extents("'\(parameter.name)'"),
        rank: UInt32(parameter.shape.rank), decays: parameter.decays ? 1 : 0))
  }

  /// Values as the C ABI carries them.
  fileprivate func values(_ values: [Value]) throws(PluginError) -> UnsafePointer<cpt_value>? {
    var exported: [cpt_value] = []
    for value in values { exported.append(try value.exported("a state")) }
    return unsafe array(exported)
  }
}

extension ExportedGraph {
  /// Values that the plugin gives back.
  fileprivate func values(
    _ values: [cpt_value], _ name: String
  ) throws(PluginError) -> [Value] {
    var known: [Value] = []
    for (index, value) in values.enumerated() {
      known.append(try self.value(value, "\(name) \(index)"))
    }
    return known
  }
}
