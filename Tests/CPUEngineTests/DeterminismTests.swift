import CPUEngine
import Dispatch
import GraphLanguage
import Graphs
import Synchronization
import Testing

/// The bits depend on the graph, its content and the options, not on the threads.
struct DeterminismTests {
  @Test(arguments: InstructionSet.available)
  func trainingGivesTheSameBitsOnAnyNumberOfThreads(instructions: InstructionSet) throws {
    let first = try train(CPUEngine(threads: 1, instructions: instructions))
    for threads in 2...3 {
      let other = try train(CPUEngine(threads: threads, instructions: instructions))
      #expect(other == first, "\(threads) threads")
    }
  }

  @Test func threadsMayChangeWhileATrainingGoesOn() throws {
    let alone = try train(CPUEngine(threads: 1))
    let engine = CPUEngine(threads: 3)
    let share = ThreadShare(1)
    var step = 0
    let changed = try train(engine.beside(share)) {
      step += 1
      // More than there are and less than one are held to what is possible.
      share.threads = [1, 3, 2, 9, 0][step % 5]
    }
    #expect(changed == alone)
  }

  @Test func enginesBesideOneAnotherDoNotShowInTheBits() throws {
    let engine = CPUEngine(threads: 2)
    let alone = try train(engine)
    let found = Mutex<[Bits]>([])
    DispatchQueue.concurrentPerform(iterations: 3) { _ in
      let bits = try? train(engine.beside(ThreadShare(1)))
      found.withLock { $0.append(bits ?? Bits()) }
    }
    #expect(found.withLock { $0 } == [alone, alone, alone])
  }

  /// Every sum has the same order on both, and both round a product and its sum once.
  @Test(.enabled(if: InstructionSet.available.contains(.avx512)))
  func instructionSetsWithFusedMultiplyAddGiveTheSameBits() throws {
    let narrow = try train(CPUEngine(threads: 2, instructions: .avx2))
    let wide = try train(CPUEngine(threads: 2, instructions: .avx512))
    #expect(narrow == wide)
  }

  /// Other numbers of threads cut a product into other tiles.
  @Test(arguments: [[300, 200, 600], [77, 1100, 64], [500, 130, 2050]], [false, true])
  func tilesOfAProductDoNotShowInItsBits(sizes: [Int], transposeLeft: Bool) throws {
    let (m, n, k) = (sizes[0], sizes[1], sizes[2])
    let graph = Graph()
    let x = graph.addInput("x", transposeLeft ? [k, m] : [m, k], .float32)
    let y = graph.addInput("y", [n, k], .float32)
    graph.addOutput(
      "product",
      try graph.add(.matrixProduct(transposeLeft: transposeLeft, transposeRight: true), x, y))
    var random = Seeded(3)
    let inputs: [String: TensorData] = [
      "x": .float32(random.floats(m * k, in: -1...1)),
      "y": .float32(random.floats(n * k, in: -1...1)),
    ]
    let products = try [1, 2, 3, 8].map { threads in
      let session = try CPUEngine(threads: threads).makeSession([])
      return try session.compile(graph, CompileOptions()).run(inputs)
    }
    #expect(products.allSatisfy { $0 == products[0] })
  }

  @Test func lossFallsOnOneRepeatedBatch() throws {
    let losses = try train(CPUEngine(threads: 2)).losses
    let (first, last) = (try #require(losses.first), try #require(losses.last))
    #expect(Float(bitPattern: last) < 0.5 * Float(bitPattern: first))
  }

  @Test func whatRanBeforeDoesNotMatter() throws {
    let model = try TinyModel()
    let engine = CPUEngine(threads: 2)
    let session = try engine.makeSession(model.graph.variables)
    let program = try session.compile(model.graph, CompileOptions())
    try model.initialize(session)
    let first = try program.run(model.inputs)
    for _ in 0..<3 { _ = try program.run(model.inputs) }
    try model.initialize(session)
    #expect(try program.run(model.inputs) == first)
  }

  /// The bits of the losses and of every variable after 50 steps.
  private struct Bits: Equatable {
    var losses: [UInt32] = []
    var variables: [[UInt32]] = []
  }

  private func train(_ engine: any Engine, afterStep: () -> Void = {}) throws -> Bits {
    let model = try TinyModel()
    let session = try engine.makeSession(model.graph.variables)
    try model.initialize(session)
    let program = try session.compile(model.graph, CompileOptions())
    var bits = Bits()
    for _ in 0..<50 {
      if case .float32(let loss)? = try program.run(model.inputs)["loss"] {
        bits.losses += loss.map(\.bitPattern)
      }
      afterStep()
    }
    for variable in model.graph.variables {
      bits.variables.append(try session.read(variable.name).map(\.bitPattern))
    }
    return bits
  }
}

/// A step of training for a model of the LLaMA form, with grouped heads, documents, clipping by the
/// global norm and AdamW (arXiv 1711.05101).
private struct TinyModel {
  // B sequences, T positions, D features, H query heads, G key heads, F hidden, V tokens.
  private let b = 4
  private let t = 70
  private let d = 48
  private let h = 4
  private let g = 2
  private let f = 100
  private let v = 601
  let graph = Graph()
  let inputs: [String: TensorData]
  private var parameters: [Value] = []

  init() throws {
    var random = Seeded(1)
    let length = t
    inputs = [
      "tokens": .int32(random.integers(b * t, in: 0..<Int32(v))),
      "targets": .int32(random.integers(b * t, in: -1..<Int32(v))),
      "documents": .int32((0..<(b * t)).map { Int32($0 % length / 40) }),
    ]
    let tokens = graph.addInput("tokens", [b, t], .int32)
    let targets = graph.addInput("targets", [b * t], .int32)
    let documents = graph.addInput("documents", [b, t], .int32)
    var x = try graph.add(.gather, parameter("embedding", [v, d]), tokens)
    for layer in 0..<2 {
      x = try graph.sum(x, attention(x, documents, "\(layer)"))
      let normal = try graph.add(.rmsNorm(epsilon: 1e-5), x, parameter("\(layer).norm2", [d]))
      let gate = try graph.linear(normal, parameter("\(layer).gate", [f, d]))
      let up = try graph.linear(normal, parameter("\(layer).up", [f, d]))
      x = try graph.sum(
        x, graph.linear(graph.add(.swiGLU, gate, up), parameter("\(layer).down", [d, f])))
    }
    let normal = try graph.add(.rmsNorm(epsilon: 1e-5), x, parameter("norm", [d]))
    let losses = try graph.add(
      .linearCrossEntropy, graph.reshape(normal, [b * t, d]), parameter("head", [v, d]), targets)
    let loss = try graph.apply(
      .multiply, graph.add(.reduce(.sum, axes: [0]), losses), 1 / Float(b * t))
    graph.addOutput("loss", loss)
    try addUpdates(graph.gradients(of: loss, withRespectTo: parameters))
  }

  func initialize(_ session: any EngineSession) throws {
    var random = Seeded(2)
    for variable in graph.variables {
      let count = variable.shape.elementCount
      let content: [Float] =
        if !variable.isParameter {
          Array(repeating: 0, count: count)
        } else if variable.shape.rank == 1 {
          Array(repeating: 1, count: count)
        } else {
          random.floats(count, in: -0.15...0.15)
        }
      try session.write(variable.name, content)
    }
  }

  private mutating func parameter(_ name: String, _ shape: Shape) throws -> Value {
    let value = try graph.parameter(name, shape, .constant(0), decays: shape.rank > 1)
    parameters.append(value)
    return value
  }

  private mutating func attention(
    _ x: Value, _ documents: Value, _ layer: String
  ) throws -> Value {
    let k = d / h
    let normal = try graph.add(.rmsNorm(epsilon: 1e-5), x, parameter("\(layer).norm1", [d]))
    func heads(_ weight: Value, _ count: Int) throws -> Value {
      try graph.reshape(graph.linear(normal, weight), [b, t, count, k])
    }
    let rotary = Operation.rotary(base: 10000, interleaved: false)
    let queries = try graph.add(rotary, heads(parameter("\(layer).query", [d, d]), h))
    let keys = try graph.add(rotary, heads(parameter("\(layer).key", [g * k, d]), g))
    let values = try heads(parameter("\(layer).value", [g * k, d]), g)
    let mixed = try graph.add(
      .causalAttention(scale: 1 / Float(k).squareRoot()), queries, keys, values, documents)
    return try graph.linear(
      graph.reshape(mixed, [b, t, d]), parameter("\(layer).output", [d, d]))
  }

  private func addUpdates(_ gradients: [Value]) throws {
    var squares = try graph.constant(0)
    for gradient in gradients {
      squares = try graph.sum(
        squares,
        graph.add(
          .reduce(.sum, axes: Array(0..<gradient.shape.rank)), graph.product(gradient, gradient)))
    }
    let norm = try graph.apply(.add, graph.apply(.squareRoot, squares), 1e-6)
    let clip = try graph.apply(.minimum, graph.apply(.divide, graph.constant(1), norm), 1)
    for (place, (value, gradient)) in zip(parameters, gradients).enumerated() {
      let clipped = try graph.product(gradient, clip)
      let first = try state("\(place).first", value.shape)
      let second = try state("\(place).second", value.shape)
      let mean = try graph.sum(
        graph.apply(.multiply, first.value, 0.9), graph.apply(.multiply, clipped, 0.1))
      let square = try graph.sum(
        graph.apply(.multiply, second.value, 0.95),
        graph.apply(.multiply, graph.product(clipped, clipped), 0.05))
      let root = try graph.apply(.add, graph.apply(.squareRoot, square), 1e-8)
      let change = try graph.sum(
        graph.apply(.divide, mean, root), graph.apply(.multiply, value, 0.1))
      let index = try #require(graph.variableValues.firstIndex(of: value))
      try graph.addUpdate(
        index, graph.apply(.subtract, value, graph.apply(.multiply, change, 1e-2)))
      try graph.addUpdate(first.index, mean)
      try graph.addUpdate(second.index, square)
    }
  }

  private func state(_ name: String, _ shape: Shape) throws -> (index: Int, value: Value) {
    let value = try graph.addVariable(
      Variable(
        name: name, shape: shape, initializer: .constant(0), decays: false, isParameter: false))
    return (graph.variables.count - 1, value)
  }
}
