import Testing
import Training

@Suite struct LearningRateScheduleTests {
  private typealias Schedule = LearningRateSchedule
  private typealias Segment = LearningRateSchedule.Segment

  /// Two updates of warm-up to 1, then four down to 0.2.
  private static let cosine = Schedule.warmup(updates: 2, to: 1)
    .then(Segment(updates: 4, from: 1, to: 0.2, curve: .halfCosine))

  /// Expected by hand: 0.2 + 0.8 (1 + cos(pi k / 4)) / 2 for k = 1...4.
  @Test(arguments: [
    (1, 0.5), (2, 1), (3, 0.882_842_712_474_619), (4, 0.6), (5, 0.317_157_287_525_381), (6, 0.2),
    (7, 0.2),
  ])
  func warmupRisesToThePeakAndCosineFallsToTheFinalRate(update: Int, rate: Double) {
    // One rounding of the cosine.
    #expect(abs(Self.cosine.rate(at: update) - rate) < 1e-15)
  }

  @Test(arguments: [(1, 1.0), (2, 1), (3, 0.75), (4, 0.5), (5, 0.25), (6, 0)])
  func segmentsFollowOneAnother(update: Int, rate: Double) {
    let schedule = Schedule([Segment(updates: 2, from: 1, to: 1)])
      .then(Segment(updates: 4, from: 1, to: 0))
    #expect(schedule.rate(at: update) == rate)
    #expect(schedule.updates == 6)
  }

  @Test func emptySegmentsAreSkipped() {
    let schedule = Schedule.warmup(updates: 0, to: 3).then(Segment(updates: 1, from: 3, to: 2))
      .then(Segment(updates: 0, from: 9, to: 9))
    #expect(schedule.rate(at: 1) == 2)
    #expect(schedule.rate(at: 2) == 2)
  }
}
