import GraphLanguage
import PluginSDK

/// A graph that a plugin in a worker describes into: answers what the worker asks of it.
///
/// It knows every value that it handed out, so that a worker gone wrong cannot name another.
final class WorkerGraph {
  private let graph: any GraphBuilder
  private var values: [Int32: Value] = [:]

  /// Begins a description that may use some values.
  init(_ graph: any GraphBuilder, inputs: [Value]) {
    self.graph = graph
    for input in inputs { values[input.id] = input }
  }

  /// Answers a question.
  ///
  /// - Throws: ``PluginError`` if it makes no sense.
  func answer(
    _ question: WorkerQuestion, _ reader: inout WireReader
  ) throws(PluginError) -> WorkerConnection.Reply {
    switch question {
    case .parameter:
      let declaration: ParameterDeclaration = try reader.read()
      let location: SourceLocation = try reader.read()
      return result { () throws(GraphError) in try graph.parameter(declaration, at: location) }
    case .operation:
      let operation: Operation = try reader.read()
      let inputs = try values(reader.read())
      let location: SourceLocation = try reader.read()
      return result { () throws(GraphError) in try graph.add(operation, inputs, at: location) }
    case .document: throw WireReader.garbled
    }
  }

  /// The values of some numbers.
  ///
  /// - Throws: ``PluginError`` if one is no value of this graph.
  func values(_ ids: [Int32]) throws(PluginError) -> [Value] {
    var known: [Value] = []
    for id in ids {
      guard let value = values[id] else { throw WireReader.garbled }
      known.append(value)
    }
    return known
  }

  private func result(_ make: () throws(GraphError) -> Value) -> WorkerConnection.Reply {
    do throws(GraphError) {
      let value = try make()
      values[value.id] = value
      return .answered(value)
    } catch {
      return .refusedByGraph(error)
    }
  }
}
