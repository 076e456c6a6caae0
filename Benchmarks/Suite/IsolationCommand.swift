import ArgumentParser
import Foundation
import PluginBridges
import PluginHost
import PluginSDK
import Timing

/// `cpt-bench isolation`: what a call into a worker process costs beside one in process.
struct IsolationCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "isolation",
    abstract: "Measure calls into a plugin in a worker process and in this one, as lines of text.")

  @Option(help: "Seconds for each measurement.")
  var seconds = 2.0

  @OptionGroup var threads: ThreadsOption

  func validate() throws {
    guard seconds > 0, seconds.isFinite else {
      throw ValidationError("--seconds is \(seconds); it must be a number above 0")
    }
  }

  func run() throws {
    ProcessFacts.raisePriority()
    let text = TokenizerText(byteCount: 1 << 20)
    var tokenizers: [any Tokenizer] = []
    for isolation in PluginIsolation.allCases {
      let registry = Plugins.registry(isolation)
      func line(_ what: String, _ number: Double, _ unit: String) {
        Self.line(isolation.rawValue, what, number, unit)
      }
      let loading = try ContinuousClock().measure { _ = try registry.dataMixer(named: "weighted") }
      line("loading a plugin", loading / .milliseconds(1), "ms")
      line("short call", try shortCall(registry) * 1e6, "µs")
      text.rewind()
      tokenizers.append(
        try registry.tokenizer(named: "byte-pair").train(
          on: text, options: OptionValues(["vocabulary": .integer(8192)])))
    }
    for size in [200, 2_000, 20_000] {
      let documents = Self.documents(of: text, size: size)
      for threads in Set([1, self.threads.count]).sorted() {
        let what = "documents of \(size) bytes, threads: \(threads)"
        let speeds = try encoding(documents, with: tokenizers, threads: threads)
        for (isolation, speed) in zip(PluginIsolation.allCases, speeds) {
          Self.line(isolation.rawValue, what, speed / 1e6, "MB/s")
        }
      }
    }
  }

  private static func line(_ subject: String, _ what: String, _ number: Double, _ unit: String) {
    print("\(subject)\t\(what)\t\(String(format: "%.3f", number)) \(unit)")
  }

  /// Seconds for a call that computes next to nothing: the weights of a mixer of two sources.
  private func shortCall(_ registry: PluginRegistry) throws -> Double {
    let mixer = try registry.dataMixer(named: "weighted").make(
      options: OptionValues([
        "weights": .shares([
          CorpusShare(corpus: "a", share: 3), CorpusShare(corpus: "b", share: 1),
        ])
      ]))
    let progress = MixingProgress(tokensDrawn: 5, tokensPlanned: 10, sourceTokensDrawn: [5, 0])
    return try secondsForOne { _ = try mixer.weights(at: progress) }
  }

  /// Bytes a second of encoding documents with each of some tokenizers: medians.
  ///
  /// They take turns, so that all of them meet what else the machine does.
  private func encoding(
    _ documents: [[UInt8]], with tokenizers: [any Tokenizer], threads: Int
  ) throws -> [Double] {
    let byteCount = documents.reduce(0) { $0 + $1.count }
    let clock = ContinuousClock()
    let start = clock.now
    var times = tokenizers.map { _ in [Double]() }
    repeat {
      for (index, tokenizer) in tokenizers.enumerated() {
        let elapsed = try clock.measure {
          _ = try DataBenchmark.encode(documents, with: tokenizer, threads: threads)
        }
        times[index].append(elapsed / .seconds(1))
      }
    } while clock.now - start < .seconds(seconds)
    return times.map { Double(byteCount) / $0.median }
  }

  /// A text cut into documents of one size.
  private static func documents(of text: TokenizerText, size: Int) -> [[UInt8]] {
    let bytes = text.documents.flatMap { $0 }
    return stride(from: 0, to: bytes.count - size, by: size).map {
      Array(bytes[$0..<$0 + size])
    }
  }

  /// The least seconds for one call among rounds of many.
  private func secondsForOne(_ call: () throws -> Void) throws -> Double {
    let rounds = 1000
    let clock = ContinuousClock()
    let start = clock.now
    var best = Double.infinity
    repeat {
      let elapsed = try clock.measure { for _ in 0..<rounds { try call() } }
      best = min(best, elapsed / .seconds(1) / Double(rounds))
    } while clock.now - start < .seconds(seconds)
    return best
  }
}
