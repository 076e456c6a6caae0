import CPUEngine
import Foundation
import GraphLanguage
import Graphs
import TestFolders
import TestModels
import Testing
import Training

@Suite struct GradientAccumulationTests {
  /// Programs with drawn parameters, on a number of threads.
  private struct Machine {
    let programs: TrainingPrograms
    let graphs: TrainingGraphs

    init(rows: Int, microBatch: Int?, clip: Double?, threads: Int = 2) throws {
      graphs = try TinyRun.graphs(rows: rows, microBatch: microBatch, clip: clip)
      programs = try TrainingPrograms(
        graphs, CompileOptions(), on: CPUEngine(threads: threads))
      let draw = ParameterInitialization(seed: 3)
      for variable in graphs.variables {
        try programs.session.write(
          variable.name,
          draw.elements(of: variable.name, shape: variable.shape, variable.initializer))
      }
    }

    /// Makes some updates on batches of letters of which the last rows are empty.
    func train(updates: Int, rate: Double = 0.3) throws -> [UpdateResult] {
      let count = graphs.batch.tokens
      let empty = graphs.batch.context
      return try (0..<updates).map { update in
        let letters = (0..<count).map { Int32(($0 * (update + 2) + $0 / 5) % 5) }
        let targets = (0..<count).map { place in
          place < count - empty ? letters[(place + 1) % count] : -1
        }
        return try programs.update(
          UpdateBatch(
            tokens: letters, targets: targets, scored: count - empty, learningRate: rate,
            step: update + 1))
      }
    }

    func content() throws -> [[Float]] {
      try graphs.variables.map { try programs.session.read($0.name) }
    }
  }

  @Test(arguments: [1, 2, 3, 6], [nil, 0.05])
  func partsOfABatchAddUpToTheWhole(microBatch: Int, clip: Double?) throws {
    let whole = try Machine(rows: 6, microBatch: nil, clip: clip)
    let parts = try Machine(rows: 6, microBatch: microBatch, clip: clip)
    let expected = try whole.train(updates: 5)
    let found = try parts.train(updates: 5)
    // Sums of 30 terms of one size in another order differ by some last bits, 1.2e-7 each; five
    // updates at this rate do not magnify that.
    for (a, b) in zip(found, expected) {
      #expect(abs(a.loss - b.loss) <= 2e-6 * b.loss)
      #expect(abs(a.gradientNorm - b.gradientNorm) <= 4e-6 * b.gradientNorm)
    }
    for (a, b) in zip(try parts.content(), try whole.content()) {
      let size = b.reduce(0) { max($0, abs($1)) }
      #expect(zip(a, b).allSatisfy { abs($0 - $1) <= 4e-6 * size })
    }
  }

  @Test func bitsDoNotDependOnTheThreads() throws {
    let first = try Machine(rows: 6, microBatch: 2, clip: 1, threads: 1)
    let results = try first.train(updates: 4)
    for threads in 2...3 {
      let other = try Machine(rows: 6, microBatch: 2, clip: 1, threads: threads)
      #expect(try other.train(updates: 4) == results)
      #expect(try other.content() == first.content())
    }
  }

  @Test func sumsAreEmptyBetweenUpdatesAndInNoCheckpoint() throws {
    let machine = try Machine(rows: 6, microBatch: 2, clip: 1)
    _ = try machine.train(updates: 1)
    let accumulators = try #require(machine.graphs.accumulation?.accumulators)
    #expect(accumulators.map(\.shape) == machine.graphs.parameters.map(\.shape))
    for accumulator in accumulators {
      #expect(!machine.graphs.variables.contains(accumulator))
      #expect(try machine.programs.session.read(accumulator.name).allSatisfy { $0 == 0 })
    }

    let folder = try TemporaryFolder()
    let run = try TinyRun(in: folder.path, sequences: 6, microBatch: 1)
    let end = try run.loop(folder: "\(folder.path)/run").run(from: .drawn)
    let names = try ["model", "optimizer"].flatMap { file in
      let path = "\(end.folder)/\(file).safetensors"
      return try Safetensors(path: path).header.tensors.map(\.name)
    }
    #expect(Set(names) == Set(run.graphs.variables.map(\.name)))
  }

  @Test func memoryFallsAndTheCountOfOperationsStays() throws {
    func graphs(_ microBatch: Int?) throws -> TrainingGraphs {
      try TrainingGraphs(
        architecture: TinyArchitecture(width: 64, vocabulary: 64),
        optimizer: MomentumOptimizer(momentum: 0.5),
        batch: BatchShape(sequences: 256, context: 64), microBatch: microBatch,
        evaluationBatch: BatchShape(sequences: microBatch ?? 256, context: 64), clip: 1)
    }
    func memory(_ graphs: TrainingGraphs) throws -> Int {
      try TinyRun.engine.workingByteCount(of: graphs.programs, CompileOptions())
    }
    let whole = try graphs(nil)
    let parts = try graphs(32)
    let sums =
      parts.sessionVariables.reduce(0) { $0 + $1.shape.elementCount * 4 }
      - whole.sessionVariables.reduce(0) { $0 + $1.shape.elementCount * 4 }
    #expect(sums == parts.parameters.reduce(0) { $0 + $1.shape.elementCount * 4 })
    // An eighth of the activations, and gradients as large as the sums; the threads' scratch stays.
    #expect(try memory(parts) + sums < memory(whole) / 2)
    #expect(parts.stepFLOPs == whole.stepFLOPs)
  }
}
