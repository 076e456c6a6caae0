import Foundation
import PluginBridges
import PluginHost
import PluginSDK
import Synchronization
import TestFolders
import Testing

/// Whatever a plugin does in its worker is an error of that plugin, and of nothing else.
@Suite(.enabled(if: CompiledPlugin.canBuild && BuiltPlugins.areThere))
struct WorkerFailureTests {
  @Test(arguments: [
    ("segfault", "was ended by signal 11 (SIGSEGV) during 'encode'"),
    ("abort", "was ended by signal 6 (SIGABRT) during 'encode'"),
    ("exit", "ended itself with exit status 3 during 'encode'"),
  ])
  func theEndOfAWorkerNamesPluginCallAndReason(deed: String, event: String) throws {
    let tokenizer = try HostilePlugin().tokenizer()
    let process = try tokenizer.do("process")
    let error = try failure { _ = try tokenizer.do(deed) }
    #expect(error.plugin == "hostile")
    #expect(error.message.hasPrefix("its worker process " + event))
    #expect(error.message.contains("mend the plugin or use another"))
    let later = try failure { _ = try tokenizer.do("process") }
    #expect(later.message.hasPrefix("it is gone, since its worker process " + event))
    #expect(kill(pid_t(process), 0) == -1 && errno == ESRCH, "the process was not reaped")
  }

  @Test func theEndDuringABatchIsThatOfTheBatch() throws {
    let tokenizer = try HostilePlugin().tokenizer()
    let error = try failure {
      _ = try tokenizer.encode(
        batch: ConcatenatedLists(["process", "abort"].map { Array($0.utf8) }))
    }
    #expect(
      error.message.hasPrefix(
        "its worker process was ended by signal 6 (SIGABRT) during 'encode' of a batch"))
    #expect(error.batchIndex == nil)
  }

  @Test func anEndBetweenCallsIsNotBlamedOnTheNext() throws {
    let tokenizer = try HostilePlugin().tokenizer()
    let process = try tokenizer.do("process")
    #expect(try tokenizer.do("exit later") == 0)
    while kill(pid_t(process), 0) == 0 { usleep(1000) }
    let error = try failure { _ = try tokenizer.do("process") }
    #expect(error.message.contains("ended itself with exit status 9"))
    #expect(!error.message.contains("'encode'"))
  }

  @Test func otherPluginsGoOn() throws {
    let plugin = try HostilePlugin()
    let (one, other) = (try plugin.tokenizer(), try plugin.tokenizer())
    _ = try failure { _ = try one.do("abort") }
    #expect(try other.do("process") > 0)
  }

  @Test func callsThatRunWhenItEndsAllFail() async throws {
    let tokenizer = try HostilePlugin().tokenizer()
    async let waiting: String = inBackground { try words { _ = try tokenizer.do("hang") } }
    // It cannot be seen from here that the other call has begun; either order ends it.
    _ = try failure { _ = try tokenizer.do("exit") }
    #expect(try await waiting.contains("ended itself with exit status 3"))
  }

  @Test func aCallThatAsksForNothingIsEnded() throws {
    let tokenizer = try HostilePlugin().tokenizer(silence: .seconds(3))
    let error = try failure { _ = try tokenizer.do("hang") }
    #expect(
      error.message.hasPrefix(
        "its worker process asked the host for nothing for 3 seconds and was ended during 'encode'"
      ))
    #expect(error.message.contains("'worker_deadline' under 'plugins'"))
  }

  @Test func memoryHasALimit() throws {
    let tokenizer = try HostilePlugin().tokenizer(memoryLimit: 512 << 20)
    let error = try failure { _ = try tokenizer.do("fill") }
    #expect(error.message.contains("was ended by signal 6 (SIGABRT) during 'encode'"))
    #expect(error.message.contains("of the 512 MiB that it may"))
    #expect(error.message.contains("'worker_memory' under 'plugins'"))
  }

  @Test(arguments: [
    ("abort()", "was ended by signal 6 (SIGABRT)"), ("_exit(7)", "ended itself with exit status 7"),
  ])
  func theEndInAConstructorIsAnErrorOfLoading(statement: String, event: String) throws {
    let plugin = try HostilePlugin("IN_CONSTRUCTOR=\(statement)")
    let error = try #require(
      #expect(throws: PluginHostError.self) { try plugin.tokenizer() })
    #expect(
      error.message.hasPrefix(
        "plugin 'hostile' at '\(plugin.compiled.path)': its worker process \(event) while the "
          + "plugin was loaded"))
  }

  @Test(arguments: ["/bin/true", "/nonexistent"])
  func aProgramThatIsNoWorkerIsAnErrorOfLoading(program: String) throws {
    let plugin = try HostilePlugin()
    let registry = PluginRegistry(
      PluginSearchPath([plugin.compiled.folder.path]), environment: .silent,
      policy: PluginPolicy(isolation: .worker), workers: WorkerSettings(program: program))
    let error = try #require(
      #expect(throws: PluginHostError.self) { try registry.tokenizer(named: "hostile") })
    #expect(error.message.contains("worker process"))
    #expect(error.message.contains("'hostile'"))
  }

  @Test func policyLimitsByKindAndName() {
    let policy = PluginPolicy(
      workerDeadline: PluginChoice(
        all: .seconds(7), ofKinds: [.optimizer: .seconds(8)], ofPlugins: ["adamw": .seconds(9)]),
      workerMemory: PluginChoice(ofPlugins: ["adamw": 1 << 28]))
    func limited(_ kind: PluginKind, _ name: String) -> WorkerSettings {
      WorkerSettings(silence: .seconds(1), memoryLimit: 1 << 40)
        .limited(by: policy, for: .direct(name, kind))
    }
    #expect(
      limited(.tokenizer, "bytes") == WorkerSettings(silence: .seconds(7), memoryLimit: 1 << 40))
    #expect(limited(.optimizer, "sgd").silence == .seconds(8))
    #expect(
      limited(.optimizer, "adamw") == WorkerSettings(silence: .seconds(9), memoryLimit: 1 << 28))
  }

  @Test func policyDecidesByKindAndName() throws {
    let plugin = try HostilePlugin()
    func process(_ policy: PluginPolicy) throws -> Int {
      try PluginRegistry(
        PluginSearchPath([plugin.compiled.folder.path]), environment: .silent, policy: policy,
        workers: WorkerSettings(program: BuiltPlugins.host)
      ).tokenizer(named: "hostile").load(model: [], options: OptionValues()).do("process")
    }
    let here = Int(ProcessInfo.processInfo.processIdentifier)
    #expect(try process(PluginPolicy()) == here)
    #expect(try process(PluginPolicy(isolationOfKinds: [.tokenizer: .worker])) != here)
    #expect(try process(PluginPolicy(isolationOfPlugins: ["hostile": .worker])) != here)
    #expect(
      try process(PluginPolicy(isolation: .worker, isolationOfPlugins: ["hostile": .none])) == here)
  }

  @Test func instancesGoWithTheirOwners() throws {
    let plugin = try HostilePlugin()
    let factory = try PluginRegistry.isolated(plugin.compiled.folder.path)
      .tokenizer(named: "hostile")
    let kept = try factory.load(model: [], options: OptionValues())
    for _ in 0..<10 { _ = try factory.load(model: [], options: OptionValues()) }
    #expect(try kept.do("living") == 1)
  }

  /// Larger than what a lane keeps between calls.
  @Test func largeDocumentsPassAndSmallOnesAfterThem() throws {
    let tokenizer = try HostilePlugin().tokenizer()
    for byteCount in [40 << 20, 10, 20 << 20] {
      #expect(try tokenizer.encode([UInt8](repeating: 97, count: byteCount)) == [0])
    }
  }

  @Test func concurrentPluginIsCalledFromSeveralThreads() async throws {
    let tokenizer = try HostilePlugin().tokenizer()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<2 {
        group.addTask { _ = try await inBackground { try tokenizer.do("meet") } }
      }
      try await group.waitForAll()
    }
  }

  @Test func serialInstanceIsCalledByOneThreadAtATime() async throws {
    let tokenizer = try HostilePlugin("CONCURRENCY=CPT_CONCURRENCY_SERIAL").tokenizer()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<6 {
        group.addTask {
          for _ in 0..<20 {
            let most = try await inBackground { try tokenizer.do("crowd") }
            #expect(most == 1)
          }
        }
      }
      try await group.waitForAll()
    }
  }

  /// The plugin error that a call throws.
  private func failure(_ call: () throws -> Void) throws -> PluginError {
    try #require(#expect(throws: PluginError.self) { try call() })
  }
}

/// Runs blocking work on a thread of its own, where it cannot hold up other tasks.
func inBackground<Answer: Sendable>(
  _ work: @escaping @Sendable () throws -> Answer
) async throws -> Answer {
  try await withCheckedThrowingContinuation { continuation in
    Thread.detachNewThread { continuation.resume(with: Result(catching: work)) }
  }
}

/// What an error says that a call throws.
func words(_ call: () throws -> Void) throws -> String {
  try #require(#expect(throws: PluginError.self) { try call() }).description
}
