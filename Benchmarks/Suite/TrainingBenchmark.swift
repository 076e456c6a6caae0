import CPUEngine
import Corpora
import GraphLanguage
import Graphs
import PluginHost
import PluginSDK
import Timing
import Training

/// Trains one model as a run does: plugins from their files, the same graphs, the same engine.
struct TrainingBenchmark {
  let model: ModelCase
  let threads: Int
  let repetitions: Repetitions

  /// Measures in this process, whose memory and start it takes for its own.
  func run() throws -> TrainingMeasurement {
    ProcessFacts.raisePriority()
    var stopwatch = Stopwatch()
    let graphs = try makeGraphs(&stopwatch)
    let engine = try CPUEngine.measured(threads: threads)
    let options = CompileOptions()
    let session = try engine.makeSession(graphs.variables)
    let step = try session.compile(graphs.step, options)
    let compilation = stopwatch.lap()
    _ = try session.compile(graphs.evaluation, options)
    let evaluationCompilation = stopwatch.lap()
    try ParameterInitialization(seed: 0).fill(graphs.variables, of: session)
    let initialization = stopwatch.lap()
    let batches = RandomBatches(model)
    _ = stopwatch.lap()
    let total = ProcessFacts.age
    var losses = [try update(step, 0, batches)]
    let firstStep = stopwatch.lap()
    losses.append(try update(step, 1, batches))

    let before = step.timings
    let others = OthersShare()
    var peaks = [engine.measurePeakNow()]
    let seconds = try repetitions.collect {
      let duration = try ContinuousClock().measure {
        losses.append(try update(step, losses.count, batches))
      }
      peaks.append(engine.measurePeakNow())
      return duration.seconds
    }
    let othersShare = others.soFar
    let parts = Self.parts(before, step.timings, steps: seconds.count)
    var sections = Dictionary(grouping: parts, by: \.section).mapValues { parts in
      parts.reduce(0) { $0 + $1.seconds }
    }
    let mean = seconds.reduce(0, +) / Double(seconds.count)
    sections["other"] = mean - sections.values.reduce(0, +)
    let rate = Rate(of: model.tokensPerStep, seconds: seconds)
    let stepFLOPs = Double(model.tokensPerStep * model.matrixFLOPsPerToken)
    let shares = seconds.indices.map { index in
      stepFLOPs / seconds[index] / ((peaks[index] + peaks[index + 1]) / 2)
    }
    return TrainingMeasurement(
      model: model, threads: threads, steps: seconds.count,
      tokensPerSecond: rate,
      matrixFLOPsPerSecond: rate.median * Double(model.matrixFLOPsPerToken),
      peakMeanwhile: peaks.median, shareOfPeakMeanwhile: shares.median,
      peakMemory: ProcessFacts.peakMemory,
      workingMemory: try engine.workingByteCount(of: [graphs.step, graphs.evaluation], options),
      variableMemory: graphs.step.variableByteCount,
      start: TrainingMeasurement.Start(
        process: stopwatch.processStart, plugins: stopwatch.plugins,
        description: stopwatch.description, compilation: compilation,
        evaluationCompilation: evaluationCompilation, initialization: initialization,
        total: total, firstStep: firstStep),
      sections: sections, parts: parts, firstLoss: losses[0], lastLoss: losses[losses.count - 1],
      othersShare: othersShare)
  }

  private func makeGraphs(_ stopwatch: inout Stopwatch) throws -> TrainingGraphs {
    let registry = Plugins.registry()
    let architecture = try registry.architecture(named: "llama").make(
      options: OptionValues([
        "width": .integer(model.width), "layers": .integer(model.layers),
        "heads": .integer(model.heads), "key_value_heads": .integer(model.keyValueHeads),
        "feed_forward": .integer(model.feedForward), "tied": .boolean(false),
      ]), dimensions: ModelDimensions(vocabulary: model.vocabulary, context: model.context))
    let optimizer = try registry.optimizer(named: "adamw").make(
      options: OptionValues(["weight_decay": .real(0.1), "beta2": .real(0.95)]))
    stopwatch.plugins = stopwatch.lap()
    let batch = BatchShape(sequences: model.sequences, context: model.context)
    let graphs = try TrainingGraphs(
      architecture: architecture, optimizer: optimizer, batch: batch, evaluationBatch: batch,
      clip: 1)
    stopwatch.description = stopwatch.lap()
    return graphs
  }

  /// Makes one update and gives its loss.
  private func update(
    _ step: any EngineProgram, _ index: Int, _ batches: RandomBatches
  ) throws -> Double {
    let (tokens, targets) = batches[index]
    let outputs = try step.run([
      GraphName.tokens: .int32(tokens), GraphName.targets: .int32(targets),
      GraphName.scored: .float32([Float(tokens.count)]), GraphName.learningRate: .float32([1e-3]),
      GraphName.step: .float32([Float(index + 1)]),
    ])
    guard case .float32(let loss)? = outputs[GraphName.loss], let loss = loss.first, loss.isFinite
    else { throw BenchmarkError("\(model.name): step \(index + 1) gave no finite loss") }
    return Double(loss)
  }

  /// Joins what the plan's steps took, for one training step.
  private static func parts(
    _ before: [StepTiming], _ after: [StepTiming], steps: Int
  ) -> [TrainingMeasurement.Part] {
    struct Key: Hashable {
      var operations: [String]
      var shape: [Int]
      var section: String
    }
    var parts: [Key: TrainingMeasurement.Part] = [:]
    for (before, after) in zip(before, after) {
      let key = Key(
        operations: after.operations, shape: after.shape.extents, section: after.section.rawValue)
      var part =
        parts[key]
        ?? TrainingMeasurement.Part(
          operations: key.operations, shape: key.shape, section: key.section, count: 0, seconds: 0,
          matrixFLOPs: 0, bytes: 0)
      part.count += 1
      part.seconds += (after.duration - before.duration).seconds / Double(steps)
      part.matrixFLOPs += after.cost.matrixFLOPs
      part.bytes += after.cost.bytes
      parts[key] = part
    }
    return parts.values.sorted {
      ($1.seconds, $0.operations.description) < ($0.seconds, $1.operations.description)
    }
  }
}

/// Times what follows one another.
private struct Stopwatch {
  /// The age of the process when its first line ran.
  let processStart = ProcessFacts.age
  var plugins = 0.0
  var description = 0.0
  private var mark = ContinuousClock.now

  /// The seconds since the last lap ended.
  mutating func lap() -> Double {
    let now = ContinuousClock.now
    defer { mark = now }
    return (now - mark).seconds
  }
}

/// Batches of random tokens, the same in every process.
private struct RandomBatches {
  private let tokens: [TokenID]
  private let model: ModelCase

  /// How many there are before they come again.
  private static let count = 64

  init(_ model: ModelCase) {
    self.model = model
    let random = CounterRandom(seed: 1, stream: "benchmark/tokens")
    tokens = (0...UInt64(Self.count * model.tokensPerStep)).map {
      TokenID(random.word($0) % UInt64(model.vocabulary))
    }
  }

  /// The tokens [B · T] of a step and the ones that follow them.
  subscript(step: Int) -> (tokens: [TokenID], targets: [TokenID]) {
    let start = step % Self.count * model.tokensPerStep
    let end = start + model.tokensPerStep
    return (Array(tokens[start..<end]), Array(tokens[(start + 1)...end]))
  }
}
