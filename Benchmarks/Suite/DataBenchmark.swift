import Corpora
import Foundation
import PluginHost
import PluginSDK
import ScalingLaws
import Timing
import Training

/// Measures what a study does beside training: tokenizer, order of the data, fits.
struct DataBenchmark {
  let threads: Int
  let repetitions: Repetitions
  let text: TokenizerText
  /// The tokens that sequences are drawn from.
  let tokenCount: Int

  /// Measures all of them.
  ///
  /// - Parameter progress: Told the name of each before it begins.
  /// - Returns: A measurement of each.
  /// - Throws: Whatever the plugins or the measured code throw.
  func run(progress: (String) -> Void) throws -> [DataMeasurement] {
    progress("tokenizer")
    let tokenizer = try measureTokenizer()
    progress("data order")
    let order = try measureOrder()
    progress("law fits")
    return tokenizer + order + [try measureFit()]
  }

  private func measureTokenizer() throws -> [DataMeasurement] {
    let factory = try Plugins.registry().tokenizer(named: "byte-pair")
    let options = OptionValues(["vocabulary": .integer(8192)])
    var trained: (any Tokenizer)?
    let training = try measure("byte-pair training", threads: 1) {
      text.rewind()
      let tokenizer = try factory.train(on: text, options: options)
      trained = tokenizer
      return ["ids": tokenizer.vocabularySize, "bytes": text.byteCount]
    }
    guard let tokenizer = trained else { return [training] }
    let counts = threads == 1 ? [1] : [1, threads]
    return [training]
      + (try counts.map { threads in
        try measure("byte-pair encoding", threads: threads) {
          let tokens = try Self.encode(text.documents, with: tokenizer, threads: threads)
          return ["tokens": tokens, "bytes": text.byteCount]
        }
      })
  }

  /// Encodes documents on some threads, in batches as a run does.
  ///
  /// - Returns: The number of tokens.
  static func encode(
    _ documents: [[UInt8]], with tokenizer: any Tokenizer, threads: Int
  ) throws -> Int {
    try tokenizer.encode(documents, threads: threads) { "documents \($0)" }
      .reduce(0) { $0 + $1.elements.count }
  }

  private func measureOrder() throws -> [DataMeasurement] {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "cpt-bench-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let names = ["a", "b"]
    let stores = try names.map { name in
      try store(at: folder.appending(path: name).path(percentEncoded: false), stream: name)
    }
    let (context, rows) = (256, 8)
    let mixer = try Plugins.registry().dataMixer(named: "weighted").make(
      options: OptionValues([
        "weights": .shares(zip(names, [3, 1]).map { CorpusShare(corpus: $0, share: $1) })
      ]))
    let sources = zip(names, stores).map {
      SequenceSource(name: $0, sequenceCount: $1.sequenceCount(context: context))
    }
    let count = tokenCount / context
    var planned: SequenceOrder?
    let planning = try measure("planning the data order", threads: 1) {
      planned = try SequenceOrder(
        sources: sources, mixer: mixer, mixerName: "weighted", count: count, context: context,
        seed: 0)
      return ["sequences": count]
    }
    guard let order = planned else { return [planning] }
    let batches = BatchSource(order: order, stores: stores, rows: rows)
    let drawing = try measure("drawing batches", threads: 1) {
      var scored = 0
      for step in 0..<batches.stepCount { scored += batches.batch(at: step).scoredTokens }
      return ["batches": batches.stepCount, "tokens": scored]
    }
    return [planning, drawing]
  }

  /// A shard of random tokens.
  private func store(at path: String, stream: String) throws -> TokenStore {
    let random = CounterRandom(seed: 4, stream: "benchmark/\(stream)")
    let vocabulary = 8192
    var writer = try TokenStoreWriter(
      path: path, key: Array(repeating: 0, count: 32),
      byteLengths: Array(repeating: 4, count: vocabulary))
    let tokens = (0..<UInt64(tokenCount)).map { TokenID(random.word($0) % UInt64(vocabulary)) }
    try writer.append(
      document: tokens, byteCount: 4 * tokens.count, characterCount: 4 * tokens.count)
    return try writer.finish()
  }

  /// Fits Chinchilla's law to 240 points with noise, over the ranges of arXiv 2203.15556.
  private func measureFit() throws -> DataMeasurement {
    let law = try Plugins.registry().scalingLaw(named: "chinchilla").make(options: OptionValues())
    let random = CounterRandom(seed: 5, stream: "benchmark/observations")
    let rows: Range<UInt64> = 0..<240
    func logUniform(_ low: Double, _ high: Double, _ place: UInt64) -> Double {
      low * pow(high / low, random.uniform(place))
    }
    let sizes = rows.map { logUniform(4e7, 1.6e10, 3 * $0) }
    let tokens = rows.map { logUniform(1e9, 5e11, 3 * $0 + 1) }
    // The parameters that the paper prints in section D.3.
    let losses = try law.predict(
      [1.69, 406.4, 0.34, 410.7, 0.28], at: [sizes, tokens], wantsGradients: false
    ).losses
    let noisy = zip(losses, rows).map { $0 * exp(0.005 * random.normal(3 * $1 + 2)) }
    let observations = try Observations(columns: ["N": sizes, "D": tokens], losses: noisy)
    return try measure("Chinchilla fit of 240 rows", threads: 1) {
      ["evaluations": try LawFitter(law: law).fit(observations).evaluations]
    }
  }

  private func measure(
    _ name: String, threads: Int, _ body: () throws -> [String: Int]
  ) throws -> DataMeasurement {
    try DataMeasurement(name, threads: threads, repetitions: repetitions, body)
  }
}

extension DataMeasurement {
  /// Repeats a task that gives counts; each count makes a rate.
  init(
    _ name: String, threads: Int, repetitions: Repetitions, _ body: () throws -> [String: Int]
  ) rethrows {
    var counts: [String: Int] = [:]
    let others = OthersShare()
    let times = try repetitions.time { counts = try body() }
    let median = times.median
    self.init(
      name: name, threads: threads, repetitions: times.count, medianSeconds: median,
      bestSeconds: times.min() ?? 0,
      rates: Dictionary(
        uniqueKeysWithValues: counts.filter { $0.key != "ids" }.map { unit, count in
          unit == "bytes"
            ? ("MB/s", Double(count) / median / 1e6) : ("\(unit)/s", Double(count) / median)
        }), counts: counts, othersShare: others.soFar)
  }
}
