import Foundation
import PluginHost
import PluginSDK
import TestFolders
import Testing

/// The host survives every file of the bad zoo, and says of each what is wrong.
@Suite(.enabled(if: CCompiler.isThere, "there is no C compiler")) struct ZooTests {
  @Test func theZooIsThere() throws {
    _ = try Zoo.honest.get()
    #expect(Zoo.specimens.count >= 200)
    #expect(Set(Zoo.specimens.map(\.name)).count == Zoo.specimens.count)
    #expect(Zoo.specimens.allSatisfy { $0.outcomes[.inspect] != nil })
  }

  @Test func inspectionAnswersForEach() throws {
    let folder = try TemporaryFolder()
    for (specimen, outcome) in Zoo.specimens(for: .inspect) {
      let path = folder.path("\(specimen.name).so")
      try specimen.make(path)
      do throws(PluginHostError) {
        _ = try PluginFile(path: path)
        expect(nil, is: outcome, of: specimen)
      } catch {
        #expect(error.message.contains(path), "\(specimen)")
        expect(error.message, is: outcome, of: specimen)
      }
    }
  }

  /// One listing of all files together; none of their code runs, or it would hang or print.
  @Test func listingNamesEachThatItRefuses() throws {
    let folder = try TemporaryFolder()
    for specimen in Zoo.specimens { try specimen.make(folder.path("\(specimen.name).so")) }
    let run = try HostRun(["plugins", "list", folder.path])
    #expect(run.status == 0 && !run.hasCrashed)
    #expect(run.errors.isEmpty)
    #expect(!run.output.contains("words on standard output"))
    let refused = run.output.components(separatedBy: "  refused: ").dropFirst()
    for (specimen, outcome) in Zoo.specimens(for: .inspect) {
      guard case .refused(let words) = outcome else { continue }
      let path = folder.path("\(specimen.name).so")
      #expect(
        refused.contains { $0.hasPrefix(path + "\n") && (words.isEmpty || $0.contains(words)) },
        "\(specimen)")
    }
  }

  @Test(arguments: Zoo.specimens(for: .inspect))
  func theHostInspects(specimen: Specimen, outcome: Outcome) throws {
    let folder = try TemporaryFolder()
    let path = folder.path("\(specimen.name).so")
    try specimen.make(path)
    let run = try HostRun(["plugins", "inspect", path])
    #expect(!run.hasCrashed && run.errors.isEmpty, "\(specimen): \(run.errors)")
    let refused = run.output.split(separator: "\n").filter { $0.hasPrefix("refused ") }
    #expect(run.status == (refused.isEmpty ? 0 : 1), "\(specimen)")
    #expect(refused.allSatisfy { $0.contains(path) }, "\(specimen)")
    expect(refused.isEmpty ? nil : refused.joined(separator: "; "), is: outcome, of: specimen)
  }

  @Test(arguments: Zoo.specimens(for: .options))
  func theHostAsksForOptions(specimen: Specimen, outcome: Outcome) throws {
    let folder = try TemporaryFolder()
    let path = folder.path("\(specimen.name).so")
    try specimen.make(path)
    let run = try HostRun(["plugins", "options", "zoo", folder.path])
    try expect(run, is: outcome, of: specimen, at: path)
  }

  @Test(arguments: Zoo.specimens(for: .use))
  func itsCallsAreAnswered(specimen: Specimen, outcome: Outcome) throws {
    let folder = try TemporaryFolder()
    let path = folder.path("\(specimen.name).so")
    try specimen.make(path)
    let registry = BuiltPlugins.registry(folder.path)
    do {
      try ZooUse.callEverything(of: PluginFile(path: path).identity.kind, in: registry)
      expect(nil, is: outcome, of: specimen)
    } catch {
      expect("\(error)", is: outcome, of: specimen)
    }
  }

  /// Holds what a host printed and how it ended against what must come of a file.
  private func expect(
    _ run: HostRun, is outcome: Outcome, of specimen: Specimen, at path: String
  ) throws {
    let isCrash = run.hasCrashed || run.errors.contains("was running")
    if isCrash {
      let function: String
      switch outcome {
      case .diagnosed(let words): function = words
      case .answeredOrDiagnosed: function = ""
      default:
        Issue.record("\(specimen) ended the host: \(run.errors)")
        return
      }
      let report = run.errors.split(separator: "\n").first { $0.contains("was running") } ?? ""
      #expect(report.contains("plugin 'zoo'"), "\(specimen): \(run.errors)")
      #expect(report.contains("'\(path)'"), "\(specimen)")
      #expect(report.contains("was running \(function)"), "\(specimen): \(report)")
      #expect(report.contains("isolation: worker"), "\(specimen): \(run.errors)")
      return
    }
    // Where the loader finds its own tables at odds it ends the process by itself.
    if run.status == 127, run.errors.contains("by ld.so"), outcome == .answeredOrDiagnosed {
      return
    }
    #expect([0, 1, 2].contains(run.status), "\(specimen): \(run.status) \(run.errors)")
    if run.status == 0 {
      expect(nil, is: outcome, of: specimen)
    } else {
      if case .refused = outcome {
        #expect(run.errors.contains(path), "\(specimen): \(run.errors)")
      }
      #expect(!run.errors.contains("Thread 0"), "\(specimen)")
      expect(
        run.errors.split(separator: "\n").first.map(String.init) ?? "", is: outcome, of: specimen)
    }
  }

  /// Holds a refusal, or that there was none, against what must come of a file.
  private func expect(_ refusal: String?, is outcome: Outcome, of specimen: Specimen) {
    if let refusal {
      #expect(
        refusal.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F },
        "\(specimen): control characters in \(refusal)")
    }
    switch (outcome, refusal) {
    case (.accepted, nil), (.answered, _), (.answeredOrDiagnosed, _): break
    case (.refused(let words), let refusal?):
      #expect(words.isEmpty || refusal.contains(words), "\(specimen): \(refusal)")
    case (.accepted, let refusal?): Issue.record("\(specimen) was refused: \(refusal)")
    case (.refused, nil): Issue.record("\(specimen) was accepted")
    case (.diagnosed, _): Issue.record("\(specimen) did not end the host")
    }
  }
}
