/// Numbers on their way into or out of an engine, in row-major order.
package enum TensorData: Hashable, Sendable {
  case float32([Float])
  case int32([Int32])
}

/// Why an engine could not compile or run a graph.
package struct EngineError: Error, Hashable, Sendable, CustomStringConvertible {
  package let description: String
  package init(_ description: String) { self.description = description }
}

/// How an engine should run a graph; no result depends on it.
package struct CompileOptions: Hashable, Sendable {
  /// Whether to compute forward values again for the backward pass, as `recomputing` describes,
  /// where that needs less memory.
  package var recomputes: Bool

  package init(recomputes: Bool = false) {
    self.recomputes = recomputes
  }
}

/// Something that runs graphs.
///
/// Laws: the results depend on the graph, the inputs and the variables alone: not on the number of
/// threads, nor on the compile options, nor on what ran before.
package protocol Engine: Sendable {
  /// One line for people and reports: what computes, with how many threads and which instructions.
  var description: String { get }
  /// The threads that it takes at most.
  var threads: Int { get }
  /// The same engine with threads of its own, so that it can work beside this one; from one run of a
  /// program to the next it takes as many as a share allows then.
  func beside(_ share: ThreadShare) -> any Engine
  /// The float32 operations a second that its threads could do at most, measured in some tenths of
  /// a second; nil where it does not compute in float32.
  func measurePeak() -> Double?
  /// The bytes that programs of one session need together beside its variables.
  ///
  /// Nothing is reserved: it can be asked of graphs that would not fit.
  func workingByteCount(
    of graphs: [Graph], _ options: CompileOptions
  ) throws(EngineError) -> Int
  /// Makes room for variables, each filled with zeros.
  func makeSession(_ variables: [Variable]) throws(EngineError) -> any EngineSession
}

/// Variables held by an engine, and programs over them.
///
/// Not for use from two threads at once.
package protocol EngineSession: AnyObject {
  /// Prepares a graph; its variables are those of the session with the same names and shapes.
  func compile(_ graph: Graph, _ options: CompileOptions) throws(EngineError) -> any EngineProgram
  /// Copies a variable out, in row-major order.
  func read(_ variable: String) throws(EngineError) -> [Float]
  /// Replaces a variable's content.
  func write(_ variable: String, _ elements: [Float]) throws(EngineError)
}

/// A graph made ready to run in its session.
package protocol EngineProgram: AnyObject {
  /// Where the time of all runs went, in the order of work; the law that results depend on nothing
  /// else does not hold for it.
  var timings: [StepTiming] { get }
  /// Runs once: reads inputs and variables, gives the outputs by name, then stores the updates.
  func run(_ inputs: [String: TensorData]) throws(EngineError) -> [String: TensorData]
}
