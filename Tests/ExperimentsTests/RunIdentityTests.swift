import Experiments
import Foundation
import Pipelines
import PluginSDK
import Testing

@Suite struct RunIdentityTests {
  private typealias Plugin = RunIdentity.Plugin

  private static let identity = RunIdentity(
    engine: "reference", seed: 1, dimensions: ModelDimensions(vocabulary: 10, context: 4),
    architecture: plugin("a"), optimizer: plugin("o"), learningRate: 0.1,
    schedule: ScheduleDeclaration(shape: .cosine, warmup: 0.1, decay: 0, finalFraction: 0.1),
    clip: 1, batch: BatchDeclaration(tokens: 8), sequences: 100, mixer: plugin("m"),
    data: [RunIdentity.Data(corpus: "x", tokens: "aa")], tokenizer: plugin("t"),
    tokenizerModel: "bb",
    evaluation: EvaluationDeclaration(corpora: ["x"], points: 3, tokenLimit: nil),
    heldOut: [RunIdentity.Data(corpus: "x", tokens: "cc")], source: nil)

  private static func plugin(_ name: String) -> Plugin {
    Plugin(
      name: name, version: "1", sha256: "ff",
      options: OptionValues(["b": .integer(1), "a": .real(0.5), "c": .text("t")]))
  }

  /// Changes to every part that a run depends on, by name.
  private static let changes: [(String, @Sendable (inout RunIdentity) -> Void)] = [
    ("numerics", { $0.numerics += 1 }),
    ("engine", { $0.engine = "avx2" }),
    ("seed", { $0.seed = 2 }),
    ("vocabulary", { $0.dimensions.vocabulary = 11 }),
    ("context", { $0.dimensions.context = 5 }),
    ("architecture option", { $0.architecture.options["b"] = .integer(2) }),
    ("architecture file", { $0.architecture.sha256 = "fe" }),
    ("architecture version", { $0.architecture.version = "2" }),
    ("optimizer option", { $0.optimizer.options["a"] = .real(0.6) }),
    ("optimizer", { $0.optimizer.name = "p" }),
    ("learning rate", { $0.learningRate = 0.2 }),
    ("schedule", { $0.schedule.warmup = 0.2 }),
    ("clip", { $0.clip = nil }),
    ("batch", { $0.batch.tokens = 16 }),
    ("micro-batch", { $0.batch.microBatch = 4 }),
    ("sequences", { $0.sequences = 101 }),
    ("mixer", { $0.mixer.options["d"] = .boolean(true) }),
    ("data", { $0.data[0].tokens = "ab" }),
    ("tokenizer", { $0.tokenizer.sha256 = "fe" }),
    ("tokenizer model", { $0.tokenizerModel = "bc" }),
    ("evaluation", { $0.evaluation.points = 4 }),
    ("held-out text", { $0.heldOut[0].tokens = "cd" }),
    ("source", { $0.source = "ee" }),
  ]

  @Test func idIsTheHashOfTheDocument() throws {
    let document = try Self.identity.document()
    let decoded = try JSONDecoder().decode(RunIdentity.self, from: document)
    #expect(decoded == Self.identity)
    #expect(try decoded.document() == document)
    let id = try Self.identity.id()
    #expect(id.count == 64)
    for _ in 0..<5 { #expect(try Self.identity.id() == id) }
  }

  @Test(arguments: changes.map(\.0))
  func idChangesWithEveryPart(name: String) throws {
    let change = try #require(Self.changes.first { $0.0 == name }?.1)
    var changed = Self.identity
    change(&changed)
    #expect(try changed.id() != Self.identity.id())
  }
}
