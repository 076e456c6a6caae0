import CPluginABI
import Foundation
import PluginBridges
import PluginSDK
import Synchronization
import Testing

/// The host keeps to the concurrency that a plugin declares.
///
/// Serialized, since the C functions count in shared state.
@Suite(.serialized) struct ConcurrencyTests {
  /// How many threads are in the plugin, and the most that were at once.
  private struct Count: Sendable {
    var inside = 0
    var most = 0
    /// How many threads have to meet inside before any leaves.
    var awaited = 1
    /// How many calls tagged [main] met another call.
    var disturbed = 0
  }

  private static let count = Mutex(Count())

  private static func table() -> cpt_data_mixer_table {
    unsafe cpt_data_mixer_table(
      struct_size: MemoryLayout<cpt_data_mixer_table>.size,
      create: { _, instance, _ in
        ConcurrencyTests.beAlone()
        unsafe instance?.pointee = Nothing.pointer
        return cpt_status(CPT_OK)
      },
      source_count: { _ in 1 }, source: { _, _ in unsafe text("a") },
      weights: { _, _, weights, _ in
        ConcurrencyTests.count.withLock {
          $0.inside += 1
          $0.most = max($0.most, $0.inside)
        }
        // Where threads may meet they do; the time limit ends a wait that would never end.
        let limit = Date.now.addingTimeInterval(20)
        while ConcurrencyTests.count.withLock({ $0.most < $0.awaited }), Date.now < limit {}
        // Long enough that threads which may overlap do.
        var x = 1.0
        for _ in 0..<20_000 { x = (x + 2 / x) / 2 }
        unsafe weights?.pointee = x > 0 ? 1 : 0
        ConcurrencyTests.count.withLock { $0.inside -= 1 }
        return cpt_status(CPT_OK)
      },
      destroy: { _ in ConcurrencyTests.beAlone() })
  }

  /// Looks twice, some time apart, whether another call is in the plugin.
  private static func beAlone() {
    let before = count.withLock { $0.inside }
    var x = 1.0
    for _ in 0..<20_000 { x = (x + 2 / x) / 2 }
    count.withLock { if before + $0.inside > 0, x > 0 { $0.disturbed += 1 } }
  }

  /// The most threads that were in the plugin while tasks used its instances.
  private func mostAtOnce(
    _ concurrency: PluginConcurrency, instances: Int
  ) async throws -> Int {
    Self.count.withLock { $0 = Count() }
    var plugin = HandMadePlugin(.dataMixer, Self.table())
    plugin.concurrency = concurrency
    let factory = try LoadedDataMixerFactory(plugin.load())
    let mixers = try (0..<instances).map { _ in try factory.make(options: OptionValues()) }
    let progress = MixingProgress(tokensDrawn: 0, tokensPlanned: 1, sourceTokensDrawn: [0])
    try await withThrowingTaskGroup(of: Void.self) { group in
      for task in 0..<8 {
        let mixer = mixers[task % instances]
        group.addTask { for _ in 0..<50 { _ = try mixer.weights(at: progress) } }
      }
      try await group.waitForAll()
    }
    return Self.count.withLock { $0.most }
  }

  @Test func pluginForOneThreadNeverSeesTwo() async throws {
    #expect(try await mostAtOnce(.main, instances: 4) == 1)
  }

  @Test func serialInstanceNeverSeesTwo() async throws {
    #expect(try await mostAtOnce(.serial, instances: 1) == 1)
  }

  /// Calls without a lock and one that must be alone see each other, however they come together.
  @Test(arguments: PluginConcurrency.allCases)
  func makingAnInstanceRunsBesideNoOtherCall(concurrency: PluginConcurrency) async throws {
    Self.count.withLock { $0 = Count() }
    var plugin = HandMadePlugin(.dataMixer, Self.table())
    plugin.concurrency = concurrency
    let factory = try LoadedDataMixerFactory(plugin.load())
    let mixer = try factory.make(options: OptionValues())
    let progress = MixingProgress(tokensDrawn: 0, tokensPlanned: 1, sourceTokensDrawn: [0])
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask { for _ in 0..<100 { _ = try mixer.weights(at: progress) } }
      }
      // Each is freed at once, which must be alone as well.
      for _ in 0..<2 {
        group.addTask { for _ in 0..<50 { _ = try factory.make(options: OptionValues()) } }
      }
      try await group.waitForAll()
    }
    #expect(Self.count.withLock { $0.disturbed } == 0)
  }

  @Test func concurrentInstanceTakesTwoThreadsAtOnce() throws {
    Self.count.withLock { $0 = Count(awaited: 2) }
    let mixer = try LoadedDataMixerFactory(HandMadePlugin(.dataMixer, Self.table()).load())
      .make(options: OptionValues())
    let progress = MixingProgress(tokensDrawn: 0, tokensPlanned: 1, sourceTokensDrawn: [0])
    let threads = (0..<2).map { _ in Thread { _ = try? mixer.weights(at: progress) } }
    for thread in threads { thread.start() }
    while !threads.allSatisfy(\.isFinished) { Thread.sleep(forTimeInterval: 0.001) }
    #expect(Self.count.withLock { $0.most } == 2)
  }
}
