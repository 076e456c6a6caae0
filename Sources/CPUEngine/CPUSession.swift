import GraphLanguage
import Graphs

/// Variables in memory, and the working memory that the session's programs share.
final class CPUSession: EngineSession {
  let engine: CPUEngine
  let variables: [Variable]
  let indices: [String: Int]
  private let offsets: [Int]
  private let memory: Memory
  /// The programs run one at a time, and nothing in it outlives a run.
  private(set) var arena: Memory
  private(set) var scratch: Memory

  init(engine: CPUEngine, variables: [Variable]) throws(EngineError) {
    var indices: [String: Int] = [:]
    var offsets: [Int] = []
    var byteCount = 0
    for (index, variable) in variables.enumerated() {
      if indices.updateValue(index, forKey: variable.name) != nil {
        throw EngineError(
          "the variable '\(variable.name)' is given twice; names must be unique in a session")
      }
      offsets.append(byteCount)
      byteCount += Memory.byteCount(ofElements: variable.shape.elementCount)
    }
    self.engine = engine
    self.variables = variables
    self.indices = indices
    self.offsets = offsets
    memory = try Self.allocate(byteCount, "the \(variables.count) variables")
    arena = try Self.allocate(0, "working memory")
    scratch = try Self.allocate(0, "scratch memory")
  }

  func compile(
    _ graph: Graph, _ options: CompileOptions
  ) throws(EngineError) -> any EngineProgram {
    var places: [Int] = []
    for variable in graph.variables {
      let index = try index(of: variable.name)
      guard variables[index].shape == variable.shape else {
        throw EngineError(
          "the graph's variable '\(variable.name)' has shape \(variable.shape), but the session's "
            + "\(variables[index].shape)")
      }
      places.append(index)
    }
    let plan = try Plan(
      graph, options, kernels: engine.kernels, threads: engine.pool.threads)
    try reserve(
      arena: plan.arenaByteCount, scratch: plan.scratchByteCount * engine.pool.threads)
    return CPUProgram(session: self, plan: plan, variables: places)
  }

  func read(_ variable: String) throws(EngineError) -> [Float] {
    let index = try index(of: variable)
    let count = variables[index].shape.elementCount
    let elements = address(ofVariable: index).assumingMemoryBound(to: Float.self)
    return Array(UnsafeBufferPointer(start: elements, count: count))
  }

  func write(_ variable: String, _ elements: [Float]) throws(EngineError) {
    let index = try index(of: variable)
    let shape = variables[index].shape
    guard elements.count == shape.elementCount else {
      throw EngineError(
        "the variable '\(variable)' \(shape) takes \(shape.elementCount) elements, but "
          + "\(elements.count) were given")
    }
    address(ofVariable: index).assumingMemoryBound(to: Float.self)
      .update(from: elements, count: elements.count)
  }

  func address(ofVariable index: Int) -> UnsafeMutableRawPointer { memory.base + offsets[index] }

  private func index(of name: String) throws(EngineError) -> Int {
    guard let index = indices[name] else {
      throw EngineError(
        "there is no variable '\(name)' in the session; it has "
          + (variables.isEmpty
            ? "none" : variables.map { "'\($0.name)'" }.sorted().joined(separator: ", ")))
    }
    return index
  }

  /// Grows the shared memory to what a program needs.
  private func reserve(arena arenaCount: Int, scratch scratchCount: Int) throws(EngineError) {
    if arenaCount > arena.byteCount {
      arena = try Self.allocate(arenaCount, "the working memory of a program")
    }
    if scratchCount > scratch.byteCount {
      scratch = try Self.allocate(scratchCount, "the threads' scratch memory")
    }
  }

  private static func allocate(_ byteCount: Int, _ use: String) throws(EngineError) -> Memory {
    guard let memory = Memory(byteCount: byteCount) else {
      throw EngineError(
        "\(use) needs \(byteCount) bytes, which the system refuses; take a smaller batch, context "
          + "or model")
    }
    return memory
  }
}
