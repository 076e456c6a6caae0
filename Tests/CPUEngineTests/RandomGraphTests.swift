import CPUEngine
import GraphLanguage
import Graphs
import ReferenceEngine
import Testing

/// Random graphs with variables and updates: whatever is fused, aliased or put in one another's
/// memory, the numbers are the reference's.
struct RandomGraphTests {
  @Test(arguments: 0..<400) func severalRunsAgreeWithTheReference(seed: Int) throws {
    let graph = try RandomGraph(seed: seed).graph
    let reference = try ReferenceEngine().makeSession(graph.variables)
    let session = try CPUEngine(threads: 2).makeSession(graph.variables)
    var random = Seeded(seed)
    for variable in graph.variables {
      let content = random.floats(variable.shape.elementCount, in: -1...1)
      try reference.write(variable.name, content)
      try session.write(variable.name, content)
    }
    let expected = try reference.compile(graph, CompileOptions())
    let program = try session.compile(graph, CompileOptions())
    for _ in 0..<3 {
      let inputs = ["x": TensorData.float32(random.floats(24, in: -1...1))]
      let (a, b) = (try program.run(inputs), try expected.run(inputs))
      for (name, data) in b {
        // Sums of tens of numbers below 1, through some tens of steps that do not magnify.
        #expect(difference(a[name], data) < 2e-5, "\(name)")
      }
      for variable in graph.variables {
        let (x, y) = (try session.read(variable.name), try reference.read(variable.name))
        #expect(difference(.float32(x), .float32(y)) < 2e-5, "\(variable.name)")
        // Both go on from the same numbers, so that differences do not add up.
        try session.write(variable.name, y)
      }
    }
  }

  @Test(arguments: 0..<400) func memoryInUseNeverOverlaps(seed: Int) throws {
    let graph = try RandomGraph(seed: seed).graph
    let uses = try CPUEngine(threads: 1).memoryUses(of: graph, CompileOptions())
    for (index, first) in uses.enumerated() {
      for second in uses[(index + 1)...] where first.stages.overlaps(second.stages) {
        #expect(!first.bytes.overlaps(second.bytes), "\(first) \(second)")
      }
    }
  }

  @Test(arguments: 0..<400) func computingAgainGivesTheSameBits(seed: Int) throws {
    let graph = try RandomGraph(seed: seed, withGradients: true).graph
    let sessions = try [false, true].map { recomputes in
      let session = try CPUEngine(threads: 2).makeSession(graph.variables)
      let options = CompileOptions(recomputes: recomputes)
      return (session, try session.compile(graph, options))
    }
    var random = Seeded(seed)
    for variable in graph.variables {
      let content = random.floats(variable.shape.elementCount, in: -1...1)
      for (session, _) in sessions { try session.write(variable.name, content) }
    }
    for _ in 0..<2 {
      let inputs = ["x": TensorData.float32(random.floats(24, in: -1...1))]
      let outputs = try sessions.map { try $0.1.run(inputs) }
      for (name, data) in outputs[0] { #expect(Self.bits(outputs[1][name]) == Self.bits(data)) }
      for variable in graph.variables {
        let contents = try sessions.map { try $0.0.read(variable.name).map(\.bitPattern) }
        #expect(contents[0] == contents[1])
      }
    }
  }

  @Test func mostRandomGraphsHaveSomethingToComputeAgain() throws {
    let changed = try (0..<400).count { seed in
      let graph = try RandomGraph(seed: seed, withGradients: true).graph.simplified()
      return try graph.recomputing().nodes.count > graph.nodes.count
    }
    #expect(changed > 100)
  }

  @Test(arguments: 0..<100) func guardChangesNoBitUntilItHolds(seed: Int) throws {
    let (free, guarded) = (try RandomGraph(seed: seed).graph, try RandomGraph(seed: seed).graph)
    try guarded.guardUpdates(against: [guarded.addInput("guard", .scalar, .float32)])
    let sessions = try [free, guarded].map { graph in
      let session = try CPUEngine(threads: 2).makeSession(graph.variables)
      return (session, try session.compile(graph, CompileOptions()))
    }
    var random = Seeded(seed)
    for variable in free.variables {
      let content = random.floats(variable.shape.elementCount, in: -1...1)
      for (session, _) in sessions { try session.write(variable.name, content) }
    }
    func contents(_ session: any EngineSession) throws -> [[UInt32]] {
      try free.variables.map { try session.read($0.name).map(\.bitPattern) }
    }
    let x = ["x": TensorData.float32(random.floats(24, in: -1...1))]
    for finite in [1, -3e38] as [Float] {
      _ = try sessions[0].1.run(x)
      _ = try sessions[1].1.run(x.merging(["guard": .float32([finite])]) { old, _ in old })
      #expect(try contents(sessions[1].0) == contents(sessions[0].0))
    }
    let before = try contents(sessions[1].0)
    for wrong in [Float.nan, .infinity, -.infinity] {
      _ = try sessions[1].1.run(x.merging(["guard": .float32([wrong])]) { old, _ in old })
      #expect(try contents(sessions[1].0) == before)
    }
  }

  private static func bits(_ data: TensorData?) -> [UInt32]? {
    guard case .float32(let elements)? = data else { return nil }
    return elements.map(\.bitPattern)
  }
}

/// A graph of random operations whose numbers stay near 1.
private struct RandomGraph {
  let graph = Graph()
  private var random: Seeded
  private var values: [Value] = []

  /// Makes a graph; its updates are random values, or steps against a gradient.
  init(seed: Int, withGradients: Bool = false) throws {
    random = Seeded(seed)
    values.append(graph.addInput("x", [4, 6], .float32))
    let shapes: [Shape] = [[4, 6], [4, 6], [6], [24], [4, 6]]
    for (index, shape) in shapes.enumerated() {
      values.append(
        try graph.addVariable(
          Variable(
            name: "v\(index)", shape: shape, initializer: .constant(0), decays: false,
            isParameter: false)))
    }
    for _ in 0..<Int.random(in: 1...60, using: &random) { values.append(try step()) }
    for index in 0..<3 { graph.addOutput("y\(index)", any(values)) }
    if withGradients {
      try addDescent()
      return
    }
    for (index, shape) in shapes.enumerated() {
      let candidates = values.filter { $0.shape == shape }
      if Int.random(in: 0..<4, using: &random) > 0 {
        try graph.addUpdate(index, any(candidates))
      }
    }
  }

  /// Moves each variable against the gradient of a sum over the last values.
  private func addDescent() throws {
    var loss = try graph.constant(0)
    for value in values.suffix(3) {
      let axes = Array(0..<value.shape.rank)
      loss = try graph.sum(
        loss, graph.add(.reduce(.sum, axes: axes), graph.apply(.tanh, graph.product(value, value))))
    }
    let gradients = try graph.gradients(of: loss, withRespectTo: graph.variableValues)
    graph.section = .update
    for (index, gradient) in gradients.enumerated() {
      let step = try graph.apply(.multiply, graph.apply(.tanh, gradient), 0.01)
      try graph.addUpdate(index, graph.apply(.subtract, graph.variableValues[index], step))
    }
  }

  private mutating func any(_ candidates: [Value]) -> Value {
    candidates[Int.random(in: 0..<candidates.count, using: &random)]
  }

  /// One more value.
  private mutating func step() throws -> Value {
    let x = any(values)
    let alike = any(values.filter { $0.shape == x.shape })
    let last = x.shape.rank - 1
    switch Int.random(in: 0..<16, using: &random) {
    case 0: return try graph.apply(.tanh, x)
    case 1: return try graph.apply(.cosine, x)
    case 2: return try graph.apply(.multiply, graph.sum(x, alike), 0.5)
    case 3: return try graph.product(x, graph.apply(.tanh, alike))
    case 4: return try graph.apply(.maximum, x, alike)
    case 5: return try graph.add(.swiGLU, graph.apply(.tanh, x), alike)
    case 6 where x.shape == [4, 6]:
      let row = any(values.filter { $0.shape == [6] })
      return try graph.apply(.multiply, graph.sum(x, row), 0.5)
    case 7 where x.shape == [4, 6]: return try graph.reshape(x, [24])
    case 7 where x.shape == [24]: return try graph.reshape(x, [4, 6])
    case 8 where x.shape == [4, 6]:
      let row = Int.random(in: 0..<4, using: &random)
      let part = try graph.add(.slice(starts: [row, 0], ends: [row + 1, 6]), x)
      return try graph.reshape(part, [6])
    case 9 where last == 1: return try graph.add(.softmax, x)
    case 10 where last == 1:
      let weight = any(values.filter { $0.shape == [6] })
      return try graph.apply(.tanh, graph.add(.rmsNorm(epsilon: 0.1), x, weight))
    case 11 where x.shape == [4, 6]:
      let square = try graph.add(
        .matrixProduct(transposeLeft: true, transposeRight: false), x, alike)
      return try graph.apply(
        .tanh, graph.add(.matrixProduct(transposeLeft: false, transposeRight: true), alike, square))
    case 12 where x.shape == [4, 6]:
      return try graph.apply(.tanh, graph.add(.reduce(.sum, axes: [0]), x))
    case 13:
      let axes = Array(0...last)
      let total = try graph.add(.reduce(.sum, axes: axes), graph.product(x, alike))
      return try graph.product(x, graph.apply(.tanh, total))
    case 14 where x.shape == [4, 6]:
      let turned = try graph.add(.transpose([1, 0]), x)
      return try graph.add(.transpose([1, 0]), graph.apply(.tanh, turned))
    case 15 where x.shape == [4, 6]:
      let top = try graph.add(.slice(starts: [0, 0], ends: [2, 6]), x)
      let bottom = try graph.add(.slice(starts: [1, 0], ends: [3, 6]), alike)
      return try graph.add(.concatenate(axis: 0), top, bottom)
    default: return try graph.apply(.logistic, x)
    }
  }
}
