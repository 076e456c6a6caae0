import CPUEngine
import Corpora
import Foundation
import Graphs
import PluginSDK
import TestModels
import Training

/// A run of a tiny model on a few letters.
struct TinyRun {
  static let context = 6
  static let rows = 3
  static let engine: any Engine = CPUEngine(threads: 2)
  static let vocabulary = 6

  let store: TokenStore
  let batches: BatchSource
  let evaluationSet: EvaluationSet
  let graphs: TrainingGraphs

  /// Prepares a run that trains on some sequences; the tokens go into a folder.
  init(
    in folder: String, sequences: Int, microBatch: Int? = nil, clip: Double? = 1,
    optimizer: any Optimizer = MomentumOptimizer(momentum: 0.5)
  ) throws {
    store = try Self.store(at: "\(folder)/\(UUID().uuidString).tokens")
    let order = try SequenceOrder(
      sources: [
        SequenceSource(name: "letters", sequenceCount: store.sequenceCount(context: Self.context))
      ],
      mixer: FixedMixer([CorpusShare(corpus: "letters", share: 1)]), mixerName: "fixed",
      count: sequences, context: Self.context, seed: 7)
    batches = BatchSource(order: order, stores: [store], rows: Self.rows)
    evaluationSet = try EvaluationSet(
      corpus: "letters",
      batches: try EvaluationBatches(
        store: store, corpus: "letters", context: Self.context, rows: microBatch ?? Self.rows,
        tokenLimit: 40))
    graphs = try Self.graphs(
      rows: Self.rows, microBatch: microBatch, clip: clip, optimizer: optimizer)
  }

  static func graphs(
    rows: Int, microBatch: Int? = nil, clip: Double?,
    optimizer: any Optimizer = MomentumOptimizer(momentum: 0.5)
  ) throws -> TrainingGraphs {
    try TrainingGraphs(
      architecture: TinyArchitecture(width: 4, vocabulary: vocabulary),
      optimizer: optimizer,
      batch: BatchShape(sequences: rows, context: context), microBatch: microBatch,
      evaluationBatch: BatchShape(sequences: microBatch ?? rows, context: context), clip: clip)
  }

  /// Documents over five letters, in which each letter is mostly followed by the next.
  private static func store(at path: String) throws -> TokenStore {
    var writer = try TokenStoreWriter(
      path: path, key: [UInt8](repeating: 1, count: 32),
      byteLengths: [Int](repeating: 1, count: vocabulary - 1))
    for document in 0..<12 {
      let tokens = (0..<20).map { TokenID(($0 + document + ($0 % 7 == 0 ? 2 : 0)) % 5) }
      try writer.append(document: tokens, byteCount: tokens.count, characterCount: tokens.count)
    }
    return try writer.finish()
  }

  /// A loop that saves as often as it can.
  func loop(
    identity: String = "run", folder: String, rate: Double = 0.1, evaluationPoints: Int = 2,
    checkpointInterval: Duration = .zero, keptSteps: Set<Int> = [], keptFolder: String = "",
    on engine: any Engine = Self.engine
  ) -> TrainingLoop {
    let steps = batches.stepCount
    return TrainingLoop(
      graphs: graphs,
      configuration: TrainingConfiguration(
        identity: identity, seed: 11,
        schedule: LearningRateSchedule([
          LearningRateSchedule.Segment(updates: steps, from: rate, to: rate / 10)
        ]),
        evaluationSteps: TrainingConfiguration.evaluationSteps(
          points: evaluationPoints, updates: steps),
        curveInterval: 3, compileOptions: CompileOptions(), checkpointFolder: folder,
        checkpointInterval: checkpointInterval, keptSteps: keptSteps, keptFolder: keptFolder),
      batches: batches, evaluationSets: [evaluationSet], engine: engine)
  }

  /// A run that goes by the beginning of this one's rates and data, and then comes to an end.
  func branch(of sequences: Int, sharing shared: Int) -> BranchRun {
    BranchRun(
      trunk: self,
      batches: BatchSource(
        order: batches.order, stores: [store], rows: Self.rows, count: sequences),
      shared: shared)
  }
}

/// A tiny run that has its first updates in common with another.
struct BranchRun {
  let trunk: TinyRun
  let batches: BatchSource
  let shared: Int

  func loop(_ folder: String) -> TrainingLoop {
    let (whole, steps) = (trunk.batches.stepCount, batches.stepCount)
    let rates = (1...steps).map { step in
      step <= shared ? 0.1 + (0.01 - 0.1) * Double(step) / Double(whole) : 0.001
    }
    return TrainingLoop(
      graphs: trunk.graphs,
      configuration: TrainingConfiguration(
        identity: "branch", seed: 11,
        schedule: LearningRateSchedule([LearningRateSchedule.Segment(rates: rates)]),
        evaluationSteps: TrainingConfiguration.evaluationSteps(points: 2, updates: whole)
          .filter { $0 <= shared } + [steps],
        curveInterval: 3, compileOptions: CompileOptions(), checkpointFolder: folder,
        checkpointInterval: .seconds(1_000_000)),
      batches: batches, evaluationSets: [trunk.evaluationSet], engine: TinyRun.engine)
  }
}

/// The error that a body throws, as one of training.
func trainingError(_ body: () throws -> Void) -> TrainingError? {
  do {
    try body()
    return nil
  } catch {
    return error as? TrainingError
  }
}
