import ArgumentParser
import Experiments
import Foundation
import Reports
import ReproducibilityPacks

/// `cpt-host pack`: a study that a stranger can check and run again.
struct PackCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pack", abstract: "Create, verify or replay a reproducibility pack.",
    subcommands: [Create.self, Verify.self, Replay.self])

  /// `cpt-host pack create`.
  struct Create: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "create", abstract: "Put a finished study into one file.")

    @Argument(help: "The folder of the study.", completion: .directory)
    var workspace: String

    @Option(name: [.short, .long], help: "The file to write.")
    var output: String

    @Flag(help: "Leave the corpora out; such a pack can be verified and not replayed.")
    var withoutData = false

    func run() throws {
      let workspace = Workspace(root: WorkspaceOption.absolute(workspace))
      let results = try RunDatabase.existing(in: workspace).results()
      let report = Report(results)
      var texts = [PackLayout.report: Data(report.html().utf8)]
      for (name, content) in report.data() {
        texts[PackLayout.reportData + name] = Data(content.utf8)
      }
      let digest = try PackWriter.write(
        results: results,
        files: try PackLayout.files(
          of: results, workspace: URL(filePath: workspace.root), includingData: !withoutData),
        texts: texts, to: URL(filePath: output))
      print("\(output): written, digest \(digest)")
    }
  }

  /// `cpt-host pack verify`.
  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "verify", abstract: "Check every byte of a pack; nothing of it is run.")

    @Argument(help: "The pack.", completion: .file(extensions: ["pack"]))
    var pack: String

    @Option(help: "The digest that was published with the pack.")
    var digest: String?

    func run() throws {
      let expected = try digest.map { text in
        guard let digest = PackDigest(text) else {
          throw ValidationError("'\(text)' is no digest: 64 hexadecimal digits are needed")
        }
        return digest
      }
      let verification = try PackReader.verify(URL(filePath: pack), expecting: expected)
      guard verification.isSound, let digest = verification.digest else {
        for finding in verification.findings { printError("\(pack): \(finding)") }
        throw ReportedFailure(status: .failed)
      }
      let members = verification.manifest?.members.count ?? 0
      print("\(pack): sound, \(members) members, digest \(digest)")
    }
  }

  /// `cpt-host pack replay`.
  struct Replay: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "replay",
      abstract: "Run a pack's study again from its own contents and compare every number.")

    @Argument(help: "The pack.", completion: .file(extensions: ["pack"]))
    var pack: String

    @Option(name: [.customShort("w"), .long], help: "The folder to run in.")
    var workspace: String

    @OptionGroup var computing: EngineArguments

    @Flag(help: "Print every number that was compared, not only those that differ.")
    var all = false

    func validate() throws { try WorkspaceOption.check(workspace) }

    func run() throws {
      let interruption = Interruption()
      let url = URL(filePath: pack)
      let workspace = Workspace(root: WorkspaceOption.absolute(workspace))
      let contents = URL(filePath: workspace.root).appending(path: "pack")
      try Workspace.makeFolder(workspace.root)
      if FileManager.default.fileExists(atPath: contents.path(percentEncoded: false)) {
        try PackReader.checkExtracted(url, in: contents)
      } else {
        try PackReader.extract(url, to: contents)
      }
      let loaded = try LoadedPipeline(
        file: contents.appending(path: PackLayout.resolvedPipeline).path(percentEncoded: false),
        cancellation: interruption.cancellation)
      let replayed = try Study(
        loaded: loaded, workspace: workspace, computing: computing, interruption: interruption
      ).run(only: nil)
      let comparison = PackComparison.compare(
        original: try PackReader.results(of: url), replayed: replayed)
      for number in all ? comparison.numbers : comparison.differing {
        print("\(number.sameBits ? "same" : "DIFFERS")  \(number.what): \(text(number))")
      }
      print(comparison.summary)
      if !comparison.isSame { throw ReportedFailure(status: .failed) }
    }

    private func text(_ number: ComparedNumber) -> String {
      func text(_ value: Double?) -> String { value.map { "\($0)" } ?? "absent" }
      return number.sameBits
        ? text(number.original) : "\(text(number.original)) -> \(text(number.replayed))"
    }
  }
}
