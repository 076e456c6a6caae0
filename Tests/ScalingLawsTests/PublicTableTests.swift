import CPTExtended
import Chinchilla
import PluginSDK
import ScalingLaws
import Testing

@Suite(.enabled(if: PublicTables.arePresent, "the public tables are not on this machine"))
struct PublicTableTests {
  @Test(arguments: PublicTables.cases)
  func chinchillaReachesTheLeastKnownObjective(_ table: PublicTables.Case) throws {
    let expected = try #require(PublicTables.expected().fits[table.name])
    let observations = try PublicTables.observations(table)
    #expect(observations.count == expected.n)
    let fit = try LawFitter(law: Chinchilla()).fit(observations)
    // The agreement that two exact searches reach; the parameters themselves are looser.
    #expect(fit.objective <= expected.huber_sum * (1 + 1e-9))
    #expect(fit.objective >= expected.huber_sum * (1 - 1e-6))
    for name in ["E", "alpha", "beta"] {
      let value = try #require(fit[name])
      let other = try #require(expected.params[name])
      #expect(abs(value - other) < 1e-3 * other, "\(name) is \(value), not \(other)")
    }
    #expect(fit.warnings.isEmpty)
  }

  @Test func theLiteratureObjectiveOnThe240PointsIsReachedInFewEvaluations() throws {
    let fit = try LawFitter(law: Chinchilla())
      .fit(PublicTables.observations(PublicTables.cases[0]))
    #expect(fit.objective <= 0.0010182740178005993 * (1 + 1e-9))
    #expect(fit.evaluations <= 1000)
  }

  @Test(arguments: PublicTables.cases)
  func theBackTestIsAsGoodAsKnown(_ table: PublicTables.Case) throws {
    let expected = try #require(PublicTables.expected().fits[table.name]).heldout
    let observations = try PublicTables.observations(table)
    let test = try LawFitter(law: Chinchilla()).backTest(observations)
    #expect(test.fit.rows + test.error.rows == observations.count)
    #expect(test.fit.objective <= expected.huber_fit * (1 + 1e-9))
    // The held-out error follows the parameters, which two searches share to 1e-4 or so.
    #expect(abs(test.error.meanPercentError - expected.mape) < 1e-2 * expected.mape)
  }

  @Test(arguments: PublicTables.cases)
  func theExtendedFormNeverFitsWorse(_ table: PublicTables.Case) throws {
    let observations = try PublicTables.observations(table)
    let plain = try LawFitter(law: Chinchilla()).fit(observations)
    let extended = try LawFitter(law: CPTExtended()).fit(observations)
    #expect(extended.objective <= plain.objective * (1 + 1e-12))
  }

  @Test(arguments: ["Cerebras", "OPT"])
  func formsWithSeveralMinimaEndInTheLeast(_ family: String) throws {
    let table = PublicTables.fineTuning(family)
    let observations = try PublicTables.observations(table)
    let expected = try PublicTables.expected().finetune
    let extended = try #require(expected["\(table.name)_ext"])
    #expect(observations.count == extended.n)
    // The reference's bounds on exponents were narrower (1.2), so ours may only be lower.
    let fit = try LawFitter(law: CPTExtended()).fit(observations)
    #expect(fit.objective <= extended.huber * (1 + 1e-7))
    let plain = try #require(expected["\(table.name)_chin"])
    let plainFit = try LawFitter(law: Chinchilla()).fit(observations)
    #expect(plainFit.objective <= plain.huber * (1 + 1e-7))
    // Four sizes say little about E, A and alpha, and the fit must say so.
    #expect(!fit.warnings.isEmpty)
    #expect(!plainFit.warnings.isEmpty)
  }

  @Test func leavingOutASizePredictsItFromTheOthers() throws {
    let observations = try PublicTables.observations(PublicTables.fineTuning("OPT"))
    let left = try LawFitter(law: Chinchilla()).leavingOutEach("N", of: observations)
    #expect(left.map(\.value) == Set(try observations.column("N")).sorted())
    #expect(left.reduce(0) { $0 + $1.error.rows } == observations.count)
    for size in left {
      #expect(size.fit.rows + size.error.rows == observations.count)
      #expect(size.error.meanPercentError > 0)
    }
  }
}
