import CPUEngine
import Foundation
import GraphLanguage
import Graphs
import PluginSDK
import TestFolders
import TestModels
import Testing
import Training

/// An update by machine code trains as the same update in the host's own operations does.
@Suite struct ElementwiseUpdateTests {
  private static let tokens: [Int32] = [0, 1, 2, 3, 4, 0, 2, 3, 4, 0, 1, 2]
  private static let targets: [Int32] = [1, 2, 3, 4, 0, 1, 3, 4, 0, 1, 2, 3]

  private static func batch(scored: Int = 12, step: Int) -> UpdateBatch {
    UpdateBatch(
      tokens: tokens, targets: targets, scored: scored, learningRate: 0.3, step: step)
  }

  /// Programs with drawn parameters.
  private struct Machine {
    let programs: TrainingPrograms
    let graphs: TrainingGraphs

    init(
      _ optimizer: any Optimizer, microBatch: Int?, clip: Double?, threads: Int = 2
    ) throws {
      graphs = try TinyRun.graphs(
        rows: 2, microBatch: microBatch, clip: clip, optimizer: optimizer)
      programs = try TrainingPrograms(
        graphs, CompileOptions(), on: CPUEngine(threads: threads))
      let draw = ParameterInitialization(seed: 3)
      for variable in graphs.variables {
        try programs.session.write(
          variable.name,
          draw.elements(of: variable.name, shape: variable.shape, variable.initializer))
      }
    }

    func content() throws -> [[UInt32]] {
      try graphs.variables.map { try programs.session.read($0.name).map(\.bitPattern) }
    }
  }

  @Test(arguments: [nil, 1], [nil, 0.05])
  func itGivesTheBitsOfTheSameUpdateInOperations(microBatch: Int?, clip: Double?) throws {
    let described = try Machine(
      MomentumOptimizer(momentum: 0.5), microBatch: microBatch, clip: clip)
    let expected = try (1...5).map { try described.programs.update(Self.batch(step: $0)) }
    for (threads, isConcurrent) in [(1, true), (2, true), (3, true), (2, false)] {
      let foreign = try Machine(
        ElementwiseMomentum(momentum: 0.5, isConcurrent: isConcurrent), microBatch: microBatch,
        clip: clip, threads: threads)
      #expect(foreign.graphs.variables == described.graphs.variables)
      #expect(try (1...5).map { try foreign.programs.update(Self.batch(step: $0)) } == expected)
      #expect(try foreign.content() == described.content())
    }
  }

  @Test(arguments: [nil, 1])
  func aLossThatIsNotFiniteChangesNothing(microBatch: Int?) throws {
    let machine = try Machine(
      ElementwiseMomentum(momentum: 0.5), microBatch: microBatch, clip: 1)
    _ = try machine.programs.update(Self.batch(step: 1))
    let before = try machine.content()
    // A mean over no targets.
    let result = try machine.programs.update(Self.batch(scored: 0, step: 2))
    #expect(!result.loss.isFinite)
    #expect(try machine.content() == before)
    let origin = try machine.programs.firstNonFinite(Self.batch(scored: 0, step: 2))
    #expect(origin?.operation == "divide")
    _ = try machine.programs.update(Self.batch(step: 2))
    #expect(try machine.content() != before)
  }

  /// What is updated stays where it is: no second copy of a parameter waits for anything.
  @Test(arguments: [nil, 1])
  func itNeedsNoMoreMemoryThanTheSameUpdateInOperations(microBatch: Int?) throws {
    func need(_ optimizer: any Optimizer) throws -> MemoryNeed {
      let graphs = try TrainingGraphs(
        architecture: TinyArchitecture(width: 256, vocabulary: 600), optimizer: optimizer,
        batch: BatchShape(sequences: 2, context: 6), microBatch: microBatch,
        evaluationBatch: BatchShape(sequences: 1, context: 6), clip: 1)
      return try MemoryNeed(graphs, CompileOptions(), engine: TinyRun.engine)
    }
    let described = try need(MomentumOptimizer(momentum: 0.5))
    let foreign = try need(ElementwiseMomentum(momentum: 0.5))
    #expect(foreign.variables == described.variables)
    // The smallest parameter takes 256 KiB; what is fused into the update there is a scalar here.
    #expect(foreign.working <= described.working + 4096)
  }

  @Test func itsCostIsOneOperationForEachNewElement() throws {
    let graphs = try TinyRun.graphs(
      rows: 2, clip: nil, optimizer: ElementwiseMomentum(momentum: 0.5))
    let nodes = graphs.step.nodes.filter { $0.operation.name == "momentum" }
    let elements = graphs.parameters.map(\.shape.elementCount)
    #expect(Set(nodes.map(\.section)) == [.update])
    // Each is there twice: as the optimizer asked for it, and with the guard; what nobody reads goes.
    let live = try graphs.step.pruned().nodes.filter { $0.operation.name == "momentum" }
    #expect(live.map(\.cost.elementwiseFLOPs) == elements.map { 2 * $0 })
  }

  @Test func aFailureEndsTheRunWithItsReason() throws {
    let folder = try TemporaryFolder()
    let run = try TinyRun(
      in: folder.path, sequences: 29,
      optimizer: ElementwiseMomentum(momentum: 0.5, failingStep: 4))
    let error = trainingError {
      _ = try run.loop(folder: "\(folder.path)/run").run(from: .drawn)
    }
    #expect(error?.code == .model)
    #expect(error?.message == "momentum: step 4 is one too many")
  }

  @Test func aResumedRunHasTheBitsOfAnUninterruptedOne() throws {
    let folder = try TemporaryFolder()
    let run = try TinyRun(
      in: folder.path, sequences: 29, optimizer: ElementwiseMomentum(momentum: 0.5))
    let whole = try run.loop(folder: "\(folder.path)/whole").run(from: .drawn)
    let loop = run.loop(folder: "\(folder.path)/parts")
    var steps = 0
    let error = trainingError {
      _ = try loop.run(from: .drawn, isCancelled: { steps == 4 }) { steps = $0.step }
    }
    #expect(error?.code == .interrupted)
    let rest = try loop.run(from: .drawn)
    for name in ["model.safetensors", "optimizer.safetensors"] {
      #expect(
        try Data(contentsOf: URL(filePath: "\(rest.folder)/\(name)"))
          == Data(contentsOf: URL(filePath: "\(whole.folder)/\(name)")))
    }
  }
}
