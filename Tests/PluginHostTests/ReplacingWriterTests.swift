import Dispatch
import Foundation
import PluginBridges
import PluginHost
import PluginSDK
import Synchronization
import TestFolders
import Testing

/// What was checked is what runs, whoever replaces the file meanwhile.
@Suite(.enabled(if: SmallPlugin.canBuild)) struct ReplacingWriterTests {
  /// How a file is replaced while it is loaded.
  enum Way: String, CaseIterable, Sendable {
    /// By renaming another one to its name.
    case renaming
    /// By renaming the folder that it lies in.
    case exchangingFolders
  }

  /// Two builds of one plugin that differ in nothing but what their code says.
  private static let builds = ["first", "other"]

  @Test(arguments: Way.allCases)
  func pinnedBytesAreTheOnesThatRun(way: Way) throws {
    let race = try Race(Self.builds, way)
    var loaded = 0
    for _ in 0..<60 {
      let outcome = try race.load { PluginPolicy(pins: ["small": $0[0]]) }
      guard let outcome else { continue }
      loaded += 1
      #expect(outcome.build == "first")
      #expect(outcome.digest == race.digests[0])
    }
    #expect(loaded > 0)
  }

  /// The worker opens what its host has checked: it hashes nothing itself.
  @Test(.enabled(if: BuiltPlugins.areThere), arguments: Way.allCases, [false, true])
  func aWorkerRunsWhatItsHostHasChecked(way: Way, isPinned: Bool) throws {
    let race = try Race(Self.builds, way)
    var loaded = 0
    for _ in 0..<20 {
      let outcome = try race.load { digests in
        PluginPolicy(isolation: .worker, pins: isPinned ? ["small": digests[0]] : [:])
      }
      guard let outcome else { continue }
      loaded += 1
      let build = try #require(Self.builds.firstIndex(of: outcome.build))
      #expect(outcome.digest == race.digests[build])
      if isPinned { #expect(build == 0) }
    }
    // A file in place is refused when it was only renamed.
    #expect(loaded > 0 || !isPinned)
  }

  @Test(arguments: Way.allCases)
  func notedDigestIsThatOfTheCodeThatRuns(way: Way) throws {
    let race = try Race(Self.builds, way)
    for _ in 0..<60 {
      guard let outcome = try race.load({ _ in PluginPolicy() }) else { continue }
      let build = try #require(Self.builds.firstIndex(of: outcome.build))
      #expect(outcome.digest == race.digests[build])
    }
  }
}

/// A file that one thread replaces as fast as it can while another loads it.
private struct Race {
  let builds: [[UInt8]]
  let digests: [String]
  let way: ReplacingWriterTests.Way

  init(_ names: [String], _ way: ReplacingWriterTests.Way) throws {
    builds = try names.map { try SmallPlugin.library(build: $0) }
    digests = try builds.map { try digest($0) }
    self.way = way
    try #require(builds[0].count == builds[1].count)
  }

  /// Loads it once, from a path of its own; nil if it was refused.
  func load(
    _ policy: ([String]) -> PluginPolicy
  ) throws -> (build: String, digest: String)? {
    let folder = try TemporaryFolder()
    let places = ["a", "b"].map { folder.path($0) }
    let end = way == .renaming ? "" : "/small.so"
    for (place, bytes) in zip(places, builds) {
      if way == .exchangingFolders {
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
      }
      try Data(bytes).write(to: URL(filePath: place + end))
    }
    let (searched, current) =
      way == .renaming
      ? (folder.path, folder.path("small.so")) : (folder.path("plugins"), folder.path("plugins"))
    let flip: @Sendable (Int) -> Void = { index in
      // What is current gets its old name back, then the other takes its place.
      _ = unsafe rename(current, places[1 - index])
      _ = unsafe rename(places[index], current)
    }
    flip(0)
    // The writer starts with the search done, so that there is something to load.
    let path = PluginSearchPath([searched])
    return try withWriter(flip) {
      let registry = PluginRegistry(
        path, environment: .silent, policy: policy(digests),
        workers: WorkerSettings(program: BuiltPlugins.host))
      do {
        let options = try registry.options(of: .dataMixer, named: "small")
        return (try #require(options.first).name, try #require(registry.libraries.first).digest)
      } catch is PluginHostError {
        return nil
      }
    }
  }

  private func withWriter<Result>(
    _ flip: @escaping @Sendable (Int) -> Void, during body: () throws -> Result
  ) throws -> Result {
    let stop = Flag()
    let done = DispatchSemaphore(value: 0)
    let writer = Thread {
      var index = 1
      while !stop.isSet {
        flip(index)
        index = 1 - index
      }
      done.signal()
    }
    writer.start()
    defer {
      stop.set()
      done.wait()
    }
    return try body()
  }

  private final class Flag: Sendable {
    private let value = Atomic(false)
    var isSet: Bool { value.load(ordering: .acquiring) }
    func set() { value.store(true, ordering: .releasing) }
  }
}
