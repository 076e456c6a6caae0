import Foundation
import PluginSDK
import TestFolders
import Testing

/// Where a plugin ends the host's process, the plugin and the call are named first.
@Suite(.enabled(if: CCompiler.isThere, "there is no C compiler")) struct CrashReportTests {
  /// A call that crashes, in a study or while its pipeline is checked.
  struct Crash: Sendable, CustomTestStringConvertible {
    let kind: PluginKind
    let behaviour: String
    let function: String
    let signal: Int32
    let verb: String
    var testDescription: String { "\(kind.name) \(behaviour)" }
  }

  static let crashes = [
    Crash(
      kind: .tokenizer, behaviour: "train-segv", function: "train", signal: SIGSEGV, verb: "run"),
    Crash(
      kind: .tokenizer, behaviour: "vocabulary_size-trap", function: "vocabulary_size",
      signal: SIGILL, verb: "run"),
    Crash(
      kind: .tokenizer, behaviour: "encode-divides", function: "encode", signal: SIGFPE,
      verb: "run"),
    Crash(
      kind: .tokenizer, behaviour: "encode-overflow", function: "encode", signal: SIGSEGV,
      verb: "run"),
    Crash(
      kind: .dataMixer, behaviour: "create-abort", function: "create", signal: SIGABRT,
      verb: "validate"),
    Crash(
      kind: .dataMixer, behaviour: "source-null-call", function: "source", signal: SIGSEGV,
      verb: "validate"),
    Crash(
      kind: .dataMixer, behaviour: "destroy-segv", function: "destroy", signal: SIGSEGV,
      verb: "validate"),
    Crash(
      kind: .scalingLaw, behaviour: "parameter-segv", function: "parameter", signal: SIGSEGV,
      verb: "run"),
  ]

  @Test(arguments: crashes)
  func theCallIsNamedAndTheSignalStays(crash: Crash) throws {
    let study = try ZooStudy(crash.kind, crash.behaviour)
    let run = try study.run(crash.verb)
    #expect(run.hasCrashed, "\(run.status) \(run.output) \(run.errors)")
    #expect(run.status == crash.signal)
    let report = try #require(
      run.errors.split(separator: "\n").first { $0.contains("was running") })
    #expect(
      report.contains("plugin 'zoo' (\(crash.kind.name) 1.2.3, '\(study.plugin)') was running "))
    #expect(report.contains(" was running \(crash.function) when the process got SIG"))
    #expect(
      run.errors.split(separator: "\n").contains {
        $0.hasPrefix("cpt-host: it was in ") && $0.contains("'\(study.plugin)' (0x")
      }, "\(run.errors)")
    #expect(report.hasSuffix("below 'plugins:' in the pipeline file."))
  }

  /// What was there before goes on: Swift names the line, and the process ends by the signal.
  @Test func backtraceOfSwiftFollows() throws {
    let run = try ZooStudy(.dataMixer, "create-segv").run("validate", backtrace: true)
    #expect(run.hasCrashed && run.status == SIGSEGV)
    let report = try #require(run.errors.firstRange(of: "was running create"))
    let rest = run.errors[report.upperBound...]
    #expect(rest.contains("zoo_misbehave") || rest.contains("unable to locate"), "\(run.errors)")
  }

  /// Exit status 0 from a plugin would have a failed study look like one that is done.
  @Test func exitOfAPluginIsAFailure() throws {
    let run = try ZooStudy(.dataMixer, "create-exits").run("validate")
    #expect(!run.hasCrashed && run.status == 1)
    #expect(run.errors.contains("was running create when it ended the process with exit status 0"))
  }

  @Test func studyWithoutACrashSaysNothing() throws {
    let run = try ZooStudy(.dataMixer, "honest").run("validate")
    #expect(!run.hasCrashed && run.status == 0, "\(run.errors)")
    #expect(!run.errors.contains("was running"))
  }
}
