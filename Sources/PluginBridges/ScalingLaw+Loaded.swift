import CPluginABI
package import PluginSDK

/// A scaling-law plugin behind the C table.
package struct LoadedScalingLawFactory: ScalingLawFactory {
  let plugin: LoadedPlugin
  let table: cpt_scaling_law_table

  package var identity: PluginIdentity { plugin.identity }
  package var options: [OptionDeclaration] { plugin.options }

  /// Reads the plugin's table.
  ///
  /// - Throws: ``PluginError`` if a function is missing; `optimum` may be.
  package init(_ plugin: LoadedPlugin) throws(PluginError) {
    self.plugin = plugin
    table = try plugin.table(orZero: cpt_scaling_law_table()) { table in
      unsafe [
        "create": has(table.create), "variable_count": has(table.variable_count),
        "variable": has(table.variable), "parameter_count": has(table.parameter_count),
        "parameter": has(table.parameter), "evaluate": has(table.evaluate),
        "destroy": has(table.destroy),
      ]
    }
  }

  package func make(options: OptionValues) throws(PluginError) -> any ScalingLaw {
    let instance = try unsafe LoadedInstance(plugin, "create", options, destroy: table.destroy) {
      options, instance, error in unsafe table.create?(options, instance, error)
    }
    return try LoadedScalingLaw(instance, table)
  }
}

/// A scaling law behind the C table.
private final class LoadedScalingLaw: ScalingLaw {
  let variables: [String]
  let parameters: [LawParameter]
  private let instance: LoadedInstance
  private let table: cpt_scaling_law_table

  init(_ instance: LoadedInstance, _ table: cpt_scaling_law_table) throws(PluginError) {
    self.instance = instance
    self.table = table
    (variables, parameters) = try instance.concurrent { () throws(PluginError) in
      (try Self.variables(instance, table), try Self.parameters(instance, table))
    }
  }

  private static func variables(
    _ instance: LoadedInstance, _ table: cpt_scaling_law_table
  ) throws(PluginError) -> [String] {
    let count = calling("variable_count") {
      unsafe table.variable_count?(instance.pointer) ?? 0
    }
    guard (1...CLimits.partCount).contains(count) else {
      throw PluginError(
        .internal,
        "variable_count returned \(UInt(bitPattern: count)); from 1 to \(CLimits.partCount) are allowed"
      )
    }
    var names: [String] = []
    var known: Set<String> = []
    for index in 0..<count {
      let text = unsafe calling("variable") {
        unsafe table.variable?(instance.pointer, index) ?? cpt_text()
      }
      let name = try unsafe String(name: text, "variable \(index)")
      guard !name.isEmpty, known.insert(name).inserted else {
        throw PluginError(.internal, "variable \(index) has an empty or repeated name '\(name)'")
      }
      names.append(name)
    }
    return names
  }

  private static func parameters(
    _ instance: LoadedInstance, _ table: cpt_scaling_law_table
  ) throws(PluginError) -> [LawParameter] {
    let count = calling("parameter_count") {
      unsafe table.parameter_count?(instance.pointer) ?? 0
    }
    guard (1...CLimits.partCount).contains(count) else {
      throw PluginError(
        .internal,
        "parameter_count returned \(UInt(bitPattern: count)); from 1 to \(CLimits.partCount) are allowed"
      )
    }
    var parameters: [LawParameter] = []
    var known: Set<String> = []
    for index in 0..<count {
      var parameter = unsafe cpt_law_parameter()
      unsafe parameter.struct_size = MemoryLayout<cpt_law_parameter>.size
      try unsafe checked("parameter") { error in
        unsafe table.parameter?(instance.pointer, index, &parameter, error)
      }
      let name = try unsafe String(name: parameter.name, "the name of parameter \(index)")
      guard !name.isEmpty, known.insert(name).inserted else {
        throw PluginError(.internal, "parameter \(index) has an empty or repeated name '\(name)'")
      }
      guard let role = unsafe LawRole(rawValue: parameter.role) else {
        throw PluginError(
          .internal, "parameter '\(name)' has the unknown role \(unsafe parameter.role)")
      }
      let (lower, upper) = unsafe (parameter.lower, parameter.upper)
      guard lower <= upper else {
        throw PluginError(.internal, "parameter '\(name)' has the bounds \(lower) to \(upper)")
      }
      parameters.append(
        LawParameter(
          name, role, bounds: lower...upper,
          unit: try unsafe String(name: parameter.unit, "the unit of parameter '\(name)'")))
    }
    return parameters
  }

  /// The numbers come as the plugin gives them: a fit may probe where a law overflows.
  func predict(
    _ theta: [Double], at columns: [[Double]], wantsGradients: Bool
  ) throws(PluginError) -> LawPrediction {
    precondition(theta.count == parameters.count, "theta needs \(parameters.count) numbers")
    precondition(columns.count == variables.count, "there are \(variables.count) variables")
    let count = columns.first?.count ?? 0
    precondition(columns.allSatisfy { $0.count == count }, "columns differ in length")
    guard count > 0 else { return LawPrediction(losses: [], gradients: []) }
    var losses = [Double](repeating: .nan, count: count)
    var gradients = [Double](repeating: .nan, count: wantsGradients ? count * theta.count : 0)
    var points: [Double] = []
    points.reserveCapacity(columns.count * count)
    for column in columns { points += column }
    try instance.concurrent { () throws(PluginError) in
      try unsafe checked("evaluate") { error in
        unsafe points.withUnsafeBufferPointer { points in
          let starts = unsafe columns.indices.map { column in
            unsafe points.baseAddress.map { unsafe $0 + column * count }
          }
          return unsafe gradients.withUnsafeMutableBufferPointer { gradients in
            unsafe table.evaluate?(
              instance.pointer, theta, starts, count, &losses,
              wantsGradients ? gradients.baseAddress : nil, error)
          }
        }
      }
    }
    return LawPrediction(losses: losses, gradients: gradients)
  }

  /// Without a function, or where it is unsupported without a word, there is no closed form.
  func optimum(_ theta: [Double], compute: Double) throws(PluginError) -> Allocation? {
    precondition(theta.count == parameters.count, "theta needs \(parameters.count) numbers")
    guard let optimum = unsafe table.optimum else { return nil }
    return try instance.concurrent { () throws(PluginError) in
      var allocation = Allocation(parameters: .nan, tokens: .nan)
      var isSilent = false
      do throws(PluginError) {
        try unsafe checked("optimum") { error in
          let status = unsafe optimum(
            instance.pointer, theta, compute, &allocation.parameters, &allocation.tokens, error)
          isSilent = unsafe error.pointee == nil
          return status
        }
      } catch {
        if error.status == .unsupported && isSilent { return nil }
        throw error
      }
      guard allocation.parameters.isFinite, allocation.parameters > 0,
        allocation.tokens.isFinite, allocation.tokens > 0
      else {
        throw PluginError(
          .internal,
          "optimum gave N = \(allocation.parameters) and D = \(allocation.tokens); "
            + "both must be finite and greater than 0")
      }
      return allocation
    }
  }
}
