import PluginBridges
import PluginConformance
import PluginSDK
import TestModels
import Testing

/// Plugins without a fault keep every law, so that what the broken ones break is their fault alone.
struct HonestPluginTests {
  static let plugins: [PluginUnderTest] = [
    .tokenizer(DirectTokenizerFactory(ByteTokenizer.self, name: "byte")),
    .tokenizer(FaultyTokenizerFactory(fault: .none)),
    .architecture(FaultyArchitectureFactory(fault: .none)),
    .optimizer(DirectOptimizerFactory(MomentumOptimizer.self, name: "momentum")),
    .optimizer(FaultyOptimizerFactory(fault: .none)),
    .dataMixer(DirectDataMixerFactory(FixedMixer.self, name: "fixed")),
    .dataMixer(FaultyMixerFactory(fault: .none)),
    .scalingLaw(DirectScalingLawFactory(DataLaw.self, name: "data")),
    .scalingLaw(FaultyLawFactory(fault: .none)),
  ]

  /// All laws but that of memory, which other tests in this process break for a plugin: it is held in
  /// a process of its own, where built plugins are checked.
  static let cases: [LawCase] = plugins.flatMap { plugin in
    PluginLaw.all(of: plugin.kind).filter { $0.name != "plugin.memory" }.map {
      LawCase($0.name, plugin.identity.name, plugin, mentions: "")
    }
  }

  @Test(arguments: cases, [1, 2] as [UInt64])
  func keepsTheLaw(_ kept: LawCase, seed: UInt64) throws {
    let law = try #require(
      PluginLaw.all(of: kept.subject.kind).first { $0.name == kept.law })
    let finding = law.finding(on: kept.subject, settings(seed: seed))
    #expect(finding.verdict.isGood, "\(finding.seen)")
  }

  @Test func lawsAreNamedOnceAndSayWhereTheyStand() {
    for kind in PluginKind.ofLibraries {
      let laws = PluginLaw.all(of: kind)
      #expect(Set(laws.map(\.name)).count == laws.count)
      for law in laws {
        #expect(law.name.hasPrefix("\(law.kind?.name ?? "plugin")."))
        #expect(law.sentence.hasSuffix("."))
        #expect(law.source.wholeMatch(of: /PluginConformance\/\w+Laws(\+\w+)?\.swift:\d+/) != nil)
      }
    }
  }

  @Test func optionsThatAreGivenAreNotMadeUp() throws {
    let law = try #require(
      PluginLaw.all(of: .dataMixer).first { $0.name == "data-mixer.converges" })
    let options = OptionValues([
      "weights": .shares([
        CorpusShare(corpus: "english", share: 3), CorpusShare(corpus: "chinese", share: 1),
      ])
    ])
    let plugin = DirectDataMixerFactory(FixedMixer.self, name: "fixed")
    let finding = law.finding(on: .dataMixer(plugin), settings(options: options))
    #expect(finding.verdict == .kept)
    #expect(finding.seen.contains("english 0.7"))
    #expect(finding.seen.contains("chinese 0.2"))
  }

  @Test func optionsThatNoneAreTakenOfAskForOthers() throws {
    let law = try #require(PluginLaw.all(of: .dataMixer).first { $0.name == "data-mixer.weights" })
    let finding = law.finding(on: .dataMixer(FaultyMixerFactory(fault: .takesNothing)), settings())
    #expect(finding.verdict == .broken)
    #expect(finding.seen.contains("--set name=value"))
  }
}
