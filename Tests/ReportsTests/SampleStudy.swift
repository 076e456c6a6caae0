import Experiments
import Foundation
import PluginSDK

/// A made-up study with the shape of a real one: losses follow a law of Chinchilla's form, with
/// noise that a seed fixes.
enum SampleStudy {
  static let sizes: [(name: String, nonEmbedding: Int, embedding: Int)] = [
    ("60k", 61_440, 262_144), ("120k", 122_880, 393_216), ("250k", 249_856, 524_288),
    ("500k", 501_760, 786_432),
  ]
  static let points = 12

  /// 4 sizes in 3 stages with 12 evaluations each on 2 corpora; continuing saves at all sizes but
  /// the last.
  static func results() -> StudyResults {
    var noise = Noise(state: 7)
    let runs = ["source", "scratch", "cpt"].flatMap { stage in
      sizes.map { run(stage, $0.name, $0.nonEmbedding, $0.embedding, &noise) }
    }
    return StudyResults(
      name: "english-to-chinese", pipelineText: pipelineText, resolvedPipeline: resolvedPipeline,
      seed: .max, environment: environment, plugins: plugins, corpora: corpora,
      tokenizer: TokenizerRecord(
        plugin: "byte-pair", vocabulary: 4096, sha256: digest("e"), path: "cache/tokenizer.model"),
      runs: runs, fits: [fit("scratch", "chinchilla", runs), fit("cpt", "cpt-extended", runs)],
      savings: sizes.map { saving($0.name, Double($0.nonEmbedding)) },
      timings: [
        TimingRecord(part: "tokenizer", seconds: 8.25), TimingRecord(part: "source", seconds: 71.5),
        TimingRecord(part: "scratch", seconds: 70.125), TimingRecord(part: "cpt", seconds: 74),
        TimingRecord(part: "laws", seconds: 0.5),
      ])
  }

  /// By bisection of the true curves, at the higher of the two final losses.
  private static func saving(_ size: String, _ n: Double) -> SavingsRecord {
    let budget = 20 * n
    let finals = ["scratch", "cpt"].map { trueLoss($0, "chinese", n, budget) }
    let loss = max(finals[0], finals[1])
    let spent = ["scratch", "cpt"].map { stage in
      var (low, high) = (0.0, budget)
      for _ in 0..<60 {
        let middle = (low + high) / 2
        if trueLoss(stage, "chinese", n, middle) > loss { low = middle } else { high = middle }
      }
      return high
    }
    let measured = (spent[0] - spent[1]) / spent[0]
    return SavingsRecord(
      size: size, corpus: "chinese", scratchStage: "scratch", continuedStage: "cpt", loss: loss,
      measured: measured, predicted: measured * 0.9 + 0.01,
      remark: measured < 0 ? "the curves cross near the end" : nil, curve: transfer(n))
  }

  private static func run(
    _ stage: String, _ size: String, _ nonEmbedding: Int, _ embedding: Int, _ noise: inout Noise
  ) -> RunRecord {
    let tokens = 20 * nonEmbedding / 4096 * 4096
    let exactPerToken = 6 * Double(nonEmbedding) * 1.35 + 6 * Double(embedding)
    let isContinued = stage == "cpt"
    let corpora = ["english", "chinese"]
    let evaluations = (0...points).flatMap { point in
      corpora.map { corpus -> EvaluationRecord in
        let seen = tokens * point / points
        let loss =
          trueLoss(stage, corpus, Double(nonEmbedding), Double(seen)) * (1 + 0.002 * noise.next())
        return EvaluationRecord(
          corpus: corpus, step: seen / 4096, tokens: seen,
          exactFLOPs: exactPerToken * Double(seen), loss: loss, standardError: 0.011 + 0.001 * loss,
          bitsPerByte: loss / 0.6931471805599453 / (corpus == "english" ? 4.1 : 3.2),
          evaluatedTokens: corpus == "english" ? 65_536 : 49_152)
      }
    }
    let english = stage == "source" ? tokens : isContinued ? tokens / 20 : 0
    return RunRecord(
      id: digest(stage + size), stage: stage, continuedFrom: isContinued ? "source" : nil,
      sourceRun: isContinued ? digest("source" + size) : nil, size: size,
      shape: ["layers": .integer(4), "width": .integer(64)],
      parameters: ParameterCount(total: nonEmbedding + embedding, embedding: embedding),
      countedParameters: nonEmbedding, tokens: tokens, steps: tokens / 4096,
      exactFLOPs: exactPerToken * Double(tokens),
      approximateFLOPs: 6 * Double(nonEmbedding) * Double(tokens),
      sources: [("english", english), ("chinese", tokens - english)].filter { $0.1 > 0 }
        .map { corpus, count in
          SourceCount(
            corpus: corpus, plannedTokens: count, realisedTokens: count + 128,
            epochs: Double(count) / 6_000_000)
        },
      evaluations: evaluations,
      trainingCurve: (1...5).map { index in
        TrainingPoint(
          step: index * 10, loss: 9 / Double(index), learningRate: 0.002 / Double(index),
          gradientNorm: 1 + 0.1 * Double(index))
      },
      seconds: Double(tokens) / 60_000, tokensPerSecond: 60_000,
      speed: SpeedRecord(
        engine: "CPU, made-up kernels, 2 threads", peakFLOPsPerSecond: 8e11,
        shareOfPeak: exactPerToken * 60_000 / 8e11,
        secondsByPart: Dictionary(
          uniqueKeysWithValues: zip(
            SpeedRecord.Part.allCases, [0.01, 0.3, 0.55, 0.05, 0.06, 0.02, 0.01]
          ).map { ($0, $1 * Double(tokens) / 60_000) })),
      checkpoint: "runs/\(digest(stage + size))/checkpoints/final.safetensors")
  }

  /// What a stage's models would lose on a corpus, nats a token.
  static func trueLoss(_ stage: String, _ corpus: String, _ n: Double, _ d: Double) -> Double {
    let untrained = 8.31
    let learnt = 1.6 + 22 / pow(n, 0.25) + 110 / pow(d + 2000, 0.36)
    switch (stage, corpus) {
    case ("source", "english"), ("scratch", "chinese"): return min(untrained, learnt)
    case ("cpt", "chinese"):
      return min(7.1, 1.6 + 22 / pow(n, 0.25) + 14 / pow(d + 8000, 0.22))
    case ("cpt", "english"):
      let before = 1.6 + 22 / pow(n, 0.25) + 110 / pow(20 * n, 0.36)
      return before + 0.22 * (1 - exp(-8 * d / (20 * n)))
    default: return untrained - 0.6 * (1 - exp(-d / 2e6))
    }
  }

  private static func fit(_ stage: String, _ plugin: String, _ runs: [RunRecord]) -> FitRecord {
    let points = runs.filter { $0.stage == stage }.map { run in
      let last = run.evaluations.last { $0.corpus == "chinese" }
      return FitRecord.Point(
        run: run.id, parameters: Double(run.countedParameters), tokens: Double(run.tokens),
        measured: last?.loss ?? 0,
        predicted: trueLoss(stage, "chinese", Double(run.countedParameters), Double(run.tokens)))
    }
    let frozen = stage == "cpt"
    return FitRecord(
      name: stage, plugin: plugin, stage: stage, corpus: "chinese", failure: nil,
      parameters: [
        .init(name: "E", value: 1.6180339887498949, isFrozen: frozen, isAtBound: false),
        .init(name: "A", value: 22.03, isFrozen: frozen, isAtBound: false),
        .init(name: "alpha", value: 0.2503, isFrozen: frozen, isAtBound: false),
        .init(name: "B", value: 109.4, isFrozen: false, isAtBound: false),
        .init(name: "beta", value: 0.36, isFrozen: false, isAtBound: stage == "cpt"),
      ],
      objective: 3.21e-6, evaluations: 4_812, points: points,
      optima: (0...10).map { step in
        let compute = 4e10 * pow(100, Double(step) / 10)
        let n = 0.5 * pow(compute / 6, 0.5)
        let d = compute / 6 / n
        return .init(
          compute: compute, parameters: n, tokens: d, loss: trueLoss(stage, "chinese", n, d) - 0.05)
      },
      warnings: stage == "cpt"
        ? ["4 points fit 2 free parameters: nothing is left to check by"] : [],
      diagnosis: diagnosis(stage))
  }

  private static let environment = EnvironmentRecord(
    hostVersion: "0.1.0", operatingSystem: "Debian GNU/Linux 12", processor: "2 cores",
    engine: "CPU, AVX-512 kernels, 2 threads", swiftVersion: "6.3.1")

  private static let plugins: [PluginRecord] = [
    ("byte-pair", PluginKind.tokenizer), ("llama", .architecture), ("adamw", .optimizer),
    ("replay", .dataMixer), ("chinchilla", .scalingLaw), ("cpt-extended", .scalingLaw),
  ].map { name, kind in
    PluginRecord(
      identity: PluginIdentity(
        name: name, kind: kind, version: "0.1.0", abiMajor: 1, abiMinor: 0, concurrency: .serial,
        entry: "cpt_plugin_entry", capabilities: [], toolchain: "swift 6.3.1"),
      path: "/opt/cpt/plugins/lib\(name).so", sha256: digest(name))
  }

  private static let corpora = [("english", "en", "CC-BY-4.0"), ("chinese", "zh", nil)].map {
    name, language, licence in
    CorpusRecord(
      name: name, language: language, licence: licence,
      files: [
        .init(path: "/data/\(name)/part-1.jsonl.zst", byteCount: 12_345_678, sha256: digest(name))
      ],
      trainingDocuments: 12_034, trainingTokens: 6_012_345, trainingBytes: 24_101_112,
      heldOutDocuments: 251, heldOutTokens: 121_001, heldOutBytes: 487_002,
      skipped: name == "chinese" ? ["3 lines of part-1.jsonl.zst are not UTF-8"] : [])
  }

  private static func digest(_ text: String) -> String {
    var state = UInt64(14_695_981_039_346_656_037)
    for byte in text.utf8 { state = (state ^ UInt64(byte)) &* 1_099_511_628_211 }
    return (UInt64(0)..<4).map { part in
      let hex = String(state &* (2 * part + 1), radix: 16)
      return String(repeating: "0", count: 16 - hex.count) + hex
    }.joined()
  }

  private static let pipelineText = """
    schema: 1
    name: english-to-chinese
    model: { plugin: llama, context: 256, ladder: [60k, 120k, 250k, 500k] }

    """

  private static let resolvedPipeline = """
    schema: 1
    name: english-to-chinese
    plugins: [/opt/cpt/plugins]
    corpora:
      english: { files: [/data/english/part-1.jsonl.zst], language: en, held_out: 0.02 }
      chinese: { files: [/data/chinese/part-1.jsonl.zst], language: zh, held_out: 0.02 }

    """
}

/// Numbers that look random, in -1...1, always the same ones.
struct Noise {
  var state: UInt64

  mutating func next() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Double(state >> 33) / Double(1 << 30) - 1
  }
}
