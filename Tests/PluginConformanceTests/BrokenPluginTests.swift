import PluginConformance
import PluginSDK
import Testing

/// For every law there is a plugin that breaks it and is found out.
struct BrokenPluginTests {
  static let cases: [LawCase] =
    FaultyTokenizerFactory.cases + FaultyArchitectureFactory.cases + FaultyOptimizerFactory.cases
    + FaultyMixerFactory.cases + FaultyLawFactory.cases

  @Test(arguments: cases)
  func isFoundOut(_ broken: LawCase) throws {
    let law = try #require(
      PluginLaw.all(of: broken.subject.kind).first { $0.name == broken.law })
    let finding = law.finding(on: broken.subject, settings())
    #expect(finding.verdict == .broken, "\(finding.seen)")
    #expect(finding.seen.contains(broken.mention), "\(finding.seen)")
    #expect(finding.law == broken.law)
  }

  /// A file that does not load has no factory: that law's breach is in the tests of the command.
  @Test func everyLawHasAPluginThatBreaksIt() {
    let all = Set(PluginKind.ofLibraries.flatMap { PluginLaw.all(of: $0).map(\.name) })
    #expect(all.subtracting(Self.cases.map(\.law)) == [PluginLaw.nameOfLoading])
  }

  @Test func theSameSeedFindsTheSame() throws {
    let broken = try #require(Self.cases.first { $0.law == "tokenizer.round-trip" })
    let law = try #require(PluginLaw.all(of: .tokenizer).first { $0.name == broken.law })
    let findings = [7, 7, 8].map { law.finding(on: broken.subject, settings(seed: $0)) }
    #expect(findings[0] == findings[1])
    #expect(findings[2].verdict == .broken)
  }
}
