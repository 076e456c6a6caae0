import CPluginABI

private let exportedType = ExportSlot<any ScalingLawPlugin.Type>()
private typealias Instance = ExportedInstance<ExportedLaw>

/// Hands a scaling-law type to the host; the body of the library's entry function.
///
/// ```swift
/// @c(chinchilla_entry)
/// public func entry(_ host: CHost?, _ plugin: CPlugin?, _ error: CErrorSlot?) -> CStatus {
///   unsafe exportScalingLaw(Chinchilla.self, host, plugin, error)
/// }
/// ```
public func exportScalingLaw<Plugin: ScalingLawPlugin>(
  _ type: Plugin.Type, _ host: CHost?, _ plugin: CPlugin?, _ error: CErrorSlot?
) -> CStatus {
  unsafe answer(error) { () throws(PluginError) in
    try unsafe fill(
      plugin, kind: .scalingLaw, options: type.options, table: scalingLawTable(), host: host
    ) { services throws(PluginError) in
      try exportedType.set(type, ObjectIdentifier(type), host: services)
    }
  }
}

/// A law with the texts that it lends to the host for its life.
@safe
private final class ExportedLaw: Sendable {
  let law: any ScalingLaw
  // Safe to share: the arena is filled here and never changed.
  private nonisolated(unsafe) let arena: CArena
  private nonisolated(unsafe) let variables: [cpt_text]
  private nonisolated(unsafe) let parameters: [cpt_law_parameter]

  init(_ law: any ScalingLaw) {
    self.law = law
    let arena = CArena()
    unsafe variables = law.variables.map { unsafe arena.text($0) }
    unsafe parameters = law.parameters.map { parameter in
      unsafe cpt_law_parameter(
        struct_size: MemoryLayout<cpt_law_parameter>.size, name: arena.text(parameter.name),
        role: parameter.role.rawValue, lower: parameter.bounds.lowerBound,
        upper: parameter.bounds.upperBound, unit: arena.text(parameter.unit))
    }
    unsafe self.arena = arena
  }

  var variableCount: Int { unsafe variables.count }
  var parameterCount: Int { unsafe parameters.count }

  func variable(_ index: Int) -> cpt_text {
    unsafe variables.indices.contains(index) ? variables[index] : cpt_text()
  }

  func parameter(_ index: Int) throws(PluginError) -> cpt_law_parameter {
    guard unsafe parameters.indices.contains(index) else {
      throw PluginError(
        .invalidArgument, "there is no parameter \(index); the law has \(parameterCount)")
    }
    return unsafe parameters[index]
  }
}

/// The functions that carry the exported type through the C ABI.
private func scalingLawTable() -> cpt_scaling_law_table {
  unsafe cpt_scaling_law_table(
    struct_size: MemoryLayout<cpt_scaling_law_table>.size,
    create: { options, instance, error in
      unsafe answer(error) { () throws(PluginError) in
        let (type, host) = try exportedType.get()
        let law = try unsafe type.init(
          options: OptionValues(options, declared: type.options), host: host)
        try unsafe Instance.store(ExportedLaw(law), in: instance)
      }
    },
    variable_count: { instance in (try? unsafe Instance.at(instance).variableCount) ?? 0 },
    variable: { instance, index in
      unsafe (try? Instance.at(instance).variable(index)) ?? cpt_text()
    },
    parameter_count: { instance in (try? unsafe Instance.at(instance).parameterCount) ?? 0 },
    parameter: { instance, index, parameter, error in
      unsafe answer(error) { () throws(PluginError) in
        try unsafe writePrefixed(Instance.at(instance).parameter(index), to: parameter, "parameter")
      }
    },
    evaluate: { instance, theta, columns, count, losses, gradients, error in
      unsafe answer(error) { () throws(PluginError) in
        let exported = try unsafe Instance.at(instance)
        guard let losses = unsafe losses else { throw PluginError(.internal, "losses is null") }
        let prediction = try exported.law.predict(
          unsafe numbers(theta, exported.parameterCount, "theta"),
          at: unsafe read(columns, exported.variableCount, count),
          wantsGradients: unsafe gradients != nil)
        try unsafe write(prediction.losses, to: losses, count, "losses")
        guard let gradients = unsafe gradients else { return }
        try unsafe write(
          prediction.gradients, to: gradients, count * exported.parameterCount, "gradients")
      }
    },
    optimum: { instance, theta, compute, parameters, tokens, slot in
      guard let exported = try? unsafe Instance.at(instance),
        let theta = try? unsafe numbers(theta, exported.parameterCount, "theta"),
        let parameters = unsafe parameters, let tokens = unsafe tokens
      else { return PluginStatus.invalidArgument.rawValue }
      do throws(PluginError) {
        // Without a closed form: unsupported, with no words about the coefficients.
        guard let optimum = try exported.law.optimum(theta, compute: compute) else {
          return PluginStatus.unsupported.rawValue
        }
        unsafe parameters.pointee = optimum.parameters
        unsafe tokens.pointee = optimum.tokens
        return cpt_status(CPT_OK)
      } catch {
        return unsafe error.store(in: slot)
      }
    },
    destroy: { instance in unsafe Instance.destroy(instance) })
}

/// Copies numbers that the host lends.
private func numbers(
  _ start: UnsafePointer<Double>?, _ count: Int, _ name: StaticString
) throws(PluginError) -> [Double] {
  guard unsafe start != nil || count == 0 else { throw PluginError(.internal, "\(name) is null") }
  return unsafe Array(UnsafeBufferPointer(start: start, count: count))
}

/// Copies the variables of some points.
private func read(
  _ columns: UnsafePointer<UnsafePointer<Double>?>?, _ columnCount: Int, _ count: Int
) throws(PluginError) -> [[Double]] {
  guard let columns = unsafe columns else { throw PluginError(.internal, "columns is null") }
  var lists: [[Double]] = []
  for index in 0..<columnCount {
    lists.append(try unsafe numbers(columns[index], count, "a column"))
  }
  return lists
}

/// Gives numbers to the host.
private func write(
  _ numbers: [Double], to result: UnsafeMutablePointer<Double>, _ count: Int, _ name: StaticString
) throws(PluginError) {
  guard numbers.count == count else {
    throw PluginError(
      .internal, "the law predicts \(numbers.count) \(name) where \(count) are asked for")
  }
  _ = unsafe UnsafeMutableBufferPointer(start: result, count: count)
    .update(fromContentsOf: numbers)
}
