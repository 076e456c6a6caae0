import AdamW
import CPUEngine
import GPT2
import GraphLanguage
import Graphs
import Llama
import PluginBridges
import PluginSDK
import Testing
import Training

/// Computing activations again changes the memory of the plugins' models and not one bit of them.
struct RecomputationTests {
  private static let sizes: [String: OptionValue] = [
    "width": .integer(32), "layers": .integer(4), "heads": .integer(4),
  ]

  private static func graphs(
    _ factory: any ArchitectureFactory, _ options: [String: OptionValue],
    vocabulary: Int, sequences: Int, context: Int, microBatch: Int? = nil
  ) throws -> TrainingGraphs {
    let optimizer = try DirectOptimizerFactory(AdamW.self, name: "adamw")
      .make(options: OptionValues())
    return try TrainingGraphs(
      architecture: try factory.make(
        options: OptionValues(options),
        dimensions: ModelDimensions(vocabulary: vocabulary, context: context)),
      optimizer: optimizer, batch: BatchShape(sequences: sequences, context: context),
      microBatch: microBatch,
      evaluationBatch: BatchShape(sequences: microBatch ?? sequences, context: context), clip: 1)
  }

  /// The bits of losses, norms and variables of some updates.
  private struct Bits: Equatable {
    var results: [UpdateResult] = []
    var variables: [[UInt32]] = []
  }

  private static func train(
    _ graphs: TrainingGraphs, vocabulary: Int, threads: Int, recomputes: Bool
  ) throws -> Bits {
    let programs = try TrainingPrograms(
      graphs, CompileOptions(recomputes: recomputes), on: CPUEngine(threads: threads))
    let draw = ParameterInitialization(seed: 5)
    for variable in graphs.variables {
      try programs.session.write(
        variable.name,
        draw.elements(of: variable.name, shape: variable.shape, variable.initializer))
    }
    let count = graphs.batch.tokens
    var bits = Bits()
    for update in 1...3 {
      let tokens = (0..<count).map { Int32(($0 * $0 + 7 * update) % vocabulary) }
      bits.results.append(
        try programs.update(
          UpdateBatch(
            tokens: tokens, targets: tokens.dropFirst() + [-1], scored: count - 1,
            learningRate: 1e-2, step: update)))
    }
    for variable in graphs.variables {
      bits.variables.append(try programs.session.read(variable.name).map(\.bitPattern))
    }
    return bits
  }

  @Test(arguments: ["llama", "llama, tied", "gpt2"], [nil, 2])
  func trainingHasTheSameBits(model: String, microBatch: Int?) throws {
    var options = Self.sizes
    if model == "llama, tied" { options["tied"] = .boolean(true) }
    let factory: any ArchitectureFactory =
      model == "gpt2" ? GPT2Tests.factory : LlamaTests.factory
    let graphs = try Self.graphs(
      factory, options, vocabulary: 101, sequences: 4, context: 24, microBatch: microBatch)
    let stored = try Self.train(graphs, vocabulary: 101, threads: 2, recomputes: false)
    for threads in [1, 2] {
      let again = try Self.train(graphs, vocabulary: 101, threads: threads, recomputes: true)
      #expect(again == stored)
    }
    let engine = CPUEngine(threads: 2)
    let bytes = try [false, true].map {
      try engine.workingByteCount(
        of: graphs.programs, CompileOptions(recomputes: $0))
    }
    #expect(bytes[1] < bytes[0])
  }

  @Test(arguments: ["llama", "gpt2"])
  func aDeepModelNeedsFarLessMemory(model: String) throws {
    let factory: any ArchitectureFactory =
      model == "gpt2" ? GPT2Tests.factory : LlamaTests.factory
    var options = Self.sizes
    options["width"] = .integer(256)
    options["layers"] = .integer(6)
    options["heads"] = .integer(8)
    let graphs = try Self.graphs(
      factory, options, vocabulary: 8192, sequences: 8, context: 256)
    let engine = CPUEngine(threads: 2)
    let bytes = try [false, true].map {
      try engine.workingByteCount(of: [graphs.step], CompileOptions(recomputes: $0))
    }
    // Both hold the gradients of all parameters at the end; what is saved are activations.
    let gradients = graphs.parameters.reduce(0) { $0 + 4 * $1.shape.elementCount }
    #expect(bytes[1] - gradients < (bytes[0] - gradients) / 2)

    let graph = try graphs.step.simplified()
    let again = try graph.recomputing()
    // Less than the forward pass once more: the loss and what the backward pass does not read.
    let forward = graph.nodes.filter { $0.section == .forward }.reduce(0) {
      $0 + $1.cost.matrixFLOPs
    }
    let extra = again.cost.matrixFLOPs - graph.cost.matrixFLOPs
    #expect(extra > 0 && extra < forward)
  }
}
