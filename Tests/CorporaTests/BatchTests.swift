import Corpora
import Foundation
import PluginSDK
import TestFolders
import Testing

struct BatchTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static func ids(_ range: Range<Int>) -> [TokenID] { range.map { TokenID($0 % 251) } }

  private func source(
    sequences: Int, rows: Int, count: Int? = nil
  ) throws -> (BatchSource, [TokenStore]) {
    let stores = [
      try makeStore([Self.ids(0..<60), Self.ids(60..<100)], in: folder, name: "a"),
      try makeStore([Self.ids(100..<140)], in: folder, name: "b"),
    ]
    let order = try SequenceOrder(
      sources: zip(["a", "b"], stores).map {
        SequenceSource(name: $0, sequenceCount: $1.sequenceCount(context: 8))
      }, mixer: ComputedMixer(sources: ["a", "b"], compute: { _ in [0.75, 0.25] }),
      mixerName: "computed", count: sequences, context: 8, seed: 5, blockLength: 4)
    return (BatchSource(order: order, stores: stores, rows: rows, count: count), stores)
  }

  @Test func rowsAreTheSequencesOfTheOrder() throws {
    let (source, stores) = try source(sequences: 12, rows: 3)
    #expect(source.stepCount == 4)
    for step in 0..<4 {
      let batch = source.batch(at: step)
      #expect(batch.scoredTokens == 24)
      for row in 0..<3 {
        let place = source.order.place(at: 3 * step + row)
        let start = 8 * place.sequence
        let store = stores[place.source]
        #expect(
          Array(batch.tokens[(8 * row)..<(8 * row + 8)]) == store.tokens(in: start..<start + 8))
        #expect(
          Array(batch.targets[(8 * row)..<(8 * row + 8)])
            == store.tokens(in: (start + 1)..<(start + 9)))
      }
    }
  }

  @Test func lastBatchIsFilledUpWithRowsThatAreNotScored() throws {
    let (source, _) = try source(sequences: 10, rows: 4)
    #expect(source.stepCount == 3)
    let batch = source.batch(at: 2)
    #expect(batch.tokens.count == 32 && batch.targets.count == 32)
    #expect(batch.scoredTokens == 16)
    #expect(batch.targets[..<16].allSatisfy { $0 >= 0 })
    #expect(batch.targets[16...].allSatisfy { $0 == -1 })
    #expect(batch.tokens[16...].allSatisfy { $0 == 0 })
  }

  @Test func theBeginningOfAnOrderIsItsFirstSequences() throws {
    let (whole, _) = try source(sequences: 30, rows: 4)
    let (beginning, _) = try source(sequences: 30, rows: 4, count: 10)
    #expect(beginning.stepCount == 3)
    #expect((0..<2).allSatisfy { beginning.batch(at: $0) == whole.batch(at: $0) })
    #expect(beginning.batch(at: 2).scoredTokens == 16)
    #expect(beginning.batch(at: 2).tokens[..<16] == whole.batch(at: 2).tokens[..<16])
    #expect(beginning.plannedTokens.reduce(0, +) == 80)
    #expect(whole.plannedTokens == whole.order.plannedTokens)
  }

  @Test func drawnTokensAreCountedBySource() throws {
    let (source, _) = try source(sequences: 10, rows: 4)
    #expect(source.sourceTokens(before: 0) == [0, 0])
    #expect(source.sourceTokens(before: 1) == [24, 8])
    #expect(source.sourceTokens(before: 3).reduce(0, +) == 80)
  }

  @Test(arguments: [(nil, 101), (101, 101), (1000, 101), (100, 100), (24, 24), (25, 25), (1, 1)])
  func evaluationScoresEveryTokenButTheFirstOnce(limit: Int?, scored: Int) throws {
    let (_, stores) = try source(sequences: 1, rows: 1)
    let evaluation = try EvaluationBatches(
      store: stores[0], corpus: "a", context: 8, rows: 3, tokenLimit: limit)
    #expect(evaluation.scoredTokens == scored)
    var inputs: [TokenID] = []
    var targets: [TokenID] = []
    for index in 0..<evaluation.count {
      let batch = evaluation.batch(at: index)
      #expect(batch.tokens.count == 24)
      #expect(batch.scoredTokens == batch.targets.count { $0 >= 0 })
      #expect(batch.scoredTokens > 0)
      for (token, target) in zip(batch.tokens, batch.targets) where target >= 0 {
        inputs.append(token)
        targets.append(target)
      }
    }
    #expect(inputs == stores[0].tokens(in: 0..<scored))
    #expect(targets == stores[0].tokens(in: 1..<(scored + 1)))
  }

  @Test func bitsPerByteCountTheBytesOfTheScoredTokens() throws {
    let (_, stores) = try source(sequences: 1, rows: 1)
    // 102 tokens: 60 bytes, an end, 40 bytes, an end; all but the first token are scored.
    let evaluation = try EvaluationBatches(store: stores[0], corpus: "a", context: 8, rows: 3)
    #expect(evaluation.byteCount == 99)
    // A model that gives each of 256 values one chance in 256 needs 8 bits for each of 101 tokens.
    #expect(abs(evaluation.bitsPerByte(nats: log(256)) - 8 * 101 / 99) < 1e-12)
    let limited = try EvaluationBatches(
      store: stores[0], corpus: "a", context: 8, rows: 3, tokenLimit: 62)
    #expect(limited.byteCount == 61)
  }

  @Test func evaluationOfNothingIsAnError() throws {
    let store = try makeStore([], in: folder)
    let error = #expect(throws: CorpusError.self) {
      try EvaluationBatches(store: store, corpus: "empty", context: 8, rows: 3)
    }
    #expect(error?.code == .tooLittleText)
    #expect(error?.message.contains("'empty'") == true)
  }
}
