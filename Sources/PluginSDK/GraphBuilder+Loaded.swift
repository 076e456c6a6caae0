package import CPluginABI
import GraphLanguage

/// The host's graph builder behind the C table: the plugin's half.
///
/// It is valid while the call that brought it runs.
@safe
final class LoadedGraph: GraphBuilder {
  private let table: cpt_graph

  init(_ graph: UnsafePointer<cpt_graph>?) throws(PluginError) {
    unsafe table = try unsafe readPrefixed(graph, "cpt_graph", orZero: cpt_graph())
  }

  func parameter(
    _ declaration: ParameterDeclaration, at location: SourceLocation
  ) throws(GraphError) -> Value {
    guard let declare = unsafe table.parameter else {
      throw GraphError(
        "the parameter '\(declaration.name)' cannot be declared here: only an architecture "
          + "declares parameters", at: location)
    }
    let arena = CArena()
    defer { withExtendedLifetime(arena) {} }
    return try translated(at: location) { () throws(PluginError) in
      var parameter = unsafe cpt_parameter()
      unsafe parameter.struct_size = MemoryLayout<cpt_parameter>.size
      unsafe parameter.name = arena.text(declaration.name)
      unsafe parameter.extents = try declaration.shape.extents(
        "the parameter '\(declaration.name)'")
      unsafe parameter.rank = UInt32(declaration.shape.rank)
      unsafe parameter.decays = declaration.decays ? 1 : 0
      let (code, a, b) = declaration.initializer.exported
      unsafe parameter.initializer = code.rawValue
      unsafe parameter.a = a
      unsafe parameter.b = b
      var result = cpt_value()
      try unsafe checked("parameter") { error in
        unsafe declare(table.context, &parameter, &result, error)
      }
      return try Value(result, "the result")
    }
  }

  func add(
    _ operation: Operation, _ inputs: [Value], at location: SourceLocation
  ) throws(GraphError) -> Value {
    let arena = CArena()
    defer { withExtendedLifetime(arena) {} }
    return try translated(at: location) { () throws(PluginError) in
      let encoded = operation.encoded
      var values: [cpt_value] = []
      for input in inputs { values.append(try input.exported("an input")) }
      var exported = unsafe cpt_operation(
        struct_size: MemoryLayout<cpt_operation>.size, code: encoded.code,
        inputs: arena.array(values), input_count: values.count,
        integers: arena.array(encoded.integers), integer_count: encoded.integers.count,
        reals: arena.array(encoded.reals), real_count: encoded.reals.count,
        location: arena.text(location.description))
      var result = cpt_value()
      try unsafe checked("add") { error in
        unsafe table.add?(table.context, &exported, &result, error)
      }
      return try Value(result, "the result")
    }
  }

  /// Turns the host's refusal back into a graph's error; the place is said once.
  private func translated<Result>(
    at location: SourceLocation, _ call: () throws(PluginError) -> Result
  ) throws(GraphError) -> Result {
    do throws(PluginError) {
      return try call()
    } catch {
      let place = " (at \(location))"
      let isPlaced = error.message.hasSuffix(place)
      throw GraphError(
        isPlaced ? String(error.message.dropLast(place.count)) : error.message, at: location)
    }
  }
}

/// How parameters start, as the C ABI numbers it.
package enum InitializerCode: cpt_initializer_kind {
  case constant = 1
  case normal, uniform
}

extension Initializer {
  /// How a parameter starts, as the C ABI carries it.
  fileprivate var exported: (code: InitializerCode, a: Float, b: Float) {
    switch self {
    case .constant(let value): (.constant, value, 0)
    case .normal(let mean, let standardDeviation): (.normal, mean, standardDeviation)
    case .uniform(let least, let greatest): (.uniform, least, greatest)
    }
  }
}
