import Experiments
import Pipelines
import Testing
import Training

@Suite struct ScheduleDeclarationTests {
  /// Ten updates to a peak of 1: two of warm-up, then the shape down to 0.1.
  private static func rates(_ shape: ScheduleShape) -> [Double] {
    let schedule = LearningRateSchedule(
      ScheduleDeclaration(shape: shape, warmup: 0.2, decay: 0.3, finalFraction: 0.1), peak: 1,
      updates: 10)
    #expect(schedule.updates == 10)
    return (1...10).map { (schedule.rate(at: $0) * 1e6).rounded() / 1e6 }
  }

  @Test(arguments: [
    (
      ScheduleShape.cosine,
      [0.5, 1, 0.965746, 0.868198, 0.722208, 0.55, 0.377792, 0.231802, 0.134254, 0.1]
    ),
    (.constant, [0.5, 1, 1, 1, 1, 1, 1, 1, 1, 1]),
    (.linear, [0.5, 1, 0.8875, 0.775, 0.6625, 0.55, 0.4375, 0.325, 0.2125, 0.1]),
    (.warmupStableDecay, [0.5, 1, 1, 1, 1, 1, 1, 0.7, 0.4, 0.1]),
  ])
  func shapesAreSegments(shape: ScheduleShape, rates: [Double]) {
    #expect(Self.rates(shape) == rates)
  }
}
