import PluginBridges
import PluginSDK
import Replay
import Testing
import Weighted

/// The weights of our mixers.
struct MixerTests {
  private func progress(_ fraction: Double, sources: Int) -> MixingProgress {
    MixingProgress(
      tokensDrawn: Int(fraction * 1000), tokensPlanned: 1000,
      sourceTokensDrawn: Array(repeating: 0, count: sources))
  }

  private func replay(_ options: [String: OptionValue]) throws -> any DataMixer {
    try DirectDataMixerFactory(Replay.self, name: "replay").make(options: OptionValues(options))
  }

  private func shares(_ shares: KeyValuePairs<String, Double>) -> OptionValue {
    .shares(shares.map { CorpusShare(corpus: $0.key, share: $0.value) })
  }

  @Test func weightedDividesByTheSumAndStays() throws {
    let mixer = try DirectDataMixerFactory(Weighted.self, name: "weighted")
      .make(options: OptionValues(["weights": shares(["a": 1, "b": 3, "c": 0])]))
    #expect(mixer.sources == ["a", "b", "c"])
    for fraction in [0, 0.5, 1] {
      #expect(try mixer.weights(at: progress(fraction, sources: 3)) == [0.25, 0.75, 0])
    }
  }

  @Test(arguments: [0.0, .infinity])
  func weightsWithoutASumAreRefused(share: Double) {
    #expect(throws: PluginError.self) {
      try DirectDataMixerFactory(Weighted.self, name: "weighted")
        .make(options: OptionValues(["weights": shares(["a": share])]))
    }
  }

  @Test func replayGivesTheRestToTheTarget() throws {
    let mixer = try replay(["target": .text("zh"), "replay": shares(["en": 0.25, "fr": 0.25])])
    #expect(mixer.sources == ["zh", "en", "fr"])
    for fraction in [0, 0.5, 1] {
      #expect(try mixer.weights(at: progress(fraction, sources: 3)) == [0.5, 0.25, 0.25])
    }
  }

  @Test func replayFallsEvenlyToItsFinalPart() throws {
    let mixer = try replay([
      "target": .text("zh"), "replay": shares(["en": 0.5]), "final_replay": .real(0.5),
    ])
    #expect(try mixer.weights(at: progress(0, sources: 2)) == [0.5, 0.5])
    #expect(try mixer.weights(at: progress(0.5, sources: 2)) == [0.625, 0.375])
    #expect(try mixer.weights(at: progress(1, sources: 2)) == [0.75, 0.25])
    // A stage may draw a little more than it planned.
    #expect(try mixer.weights(at: progress(1.5, sources: 2)) == [0.75, 0.25])
  }

  @Test func impossibleReplaysAreExplained() {
    #expect(throws: PluginError.self) {
      try replay(["target": .text("zh"), "replay": shares(["zh": 0.1])])
    }
    #expect(throws: PluginError.self) {
      try replay(["target": .text("zh"), "replay": shares(["en": 0.6, "fr": 0.4])])
    }
    #expect(throws: PluginError.self) {
      try replay(["target": .text("zh"), "replay": shares(["en": 1.1])])
    }
  }
}
