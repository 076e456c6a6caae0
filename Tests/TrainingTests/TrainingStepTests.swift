import GraphLanguage
import Graphs
import PluginSDK
import TestModels
import Testing
import Training

@Suite struct TrainingStepTests {
  /// A session with drawn parameters and its step.
  private struct Machine {
    let session: any EngineSession
    let step: any EngineProgram
    let graphs: TrainingGraphs

    init(rows: Int, clip: Double? = nil) throws {
      graphs = try TinyRun.graphs(rows: rows, clip: clip)
      session = try TinyRun.engine.makeSession(graphs.variables)
      step = try session.compile(graphs.step, CompileOptions())
      let draw = ParameterInitialization(seed: 3)
      for variable in graphs.variables {
        try session.write(
          variable.name,
          draw.elements(of: variable.name, shape: variable.shape, variable.initializer))
      }
    }

    func update(
      _ tokens: [Int32], _ targets: [Int32], rate: Float
    ) throws -> (loss: Float, norm: Float) {
      let outputs = try step.run([
        GraphName.tokens: .int32(tokens), GraphName.targets: .int32(targets),
        GraphName.scored: .float32([Float(targets.count { $0 >= 0 })]),
        GraphName.learningRate: .float32([rate]), GraphName.step: .float32([1]),
      ])
      guard case .float32(let loss)? = outputs[GraphName.loss],
        case .float32(let norm)? = outputs[GraphName.gradientNorm]
      else { throw EngineError("outputs are missing") }
      return (loss[0], norm[0])
    }
  }

  private static let tokens: [Int32] = [0, 1, 2, 3, 4, 0, 2, 3, 4, 0, 1, 2]
  private static let targets: [Int32] = [1, 2, 3, 4, 0, 1, 3, 4, 0, 1, 2, 3]

  @Test func lossFallsOnOneRepeatedBatch() throws {
    let machine = try Machine(rows: 2)
    var losses: [Float] = []
    for _ in 0..<60 {
      losses.append(try machine.update(Self.tokens, Self.targets, rate: 0.5).loss)
    }
    #expect(zip(losses, losses.dropFirst()).allSatisfy { $0 > $1 })
    #expect(losses[59] < 0.2 * losses[0])
  }

  @Test func partialBatchEqualsAnUnpaddedSmallerOne() throws {
    let whole = try Machine(rows: 2)
    let padded = try Machine(rows: 3)
    let padding = [Int32](repeating: -1, count: TinyRun.context)
    let zeros = [Int32](repeating: 0, count: TinyRun.context)
    for _ in 0..<5 {
      let expected = try whole.update(Self.tokens, Self.targets, rate: 0.3)
      let found = try padded.update(Self.tokens + zeros, Self.targets + padding, rate: 0.3)
      // Empty rows add zeros, but sums over more rows may be cut elsewhere: one last bit.
      #expect(abs(found.loss - expected.loss) <= expected.loss.ulp)
      #expect(abs(found.norm - expected.norm) <= expected.norm.ulp)
    }
    for variable in whole.graphs.variables {
      let pairs = zip(
        try whole.session.read(variable.name), try padded.session.read(variable.name))
      #expect(pairs.allSatisfy { abs($0 - $1) <= max(abs($0), 1e-6).ulp })
    }
  }

  @Test func clippingScalesTheGradientToItsLimit() throws {
    let free = try Machine(rows: 2)
    let clipped = try Machine(rows: 2, clip: 0.01)
    let loose = try Machine(rows: 2, clip: 1e6)
    let norm = try free.update(Self.tokens, Self.targets, rate: 1).norm
    #expect(try clipped.update(Self.tokens, Self.targets, rate: 1).norm == norm)
    _ = try loose.update(Self.tokens, Self.targets, rate: 1)
    var squares: Float = 0
    for variable in free.graphs.variables where !variable.isParameter {
      let gradient = try free.session.read(variable.name)
      let scaled = try clipped.session.read(variable.name)
      squares += scaled.reduce(0) { $0 + $1 * $1 }
      #expect(try loose.session.read(variable.name) == gradient)
    }
    // Sums of some hundred float32 squares.
    #expect(abs(squares.squareRoot() - 0.01) < 1e-7)
  }

  @Test func firstValuesDependOnSeedAndNameAlone() {
    let draw = ParameterInitialization(seed: 1)
    let normal = Initializer.normal(mean: 2, standardDeviation: 0.5)
    let first = draw.elements(of: "a", shape: [200, 50], normal)
    #expect(first == draw.elements(of: "a", shape: [10_000], normal))
    #expect(first != draw.elements(of: "b", shape: [200, 50], normal))
    #expect(first != ParameterInitialization(seed: 2).elements(of: "a", shape: [200, 50], normal))
    let mean = first.reduce(0) { $0 + Double($1) } / 10_000
    let variance = first.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / 10_000
    // Four standard errors of the mean (0.005) and of the deviation (0.0035).
    #expect(abs(mean - 2) < 0.02)
    #expect(abs(variance.squareRoot() - 0.5) < 0.014)
    let uniform = draw.elements(of: "a", shape: [1000], .uniform(-1, 3))
    #expect(uniform.allSatisfy { $0 >= -1 && $0 <= 3 })
    #expect(draw.elements(of: "a", shape: [2], .constant(4)) == [4, 4])
  }

  @Test func architectureThatGivesAnotherShapeIsRefused() {
    struct Wrong: Architecture {
      var parameterCount: ParameterCount { ParameterCount(total: 1, embedding: 0) }
      func describe(
        tokens: Value, targets: Value, in graph: any GraphBuilder
      ) throws(PluginError) -> Value {
        do { return try graph.constant(1) } catch { throw PluginError(error) }
      }
    }
    let shape = BatchShape(sequences: 2, context: 3)
    let error = trainingError {
      _ = try TrainingGraphs(
        architecture: Wrong(), optimizer: MomentumOptimizer(momentum: 0), batch: shape,
        evaluationBatch: shape, clip: nil)
    }
    #expect(error?.code == .model)
    #expect(error?.message.contains("[6] float32") == true)
  }
}
