import CPTExtended
import Chinchilla
import Foundation
import PluginSDK
import ScalingLaws
import Testing

/// Formulas of the two laws of arXiv 2407.02118 at its printed coefficients; what these say of real
/// savings is another matter.
struct LawSavingsTests {
  private let scratch = [1.55, 420, 0.40, 719.5, 0.30]
  private let continued = [1.55, 420, 0.40, 433.3, 0.20, 0.08]
  private let savings = LawSavings(scratch: Chinchilla(), continued: CPTExtended())

  @Test(arguments: [(5e7, 1e8), (5e8, 1e9), (5e9, 4e10)])
  func transferredTokensEqualTheClosedForm(_ size: Double, tokens: Double) throws {
    let found = try savings.transferredTokens(
      scratch, continued, at: Allocation(parameters: size, tokens: tokens))
    let equal = pow(719.5 * pow(size, 0.08) * pow(tokens, 0.20) / 433.3, 1 / 0.30)
    // A bisection to 1e-13 of losses that share 1.55 + A / N^alpha with a data term of a third or so.
    #expect(abs((found + tokens) / equal - 1) < 1e-11)
    let loss = try CPTExtended().loss(
      continued, at: Allocation(parameters: size, tokens: tokens))
    let saved = try savings.savedCompute(scratch, continued, loss: loss, parameters: size)
    #expect(abs(saved - (equal - tokens) / equal) < 1e-10)
  }

  @Test(arguments: [4.9e7, 5.12e8, 5.5e9])
  func theCrossoverAtOneSizeEqualsTheClosedForm(_ size: Double) throws {
    let found = try savings.crossoverTokens(
      scratch, continued, parameters: size, search: 1e6...1e13)
    let equal = pow(719.5 * pow(size, 0.08) / 433.3, 1 / 0.10)
    #expect(abs(found / equal - 1) < 1e-8)
  }

  @Test func theCrossoverOfTheFrontiersIsWhereTheyMeet() throws {
    let search = 1e10...1e24
    let found = try savings.crossoverCompute(scratch, continued, search: search)
    #expect(found > 1e10 && found < 1e24)
    let own = try Chinchilla().bestModel(scratch, compute: found, limits: AllocationLimits())
    let other = try CPTExtended().bestModel(continued, compute: found, limits: AllocationLimits())
    #expect(abs(own.loss / other.loss - 1) < 1e-9)
    // There, and only there, nothing is saved.
    #expect(try abs(savings.savedCompute(scratch, continued, loss: own.loss)) < 1e-6)
    #expect(try savings.savedCompute(scratch, continued, loss: own.loss * 1.1) > 0)
    #expect(try savings.savedCompute(scratch, continued, loss: own.loss * 0.95) < 0)
  }

  @Test func whereOneIsAlwaysAheadThereIsNoCrossover() throws {
    let same = LawSavings(scratch: Chinchilla(), continued: Chinchilla())
    var better = scratch
    better[3] = 300
    #expect(
      try same.crossoverTokens(scratch, better, parameters: 1e8, search: 1e8...1e12) == .infinity)
    #expect(try same.crossoverTokens(better, scratch, parameters: 1e8, search: 1e8...1e12) == 0)
    #expect(try same.crossoverCompute(scratch, better, search: 1e15...1e22) == .infinity)
  }

  @Test func aLossThatOnlyOneReachesSavesAllOrNothing() throws {
    let same = LawSavings(scratch: Chinchilla(), continued: Chinchilla())
    var worse = scratch
    worse[0] = 2
    #expect(try same.savedCompute(worse, scratch, loss: 1.9) == 1)
    #expect(try same.savedCompute(scratch, worse, loss: 1.9) == -.infinity)
    #expect(try same.savedCompute(worse, scratch, loss: 2.0, parameters: 1e10) == 1)
    let error = try #require(throws: ScalingLawError.self) {
      try same.savedCompute(worse, scratch, loss: 1.5)
    }
    #expect(error.code == .unreachableLoss)
  }
}
