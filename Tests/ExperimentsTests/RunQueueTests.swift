import Experiments
import Testing

@Suite struct RunQueueTests {
  private static func name(_ stage: String) -> RunName { RunName(stage: stage, size: "9") }

  private static let (a, b, c, d) = (name("a"), name("b"), name("c"), name("d"))

  /// `c` starts from `a`.
  private static func queue(
    threads: Int = 2, jobs: Int = 2, available: Int? = nil
  ) -> RunQueue {
    RunQueue(
      [
        RunQueue.Entry(a, byteCount: 40), RunQueue.Entry(b, byteCount: 50),
        RunQueue.Entry(c, after: [a], byteCount: 60), RunQueue.Entry(d, byteCount: 10),
      ], threads: threads, jobs: jobs, available: available)
  }

  @Test func asManyTrainAsThereAreThreads() {
    var queue = Self.queue()
    #expect(queue.next() == Self.a)
    #expect(queue.shares.map(\.threads) == [2])
    #expect(queue.next() == Self.b)
    #expect(queue.shares.map(\.threads) == [1, 1])
    #expect(queue.next() == nil)
    queue.finish(Self.a)
    #expect(queue.next() == Self.c)
    #expect(queue.shares.map(\.run) == [Self.b, Self.c])
  }

  @Test func oneAtATimeHasAllThreads() {
    var queue = Self.queue(threads: 4, jobs: 1)
    var order: [RunName] = []
    while let run = queue.next() {
      #expect(queue.shares.map(\.threads) == [4])
      #expect(queue.next() == nil)
      queue.finish(run)
      order.append(run)
    }
    #expect(order == [Self.a, Self.b, Self.c, Self.d])
    #expect(queue.isEmpty)
  }

  @Test func aRunWaitsForWhatItStartsFromAndOthersPassIt() {
    var queue = Self.queue(threads: 4, jobs: 4)
    #expect([queue.next(), queue.next(), queue.next()] == [Self.a, Self.b, Self.d])
    #expect(queue.next() == nil)
    // Four threads for three: the oldest has what does not divide.
    #expect(queue.shares.map(\.threads) == [2, 1, 1])
    queue.finish(Self.b)
    #expect(queue.next() == nil)
    queue.finish(Self.a)
    #expect(queue.next() == Self.c)
    queue.finish(Self.c)
    #expect(!queue.isEmpty)
    queue.finish(Self.d)
    #expect(queue.isEmpty)
  }

  @Test func memoryIsShared() {
    var queue = Self.queue(threads: 4, jobs: 4, available: 60)
    #expect(queue.next() == Self.a)
    // b needs more than is left beside a; d fits.
    #expect(queue.next() == Self.d)
    #expect(queue.next() == nil)
    queue.finish(Self.a)
    #expect(queue.next() == Self.b)
    queue.finish(Self.d)
    #expect(queue.next() == nil)
    queue.finish(Self.b)
    #expect(queue.next() == Self.c)
  }

  @Test func aRunAloneIsNotRefusedForItsMemory() {
    var queue = Self.queue(available: 1)
    #expect(queue.next() == Self.a)
    #expect(queue.next() == nil)
    queue.finish(Self.a)
    #expect(queue.next() == Self.b)
  }

  /// a and b take 10 s side by side; then c, which waits for a, has d beside it for 2 s.
  @Test func secondsFollowTheThreadsThatEachRunHas() {
    var times = Dictionary(
      uniqueKeysWithValues: [Self.a, Self.b, Self.c].map {
        ($0, RunTime(threads: 2, onAll: 6, onOne: 10))
      })
    times[Self.d] = RunTime(threads: 2, onAll: 1.5, onOne: 2)
    let sideBySide = Self.queue().seconds(times)
    // Of c four fifths are left when d ends.
    #expect(abs(sideBySide - (10 + 2 + 0.8 * 6)) < 1e-12)
    #expect(abs(Self.queue(jobs: 1).seconds(times) - (3 * 6 + 1.5)) < 1e-12)
    // a has d beside it, then a alone, then b alone, then c.
    let scarce = Self.queue(available: 60).seconds(times)
    #expect(abs(scarce - (2 + 0.8 * 6 + 6 + 6)) < 1e-12)
  }

  /// 4 s that stay, 8 s that threads share.
  @Test func timeOnSomeThreadsLiesBetweenThatOnOneAndOnAll() {
    let time = RunTime(threads: 4, onAll: 6, onOne: 12)
    #expect((1...4).map { time.seconds(threads: $0) } == [12, 8, 4 + 8.0 / 3, 6])
    #expect(RunTime(threads: 4, onAll: 6, onOne: nil).seconds(threads: 4) == 6)
  }
}
