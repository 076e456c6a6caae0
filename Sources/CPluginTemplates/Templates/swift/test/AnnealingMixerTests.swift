import PluginSDK
import Testing

@testable import ExamplePlugin

@Suite struct AnnealingMixerTests {
  private func mixer(start: [CorpusShare], end: [CorpusShare]) throws -> AnnealingMixer {
    try AnnealingMixer(
      options: OptionValues(["start": .shares(start), "end": .shares(end)]), host: SilentHost())
  }

  @Test(arguments: [(0, [0.75, 0.25]), (500, [0.375, 0.625]), (1000, [0, 1])])
  func itMovesFromStartToEnd(drawn: Int, expected: [Double]) throws {
    let mixer = try mixer(
      start: [CorpusShare(corpus: "old", share: 3), CorpusShare(corpus: "new", share: 1)],
      end: [CorpusShare(corpus: "new", share: 2)])
    #expect(mixer.sources == ["old", "new"])
    let progress = MixingProgress(
      tokensDrawn: drawn, tokensPlanned: 1000, sourceTokensDrawn: [drawn, 0])
    #expect(mixer.weights(at: progress) == expected)
  }

  @Test func nothingToMixIsRefused() {
    #expect(throws: PluginError.self) {
      try mixer(
        start: [CorpusShare(corpus: "old", share: 0)], end: [CorpusShare(corpus: "old", share: 1)])
    }
  }
}
