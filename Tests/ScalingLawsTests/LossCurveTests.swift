import CPTExtended
import Chinchilla
import Foundation
import PluginSDK
import ScalingLaws
import Testing

struct LossCurveTests {
  /// loss = factor C^-0.05, a straight line in logs.
  private func powerLaw(_ factor: Double, _ flops: [Double]) -> LossCurve {
    LossCurve(flops.map { LossPoint(flops: $0, loss: factor * pow($0, -0.05)) })
  }

  @Test func interpolationIsExactOnAPowerLaw() throws {
    let curve = powerLaw(30, [1e14, 1e15, 1e17])
    for flops in [1e14, 3e14, 1e15, 2e16, 1e17] {
      let found = try #require(curve.flops(atLoss: 30 * pow(flops, -0.05)))
      // log of the loss is exact to 1e-16 and stretched by 1/0.05.
      #expect(abs(found / flops - 1) < 1e-12)
    }
  }

  @Test func nothingIsSaidBeyondWhatWasMeasured() {
    let curve = powerLaw(30, [1e14, 1e15])
    #expect(curve.flops(atLoss: 30 * pow(0.9e14, -0.05)) == nil)
    #expect(curve.flops(atLoss: 30 * pow(1.1e15, -0.05)) == nil)
    #expect(LossCurve([]).flops(atLoss: 3) == nil)
  }

  @Test func aLossThatRisesAgainDoesNotCount() {
    let curve = LossCurve([
      LossPoint(flops: 4, loss: 3), LossPoint(flops: 1, loss: 5), LossPoint(flops: 2, loss: 4),
      LossPoint(flops: 3, loss: 4.5), LossPoint(flops: 4, loss: 2.5),
    ])
    #expect(curve.points.map(\.loss) == [5, 4, 2.5])
    #expect(curve.points.map(\.flops) == [1, 2, 4])
    #expect(curve.least == 2.5)
  }

  /// With one exponent for both, the saving is 1 - (factor ratio)^20 at every loss.
  @Test func theSavingAtEqualLossIsTheRatioOfCompute() throws {
    let scratch = powerLaw(30, [1e14, 1e15, 1e16])
    let continued = powerLaw(29, [1e14, 1e15, 1e16])
    let saving = try #require(EqualLossSaving(continued: continued, scratch: scratch))
    // The continued run goes lower, so the comparison is at the end of the run from scratch.
    #expect(saving.scratchFLOPs == 1e16)
    #expect(saving.loss == scratch.least)
    #expect(abs(saving.fraction - (1 - pow(29.0 / 30, 20))) < 1e-12)
    let reversed = try #require(EqualLossSaving(continued: scratch, scratch: continued))
    #expect(reversed.fraction < 0)
    #expect(
      EqualLossSaving(continued: powerLaw(3, [1e14, 1e15]), scratch: scratch) == nil)
    #expect(EqualLossSaving(continued: continued, scratch: scratch, loss: 9) == nil)
  }

  /// A loss that is off by a factor f moves the saving to 1 - (f times the factor ratio)^20.
  @Test(arguments: [(29.0, 0.0), (29, 0.003), (31, 0.01)])
  func theIntervalOfASavingIsThatOfTheLossCarriedThrough(_ factor: Double, error: Double) throws {
    let scratch = powerLaw(30, [1e10, 1e14, 1e18])
    let continued = powerLaw(factor, [1e10, 1e14, 1e18])
    let saving = try #require(EqualLossSaving(continued: continued, scratch: scratch))
    let interval = EqualLossSaving.interval(
      continued: continued, scratch: scratch, relativeError: error, level: 0.95)
    // The quantile of a standard normal number at 0.975, Abramowitz and Stegun, table 26.5.
    let shift = exp(1.959963985 * error)
    // The quantile has ten digits, and 20 times the error multiplies their rounding.
    #expect(abs(try #require(interval.low) - (1 - pow(factor / 30 * shift, 20))) < 1e-8)
    #expect(abs(try #require(interval.high) - (1 - pow(factor / 30 / shift, 20))) < 1e-8)
    #expect(interval.estimate == saving.fraction)
  }

  @Test func anIntervalIsOpenWhereTheMovedCurvesShareNoLoss() throws {
    let scratch = LossCurve([LossPoint(flops: 1, loss: 4), LossPoint(flops: 2, loss: 3)])
    let continued = LossCurve([LossPoint(flops: 1, loss: 5), LossPoint(flops: 2, loss: 3.9)])
    let interval = EqualLossSaving.interval(
      continued: continued, scratch: scratch, relativeError: 0.1, level: 0.95)
    #expect(interval.low == nil)
    #expect(interval.high != nil)
  }

  /// D_PT = (B N^gamma D^beta' / B')^(1/beta) where E, A and alpha are shared (arXiv 2407.02118).
  @Test(arguments: [(1e7, 1e9), (3e8, 1e10), (1e9, 7e9)])
  func theDataThatARunWasWorthFollowsFromTheLaws(_ size: Double, tokens: Double) throws {
    let scratch = [1.55, 420, 0.40, 719.5, 0.30]
    let continued = [1.55, 420, 0.40, 433.3, 0.20, 0.08]
    let loss = try CPTExtended().loss(
      continued, at: Allocation(parameters: size, tokens: tokens))
    let worth = try #require(
      try Chinchilla().tokens(scratch, parameters: size, forLoss: loss))
    let closed = pow(719.5 * pow(size, 0.08) * pow(tokens, 0.20) / 433.3, 1 / 0.30)
    // The data term is about 1e-1 of the loss, and 1/0.30 stretches its rounding.
    #expect(abs(worth / closed - 1) < 1e-12)
    #expect(try Chinchilla().tokens(scratch, parameters: size, forLoss: 1.5) == nil)
  }
}
