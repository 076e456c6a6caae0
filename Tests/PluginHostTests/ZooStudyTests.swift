import Foundation
import PluginHost
import PluginSDK
import TestFolders
import Testing

/// A study that names a plugin of the zoo ends with one clear sentence, or does not mind, and keeps
/// what was done; so does a check of it.
@Suite(.enabled(if: CCompiler.isThere, "there is no C compiler")) struct ZooStudyTests {
  /// Where the code of a plugin runs.
  enum Place: CaseIterable {
    case here, worker
  }

  /// A plugin whose calls break a rule.
  struct Misuse: Sendable, CustomTestStringConvertible {
    let kind: PluginKind
    let behaviour: String
    let outcome: Outcome
    var testDescription: String { "\(kind.name)-\(behaviour)" }
  }

  /// All that break a rule when they are loaded or called, and what must come of a study with each.
  static let misuses: [Misuse] =
    Zoo.loaded.compactMap { behaviour, outcome in
      outcome.map { Misuse(kind: .tokenizer, behaviour: behaviour, outcome: $0) }
    }
    + (Zoo.called + Zoo.graphs).flatMap { kind, behaviours in
      behaviours.map { behaviour, outcome in
        Misuse(
          kind: kind, behaviour: behaviour,
          outcome: Zoo.outcomesOfStudies["\(kind.name)-\(behaviour)"] ?? outcome)
      }
    }

  @Test(arguments: misuses, Place.allCases)
  func aMisuseIsOneSentenceOrNoMatter(misuse: Misuse, place: Place) throws {
    let study = try ZooStudy(misuse.kind, misuse.behaviour, isolated: place == .worker)
    let run = try study.run("run")
    try expect(run, is: misuse.outcome, of: misuse.testDescription, in: place)
    try expectWorkspace(of: study)
  }

  @Test(arguments: Zoo.fatalCalls)
  func aCrashInTheHostNamesPluginAndCall(call: FatalCall) throws {
    let study = try ZooStudy(call.kind, call.behaviour)
    let run = try study.run("run")
    #expect(
      run.errors.contains("(\(call.kind.name) 1.2.3, '\(study.plugin)') was running"),
      "\(run.errors)")
    #expect(run.errors.contains(" was running \(call.function) when "), "\(run.errors)")
    #expect(run.hasCrashed != (call.way == "exits"), "\(run.status)")
    if call.way == "exits" { #expect(run.status == 1) }
    try expectWorkspace(of: study)
  }

  @Test(arguments: Zoo.fatalCalls)
  func aCrashInAWorkerIsASentence(call: FatalCall) throws {
    let study = try ZooStudy(call.kind, call.behaviour, isolated: true)
    let run = try study.run("run")
    // Of documents that went to the worker together the error says which they were.
    let words =
      call.kind == .tokenizer && call.function == "encode"
      ? "plugin 'zoo': one of the documents 1 to " : "plugin 'zoo': its worker process "
    try expect(run, is: .refused(words), of: call.testDescription, in: .worker)
    #expect(run.errors.contains("its worker process "), "\(run.errors)")
    try expectWorkspace(of: study)
  }

  /// Nobody but its user knows that a call will never end; told to end, the host names it.
  @Test(arguments: Zoo.endlessCalls)
  func anEndlessCallIsNamedWhereItIsEnded(call: FatalCall) throws {
    let study = try ZooStudy(call.kind, call.behaviour)
    let run = try study.run("run", abortingAfter: "it hangs now")
    #expect(run.hasCrashed && run.status == SIGABRT, "\(run.status) \(run.errors)")
    #expect(run.errors.contains(" was running \(call.function) when "), "\(run.errors)")
    try expectWorkspace(of: study)
  }

  @Test(arguments: Zoo.endlessCalls)
  func anEndlessCallInAWorkerIsEnded(call: FatalCall) throws {
    let study = try ZooStudy(call.kind, call.behaviour, isolated: true)
    let run = try study.run("run", setting: "plugins.worker_deadline=5s")
    try expect(
      run, is: .refused("asked the host for nothing for 5 seconds"), of: call.testDescription,
      in: .worker)
    try expectWorkspace(of: study)
  }

  /// What was done before stays, and the study goes on once the plugin is mended.
  @Test(arguments: Zoo.endlessCalls.map(\.kind), Place.allCases)
  func aMendedPluginGoesOnInTheSameWorkspace(kind: PluginKind, place: Place) throws {
    let function = try #require(Zoo.fatalCalls.last { $0.kind == kind && $0.way == "segv" })
    let study = try ZooStudy(kind, function.behaviour, isolated: place == .worker)
    let broken = try study.run("run")
    #expect(broken.status != 0 || broken.errors.contains("has no fit"), "\(broken.errors)")
    try study.mend(kind)
    let mended = try study.run("run")
    #expect(mended.status == 0, "\(mended.errors)")
  }

  /// One file of each class that is refused for what it says of itself.
  static let malformed = Zoo.specimens.filter { specimen in
    [
      "cut-at-0", "cut-at-64", "class-32", "machine-mips", "no-segments", "segment-file-size-far",
      "record-section-far", "two-records", "record-kind-6", "record-major-2", "record-name-escape",
      "entry-missing", "empty", "text", "folder", "pipe", "link-loop", "link-to-zeros",
      "sparse-4-GiB-with-header",
    ].contains(specimen.name)
  }

  @Test(arguments: malformed)
  func aStudyRefusesADamagedFile(specimen: Specimen) throws {
    let study = try ZooStudy(.dataMixer, isolated: false) { try specimen.make($0) }
    let run = try study.run("run")
    #expect(run.status == 2, "\(run.status) \(run.errors)")
    let sentences = run.errors.split(separator: "\n")
    #expect(sentences.count == 1 && sentences.allSatisfy { $0.contains(": error: plugins") })
    #expect(run.errors.contains("'zoo'") && run.errors.contains(study.plugin), "\(run.errors)")
    #expect(!FileManager.default.fileExists(atPath: study.workspace))
  }

  @Test(arguments: malformed)
  func aCheckRefusesADamagedFile(specimen: Specimen) throws {
    let folder = try TemporaryFolder()
    let path = folder.path("\(specimen.name).so")
    try specimen.make(path)
    let run = try HostRun(["plugins", "check", path])
    #expect(run.status == 2 && !run.hasCrashed, "\(run.status) \(run.errors)")
    #expect(run.errors.hasPrefix("cpt-host: ") && run.errors.contains(path), "\(run.errors)")
    #expect(run.errors.split(separator: "\n").count == 1, "\(run.errors)")
  }

  /// Whatever a plugin does, a check of it ends with a verdict.
  @Test(arguments: misuses)
  func aCheckEndsWithAVerdict(misuse: Misuse) throws {
    try check(misuse.kind, misuse.behaviour)
  }

  @Test(arguments: Zoo.fatalCalls)
  func aCheckFindsWhatEndsItsProcess(call: FatalCall) throws {
    let report = try check(call.kind, call.behaviour)
    let verdict = call.way == "exits" ? "exited" : "crashed"
    #expect(report.contains(verdict), "\(report)")
  }

  @Test(arguments: Zoo.endlessCalls)
  func aCheckFindsWhatNeverEnds(call: FatalCall) throws {
    #expect(try check(call.kind, call.behaviour, timeout: 5).contains("hung"))
  }

  /// Checks the laws that call everything, and gives the report.
  @discardableResult
  private func check(
    _ kind: PluginKind, _ behaviour: String, timeout: Int = 120
  ) throws -> String {
    let folder = try TemporaryFolder()
    var image = try Zoo.honest.get()
    image.behave(behaviour, as: kind)
    let path = try folder.write("zoo.so", image.bytes)
    let laws: [String] =
      switch kind {
      case .tokenizer: ["tokenizer.round-trip", "tokenizer.save-load"]
      case .architecture: ["architecture.losses", "architecture.parameter-count"]
      case .optimizer: ["optimizer.states"]
      case .dataMixer: ["data-mixer.weights"]
      case .scalingLaw: ["scaling-law.gradient"]
      case .schedule: []
      }
    let run = try HostRun(
      ["plugins", "check", path, "--host", "maximal", "--timeout", "\(timeout)"]
        + (["plugin.loads"] + laws).flatMap { ["--law", $0] })
    #expect(!run.hasCrashed && [0, 1].contains(run.status), "\(run.status) \(run.errors)")
    #expect(run.errors.isEmpty, "\(run.errors)")
    #expect(run.output.contains("'zoo' 1.2.3"), "\(run.output)")
    #expect(run.output.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 })
    return run.output
  }

  private func expect(
    _ run: HostRun, is outcome: Outcome, of name: String, in place: Place
  ) throws {
    if case .diagnosed(let words) = outcome, place == .here {
      #expect(run.errors.contains(" was running \(words) when "), "\(name): \(run.errors)")
      return
    }
    #expect(!run.hasCrashed, "\(name): \(run.status) \(run.errors)")
    #expect(
      run.errors.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 },
      "\(name): control characters in \(run.errors)")
    if run.status == 0 {
      // A study whose law cannot be fitted is done, and says so.
      if case .refused(let words) = outcome {
        #expect(
          run.errors.split(separator: "\n").contains {
            $0.hasPrefix("cpt-host: the law 'law' has no fit: ") && $0.contains(words)
          }, "\(name) did not matter: \(run.errors)")
      }
      return
    }
    #expect([1, 2].contains(run.status), "\(name): \(run.status) \(run.errors)")
    let sentences = run.errors.split(separator: "\n").filter {
      $0.hasPrefix("cpt-host: ") || $0.contains(": error: ")
    }
    #expect(sentences.count == 1, "\(name): \(run.errors)")
    switch outcome {
    case .refused(let words):
      #expect(
        words.isEmpty || sentences.first?.contains(words) ?? false, "\(name): \(run.errors)")
    case .diagnosed:
      #expect(sentences.first?.contains("its worker process") ?? false, "\(name): \(run.errors)")
    case .answered: break
    case .accepted, .answeredOrDiagnosed:
      Issue.record("\(name) was refused: \(run.errors)")
    }
  }

  /// What a study left behind can be read.
  private func expectWorkspace(of study: ZooStudy) throws {
    guard FileManager.default.fileExists(atPath: study.workspace + "/runs.sqlite") else { return }
    let list = try HostRun(["runs", "list", "--workspace", study.workspace])
    // It may have ended before anything was recorded.
    #expect(
      list.status == 0 || list.errors.contains("no study was run in this workspace yet"),
      "\(list.errors)")
  }
}
