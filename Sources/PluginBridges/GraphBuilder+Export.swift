import CPluginABI
package import GraphLanguage
import PluginSDK

/// A graph builder as the C table that a plugin describes into: the host's half.
///
/// It remembers every value it handed out, so that a value of another graph is an error and not a
/// wrong result.
@safe
final class ExportedGraph {
  private static let tables = unsafe TableLender<ExportedGraph, cpt_graph>()

  private let graph: any GraphBuilder
  private var values: [Int32: Value] = [:]
  private var stepCount = 0

  private init(_ graph: any GraphBuilder, inputs: [Value]) {
    self.graph = graph
    for input in inputs { values[input.id] = input }
  }

  /// Runs a call that describes into a graph.
  ///
  /// - Parameters:
  ///   - graph: The graph.
  ///   - inputs: The values that the call may use beside those it makes.
  ///   - allowsParameters: Whether parameters may be declared.
  ///   - call: Makes the call.
  /// - Returns: The graph as the call left it. No thread that the plugin started can change it any
  ///   more: read results with ``value(_:_:)``.
  /// - Throws: ``PluginError`` as the call does.
  static func with(
    _ graph: any GraphBuilder, inputs: [Value], allowsParameters: Bool,
    _ call: (UnsafePointer<cpt_graph>) throws(PluginError) -> Void
  ) throws(PluginError) -> ExportedGraph {
    let exported = ExportedGraph(graph, inputs: inputs)
    try unsafe tables.lend(of: exported) { context in
      var table = unsafe cpt_graph(
        struct_size: MemoryLayout<cpt_graph>.size, context: context,
        parameter: { context, parameter, result, error in
          unsafe answer(error) { () throws(PluginError) in
            try unsafe TableLender<ExportedGraph, cpt_graph>.owner(at: context) {
              exported throws(PluginError) in
              try unsafe exported.store(exported.declare(parameter), in: result)
            }
          }
        },
        add: { context, operation, result, error in
          unsafe answer(error) { () throws(PluginError) in
            try unsafe TableLender<ExportedGraph, cpt_graph>.owner(at: context) {
              exported throws(PluginError) in
              try unsafe exported.store(exported.add(operation), in: result)
            }
          }
        })
      if !allowsParameters { unsafe table.parameter = nil }
      return unsafe table
    } to: { table throws(PluginError) in
      try unsafe call(table)
    }
    return exported
  }

  /// A value that the plugin gives back.
  ///
  /// - Throws: ``PluginError`` if it is not one of this graph's.
  func value(_ value: cpt_value, _ name: String) throws(PluginError) -> Value {
    let claimed = try Value(value, name)
    guard let known = values[claimed.id] else {
      throw PluginError(
        .invalidArgument, "\(name) has the id \(claimed.id), which is no value of this graph")
    }
    guard known == claimed else {
      throw PluginError(
        .invalidArgument,
        "\(name) claims to be \(claimed.elementType) \(claimed.shape), but value \(claimed.id) is "
          + "\(known.elementType) \(known.shape)")
    }
    return known
  }

  private func store(
    _ value: Value, in result: UnsafeMutablePointer<cpt_value>?
  ) throws(PluginError) {
    guard let result = unsafe result else {
      throw PluginError(.invalidArgument, "the result is null")
    }
    unsafe result.pointee = try value.exported("the result")
    values[value.id] = value
  }

  private func declare(
    _ parameter: UnsafePointer<cpt_parameter>?
  ) throws(PluginError) -> Value {
    let parameter = try unsafe readPrefixed(parameter, "cpt_parameter", orZero: cpt_parameter())
    try countStep()
    let name = try unsafe String(name: parameter.name, "the name of a parameter")
    guard !name.isEmpty else { throw PluginError(.invalidArgument, "a parameter has no name") }
    let shape = try unsafe Shape(
      parameter.extents, rank: parameter.rank, "the parameter '\(name)'")
    let declaration = unsafe ParameterDeclaration(
      name, shape, try Initializer(parameter, name), decays: parameter.decays != 0)
    do throws(GraphError) {
      return try graph.parameter(declaration, at: SourceLocation(""))
    } catch {
      throw PluginError(error)
    }
  }

  private func add(_ operation: UnsafePointer<cpt_operation>?) throws(PluginError) -> Value {
    let operation = try unsafe readPrefixed(operation, "cpt_operation", orZero: cpt_operation())
    try countStep()
    let location = SourceLocation(
      try unsafe String(name: operation.location, "the location of an operation"))
    let code = unsafe operation.code
    let encoded = unsafe EncodedOperation(
      code: code,
      integers: try list(operation.integers, operation.integer_count, "integers", of: code),
      reals: try list(operation.reals, operation.real_count, "reals", of: code))
    guard !encoded.reals.contains(where: \.isNaN) else {
      throw PluginError(
        .invalidArgument, "operation \(code) has the reals \(encoded.reals), not all numbers")
    }
    guard let decoded = Operation(encoded), decoded.isCountable else {
      throw PluginError(
        .invalidArgument,
        "operation \(code) with the integers \(encoded.integers) and the reals \(encoded.reals) "
          + "is not known: operations.h says what each code takes")
    }
    let inputs = try unsafe list(
      operation.inputs, operation.input_count, "inputs", of: code)
    var values: [Value] = []
    for (index, input) in inputs.enumerated() {
      values.append(try value(input, "input \(index) of operation \(code)"))
    }
    do throws(GraphError) {
      return try graph.add(decoded, values, at: location)
    } catch {
      throw PluginError(error)
    }
  }

  /// Counts a parameter or an operation.
  private func countStep() throws(PluginError) {
    stepCount += 1
    guard stepCount <= CLimits.stepCount else {
      throw PluginError(
        .unsupported,
        "describe adds more than \(CLimits.stepCount) parameters and operations: say the same with "
          + "larger tensors")
    }
  }

  private func list<Element: BitwiseCopyable>(
    _ start: UnsafePointer<Element>?, _ count: Int, _ name: StaticString, of code: UInt32
  ) throws(PluginError) -> [Element] {
    guard count != 0 else { return [] }
    guard unsafe start != nil, (1...CLimits.elementCount).contains(count) else {
      throw PluginError(
        .invalidArgument, "operation \(code) cannot have \(count) \(name), or they are null")
    }
    return unsafe Array(UnsafeBufferPointer(start: start, count: count))
  }
}

extension Operation {
  /// Whether the elements of the shape that it holds, if it holds one, can be counted.
  package var isCountable: Bool {
    switch self {
    case .constant(_, let shape), .iota(_, let shape, _), .broadcast(let shape, _),
      .reshape(let shape):
      var count = 1
      return shape.extents.allSatisfy { extent in
        let (product, overflow) = count.multipliedReportingOverflow(by: extent)
        count = product
        return !overflow
      }
    default: return true
    }
  }
}

extension Initializer {
  /// Reads how a parameter starts.
  fileprivate init(_ parameter: cpt_parameter, _ name: String) throws(PluginError) {
    let (a, b) = unsafe (parameter.a, parameter.b)
    switch unsafe InitializerCode(rawValue: parameter.initializer) {
    case .constant where a.isFinite: self = .constant(a)
    case .normal where a.isFinite && b.isFinite && b >= 0:
      self = .normal(mean: a, standardDeviation: b)
    case .uniform where a.isFinite && b.isFinite && a <= b: self = .uniform(a, b)
    default:
      throw PluginError(
        .invalidArgument,
        "the parameter '\(name)' starts by initializer \(unsafe parameter.initializer) with "
          + "\(a) and \(b), which graph.h does not allow")
    }
  }
}
