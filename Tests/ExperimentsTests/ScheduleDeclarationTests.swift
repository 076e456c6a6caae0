import Experiments
import Pipelines
import PluginBridges
import PluginSDK
import Testing
import Training

@Suite struct ScheduleDeclarationTests {
  /// Ten updates to a peak of 1: two of warm-up, then the shape down to 0.1.
  private static func rates(_ shape: ScheduleShape) throws -> [Double] {
    let schedule = try LearningRateSchedule(
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
  func shapesAreSegments(shape: ScheduleShape, rates: [Double]) throws {
    #expect(try Self.rates(shape) == rates)
  }

  @Test func aBranchHasTheWarmupOfItsTrunkAndADecayOfItsOwn() throws {
    let declaration = ScheduleDeclaration(
      shape: .warmupStableDecay, warmup: 0.2, decay: 0.5, finalFraction: 0.5)
    let trunk = try LearningRateSchedule(declaration, peak: 1, updates: 20)
    let branch = try LearningRateSchedule(declaration, peak: 1, updates: 8, trunkUpdates: 20)
    #expect(branch.updates == 8)
    #expect((1...4).allSatisfy { branch.rate(at: $0) == trunk.rate(at: $0) })
    #expect((5...8).map { branch.rate(at: $0) } == [0.875, 0.75, 0.625, 0.5])
  }

  /// Falls in a straight line, or refuses.
  private struct Falling: ScheduleFunction {
    var isBroken = false

    func factors(at progress: [Double]) throws(PluginError) -> [Double] {
      if isBroken { throw PluginError(.internal, "no factor") }
      return progress.map { 1 - $0 / 2 }
    }
  }

  private static let declaration = ScheduleDeclaration(
    shape: .function, warmup: 0.2, decay: 0, finalFraction: 1, function: "falling")

  @Test func aFunctionGivesTheRatesAfterTheWarmup() throws {
    let schedule = try LearningRateSchedule(
      Self.declaration, peak: 4, updates: 10, function: Falling())
    #expect(schedule.updates == 10)
    #expect(
      (1...12).map { schedule.rate(at: $0) }
        == [2, 4, 3.75, 3.5, 3.25, 3, 2.75, 2.5, 2.25, 2, 2, 2])
  }

  @Test func aFunctionThatRefusesIsNotReplaced() {
    #expect(throws: PluginError(.internal, "no factor")) {
      try LearningRateSchedule(
        Self.declaration, peak: 4, updates: 10, function: Falling(isBroken: true))
    }
  }
}
