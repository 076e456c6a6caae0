import CPUEngine
import GraphLanguage
import Graphs
import PluginHost
import PluginSDK
import Timing
import Training

/// Measures the operations of a model one at a time.
struct OperationBenchmark {
  let model: ModelCase
  let engine: CPUEngine
  let machine: MachineMeasurement
  let repetitions: Repetitions

  /// Measures all of them.
  ///
  /// - Parameter progress: Told the name of each before it begins.
  /// - Returns: A measurement of each.
  /// - Throws: Whatever the plugins or the measured code throw.
  func run(progress: (String) -> Void) throws -> [OperationMeasurement] {
    let optimizer = try Plugins.registry().optimizer(named: "adamw").make(options: OptionValues())
    return try OperationCase.all(of: model, optimizer: optimizer).map { operation in
      progress(operation.name)
      return try measure(operation)
    }
  }

  private func measure(_ operation: OperationCase) throws -> OperationMeasurement {
    let graph = Graph()
    let results = try operation.describe(graph)
    for (place, result) in results.enumerated() { graph.addOutput("result \(place)", result) }
    let session = try engine.makeSession(graph.variables)
    try ParameterInitialization(seed: 2).fill(graph.variables, of: session)
    let program = try session.compile(graph, CompileOptions())
    let inputs = inputs(of: graph)
    // The engine's own clock leaves out that results are copied to the caller.
    var known = program.timings.reduce(Duration.zero) { $0 + $1.duration }
    func seconds() throws -> Double {
      _ = try program.run(inputs)
      let total = program.timings.reduce(Duration.zero) { $0 + $1.duration }
      defer { known = total }
      return (total - known).seconds
    }
    _ = try seconds()
    let others = OthersShare()
    let times = try repetitions.collect(seconds)
    let othersShare = others.soFar

    let matrixFLOPs = try graph.simplified().cost.matrixFLOPs
    let bytes = operation.bytes ?? leastBytes(of: graph, results)
    let share =
      switch operation.bound {
      case .arithmetic:
        Double(matrixFLOPs) / times.median / machine.peak(threads: machine.threads)
      case .memory: Double(bytes) / times.median / machine.copiedBytesPerSecond
      }
    let shape = results.last?.shape ?? graph.variables[0].shape
    return OperationMeasurement(
      name: operation.name, model: model.name, shape: shape.extents, bound: operation.bound,
      repetitions: times.count, medianSeconds: times.median, bestSeconds: times.min() ?? 0,
      matrixFLOPs: matrixFLOPs, bytes: bytes, share: share, othersShare: othersShare)
  }

  private func inputs(of graph: Graph) -> [String: TensorData] {
    var inputs: [String: TensorData] = [:]
    for input in graph.inputs {
      let count = input.value.shape.elementCount
      switch input.value.elementType {
      case .float32: inputs[input.name] = .float32(Array(repeating: 1, count: count))
      case .int32:
        // Every id, in an order that jumps about: 2⁶⁴ over the golden ratio.
        inputs[input.name] = .int32(
          (0..<UInt64(count)).map {
            Int32((($0 &* 0x9E37_79B9_7F4A_7C15) >> 32) % UInt64(model.vocabulary))
          })
      }
    }
    return inputs
  }

  /// Everything read once and every result written once.
  private func leastBytes(of graph: Graph, _ results: [Value]) -> Int {
    let read = graph.variableValues + graph.inputs.map(\.value)
    return (read + results).reduce(0) {
      $0 + $1.shape.elementCount * $1.elementType.byteCount
    }
  }
}
