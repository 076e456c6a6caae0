import Foundation
import TestFolders
import Testing

/// `cpt-host plugins check` holds every plugin of ours to every law, and finds out those of others
/// whatever they do to the process they run in.
@Suite(.serialized) struct PluginCheckTests {
  /// What the command prints as JSON, as far as the tests read it.
  private struct Report: Decodable {
    struct Case: Decodable {
      struct Finding: Decodable {
        var law: String
        var verdict: String
        var seen: String
        var source: String
      }

      var finding: Finding
      var host: String
      var again: String
    }

    var kept: Bool
    var cases: [Case]

    /// The findings on a law, by host.
    func findings(_ law: String) -> [String: Case.Finding] {
      Dictionary(cases.filter { $0.finding.law == law }.map { ($0.host, $0.finding) }) { $1 }
    }
  }

  private static func check(_ arguments: String...) throws -> (process: HostProcess, Report?) {
    let process = try HostProcess.run(["plugins", "check", "--json"] + arguments)
    return (process, try? JSONDecoder().decode(Report.self, from: Data(process.output.utf8)))
  }

  private static func library(_ name: String) -> String {
    ProjectFolders.products.appending(path: "lib\(name).so").path(percentEncoded: false)
  }

  @Test(arguments: [
    "BytePair", "Bytes", "Llama", "GPT2", "AdamW", "SGD", "Weighted", "Replay", "Chinchilla",
    "CPTExtended", "PowerLaw", "Kaplan", "HernandezTransfer", "DataConstrained", "DCPT",
    "ReplayForgetting", "Farseer",
  ])
  func everyPluginOfOursKeepsEveryLaw(name: String) throws {
    let (process, report) = try Self.check(Self.library(name))
    let cases = try #require(report, "\(process.errors)").cases
    for checked in cases {
      let finding = checked.finding
      #expect(
        ["kept", "does not apply"].contains(finding.verdict),
        "\(finding.law), \(checked.host) host: \(finding.verdict), \(finding.seen)")
    }
    #expect(process.status == 0)
    #expect(cases.count >= 20)
    #expect(cases.count(where: { $0.host == "minimal" }) == cases.count / 2)
  }

  @Test(
    .enabled(if: FaultyPluginInC.canBuild),
    arguments: [
      (.followsNull, "crashed", "SIGSEGV"),
      (.aborts, "crashed", "SIGABRT (Aborted); it printed 'an invariant does not hold'"),
      (.exits, "exited", "ended the process with status 0"),
      (.neverReturns, "hung", "no answer in 3.0 seconds"),
      (.takesAllMemory, "took too much memory", "of the 512 MiB that --memory allows"),
      (.losesZeros, "broken", "1 bytes 00 became the ids [0] and came back as 0 bytes"),
    ] as [(FaultyPluginInC.Fault, String, String)])
  func whatAPluginDoesToItsProcessIsAFinding(
    fault: FaultyPluginInC.Fault, verdict: String, mention: String
  ) throws {
    let plugin = try FaultyPluginInC(fault)
    // Only the one that never returns needs a limit that comes soon.
    let timeout = fault == .neverReturns ? "3" : "300"
    let (process, report) = try Self.check(
      plugin.path, "--law", "tokenizer.round-trip", "--timeout", timeout, "--memory", "512")
    #expect(process.status == 1)
    let findings = try #require(report, "\(process.errors)").findings("tokenizer.round-trip")
    #expect(findings.count == 2)
    for finding in findings.values {
      #expect(finding.verdict == verdict)
      #expect(finding.seen.contains(mention), "\(finding.seen)")
      #expect(finding.source.hasPrefix("PluginConformance/TokenizerLaws.swift:"))
    }
  }

  @Test(.enabled(if: FaultyPluginInC.canBuild)) func honestPluginInCKeepsEveryLaw() throws {
    let plugin = try FaultyPluginInC(.none)
    let process = try HostProcess.run(["plugins", "check", plugin.path])
    #expect(process.status == 0, "\(process.output)")
    #expect(
      process.output.hasSuffix(
        "The tokenizer 'faulty' 0.1.0 keeps all 15 laws; the seed was 1.\n"))
    #expect(!process.output.contains("the plugin prints"))
  }

  @Test(.enabled(if: FaultyPluginInC.canBuild)) func memoryThatDoesNotComeBackIsFound() throws {
    let plugin = try FaultyPluginInC(.leaks)
    let (_, report) = try Self.check(plugin.path, "--law", "plugin.memory")
    let finding = try #require(report?.findings("plugin.memory")["minimal"])
    #expect(finding.verdict == "broken")
    #expect(finding.seen.contains("that did not come back"))
  }

  @Test(.enabled(if: FaultyPluginInC.canBuild)) func refusalWithoutAWordIsFound() throws {
    let plugin = try FaultyPluginInC(.isSilent)
    let (_, report) = try Self.check(plugin.path, "--law", "plugin.refuses-with-words")
    let finding = try #require(report?.findings("plugin.refuses-with-words")["maximal"])
    #expect(finding.seen.contains("with the status 'invalidArgument' and no message"))
  }

  @Test(.enabled(if: FaultyPluginInC.canBuild)) func serviceThatIsTakenForGrantedIsFound() throws {
    let plugin = try FaultyPluginInC(.needsTheLog)
    let (process, report) = try Self.check(plugin.path, "--law", "tokenizer.empty-input")
    #expect(process.status == 1)
    let findings = try #require(report).findings("tokenizer.empty-input")
    #expect(findings["minimal"]?.verdict == "crashed")
    #expect(findings["maximal"]?.verdict == "kept")
  }

  @Test(.enabled(if: FaultyPluginInC.canBuild)) func pluginThatDoesNotLoadIsHeldToNothingElse()
    throws
  {
    let plugin = try FaultyPluginInC(.refusesToLoad)
    let (process, report) = try Self.check(plugin.path)
    #expect(process.status == 1)
    let cases = try #require(report).cases
    for checked in cases {
      let isLoading = checked.finding.law == "plugin.loads"
      #expect(checked.finding.verdict == (isLoading ? "broken" : "not run"))
      if isLoading { #expect(checked.finding.seen.contains("no licence was found")) }
    }
  }

  @Test(.enabled(if: FaultyPluginInC.canBuild)) func brokenCaseIsRunAgainByTheCommandGiven() throws
  {
    let plugin = try FaultyPluginInC(.losesZeros)
    let (_, report) = try Self.check(
      plugin.path, "--law", "tokenizer.round-trip", "--seed", "42", "--set", "count=7")
    let broken = try #require(report?.cases.first)
    #expect(broken.again.hasPrefix("cpt-host plugins check '"))
    let host = ProjectFolders.products.appending(path: "cpt-host").path(percentEncoded: false)
    let command = broken.again.replacing("cpt-host", with: "\"$0\"", maxReplacements: 1)
    let again = try HostProcess.run(
      ["-c", command + " --json", host], host: URL(filePath: "/bin/sh"))
    #expect(again.status == 1)
    let second = try JSONDecoder().decode(Report.self, from: Data(again.output.utf8))
    #expect(second.cases.count == 1)
    #expect(second.cases.first?.finding.seen == broken.finding.seen)
  }

  @Test func whatIsNoPluginIsAWrongFile() throws {
    let folder = try TemporaryFolder()
    let text = try folder.write("plugin.so", "not a library")
    let process = try HostProcess.run(["plugins", "check", text])
    #expect(process.status == 2)
    #expect(process.errors.contains("plugin.so"))
  }

  @Test(arguments: [
    (["--law", "tokenizer.round"], "there is no law 'tokenizer.round' for the kind optimizer"),
    (["--set", "beta1=1.5"], "the option 'beta1' is 1.5, but it must be a number from 0.0"),
    (["--set", "beta1=half"], "'half' cannot be read as a number"),
    (["--set", "beta3=1"], "there is no option 'beta3'; there are beta1"),
    (["--set", "beta1"], "is not of the form name=value"),
    (["--timeout", "0"], "--timeout is 0.0; it must be above 0"),
  ])
  func wrongUsageIsExplained(arguments: [String], message: String) throws {
    let process = try HostProcess.run(["plugins", "check", Self.library("AdamW")] + arguments)
    #expect(process.status == 2)
    #expect(process.errors.contains(message), "\(process.errors)")
  }
}
