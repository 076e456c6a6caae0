import Foundation
import Logging
import PluginBridges
import PluginHost
import PluginSDK
import TestFolders
import Testing

/// What a worker says that it has given up, its plugin cannot do; the rest reaches the run.
@Suite(.enabled(if: CompiledPlugin.canBuild && BuiltPlugins.areThere))
struct WorkerConfinementTests {
  private let heard = Heard()

  private var environment: HostEnvironment {
    HostEnvironment(logger: Logger(label: "test") { [heard] _ in heard.handler })
  }

  @Test func filesAreWrittenInTheTemporaryFolderAlone() throws {
    let plugin = try HostilePlugin()
    let tokenizer = try plugin.tokenizer(environment)
    #expect(try tokenizer.do("temporary") == 0)
    let line = try #require(heard.lines.first { $0.contains("worker process") })
    // On a kernel without Landlock the line says that the plugin may write.
    let expected = line.contains("writes nowhere but in its temporary folder") ? Int(EACCES) : 0
    #expect((expected == 0) == line.contains("BUT may write wherever this user may"))
    let folder = plugin.compiled.folder
    #expect(try tokenizer.do("create \(folder.path("new"))") == expected)
    #expect(try tokenizer.do("create \(folder.path("hostile.c"))") == expected)
    #expect(try tokenizer.do("truncate \(folder.path("hostile.c"))") == expected)
    #expect(try tokenizer.do("remove \(folder.path("hostile.c"))") == expected)
    if expected != 0 { #expect(try folder.names() == ["hostile.c", "hostile.so"]) }
  }

  @Test func thereAreNoSockets() throws {
    let tokenizer = try HostilePlugin().tokenizer(environment)
    let (internet, unix) = (try tokenizer.do("internet"), try tokenizer.do("unix"))
    let line = try #require(heard.lines.first { $0.contains("worker process") })
    let expected = line.contains("makes no sockets (seccomp)") ? Int(EACCES) : 0
    #expect((expected == 0) == line.contains("BUT may use the network"))
    #expect(internet == expected)
    #expect(unix == expected)
  }

  /// A constructor runs while the library is opened, before anything can be asked of the plugin.
  @Test func constructorIsConfinedToo() throws {
    let folder = try TemporaryFolder()
    let plugin = try HostilePlugin(
      "IN_CONSTRUCTOR=open(\"\(folder.path("made"))\", O_CREAT | O_WRONLY, 0600)")
    _ = try plugin.tokenizer(environment)
    let line = try #require(heard.lines.first { $0.contains("worker process") })
    #expect(
      try folder.names().isEmpty == line.contains("writes nowhere but in its temporary folder"))
  }

  @Test func linesFromTheirOwnThreadArriveAndLongOnesAreCut() throws {
    let tokenizer = try HostilePlugin().tokenizer(environment)
    #expect(try tokenizer.do("thread") == 0)
    #expect(heard.lines.contains("info hostile: from my own thread"))
    #expect(try tokenizer.do("chatter") == 0)
    let shown = "info hostile: " + String(repeating: ".", count: CLimits.messageLength)
    let long = heard.lines.filter { $0.hasPrefix(shown) }
    #expect(long.count == 100)
    #expect(long.allSatisfy { $0 == shown + "… (100000 bytes)" })
  }

  @Test func temporaryFolderGoesWithTheWorker() throws {
    let tokenizer = try HostilePlugin().tokenizer(environment)
    #expect(try tokenizer.do("temporary") == 0)
    #expect(try tokenizer.do("where") == 0)
    let line = try #require(heard.lines.first { $0.contains("cpt-host-hostile-") })
    let folder = line.replacing("info hostile: ", with: "")
    #expect(FileManager.default.fileExists(atPath: folder + "/some"))
    _ = #expect(throws: PluginError.self) { try tokenizer.do("exit") }
    // The thread that reaps the worker removes the folder, a moment after the call has failed.
    while FileManager.default.fileExists(atPath: folder) { usleep(1000) }
  }

  @Test func whatItPrintsIsNoOutputOfTheHost() throws {
    let plugin = try HostilePlugin("IN_ENTRY=puts(\"printed by the plugin\"), fflush(stdout)")
    let host = try RunningHost.start(
      ["plugins", "options", "hostile", plugin.compiled.folder.path], isolated: true)
    host.process.waitUntilExit()
    #expect(host.process.terminationStatus == 0)
    #expect(try host.output.hasPrefix("hostile, tokenizer\n"))
    #expect(try !host.output.contains("printed by the plugin"))
    #expect(try host.errors.contains("printed by the plugin"))
  }

  @Test func killedHostLeavesNoWorker() throws {
    let plugin = try HostilePlugin("IN_ENTRY=for (;;) pause()")
    let host = try RunningHost.start(
      ["plugins", "options", "hostile", plugin.compiled.folder.path], isolated: true)
    var worker: Int?
    while worker == nil {
      let errors = try host.errors
      try #require(host.process.isRunning, "\(errors)")
      worker = errors.firstMatch(of: /worker process (\d+):/).flatMap { Int($0.1) }
      usleep(1000)
    }
    let process = try #require(worker)
    #expect(RunningHost.isRunning(process))
    kill(host.process.processIdentifier, SIGKILL)
    host.process.waitUntilExit()
    while RunningHost.isRunning(process) { usleep(1000) }
  }
}

/// A run of the built host, its output in files.
private struct RunningHost {
  let process: Process
  let folder: TemporaryFolder

  static func start(_ arguments: [String], isolated: Bool) throws -> RunningHost {
    let folder = try TemporaryFolder()
    let process = Process()
    process.executableURL = URL(filePath: BuiltPlugins.host)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(
      isolated ? [PluginPolicy.isolationVariable: PluginIsolation.worker.rawValue] : [:]
    ) { $1 }
    process.standardOutput = try FileHandle(forWritingTo: URL(filePath: folder.write("out", "")))
    process.standardError = try FileHandle(forWritingTo: URL(filePath: folder.write("err", "")))
    try process.run()
    return RunningHost(process: process, folder: folder)
  }

  var output: String {
    get throws { try String(contentsOf: folder.url.appending(path: "out"), encoding: .utf8) }
  }

  var errors: String {
    get throws { try String(contentsOf: folder.url.appending(path: "err"), encoding: .utf8) }
  }

  /// Whether a process is there and not only its exit status.
  static func isRunning(_ process: Int) -> Bool {
    guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
      let state = text.split(separator: ")").last?.split(separator: " ").first
    else { return false }
    return state != "Z" && state != "X"
  }
}
