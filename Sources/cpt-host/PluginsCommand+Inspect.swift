import ArgumentParser
import Foundation
import Pipelines
import PluginBridges
import PluginHost
import PluginSDK

extension PluginsCommand {
  /// `cpt-host plugins inspect`.
  struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "inspect",
      abstract:
        "Show what a plugin's file says, and every reason to refuse it, without running it.",
      discussion: """
        Of a function manifest it shows what is bound, and what the library behind it has. Exit \
        status: 0 if this host would load the file, 1 if not.
        """)

    @Argument(
      help: "The shared library, or function manifest.",
      completion: .file(extensions: ["so", "yaml"]))
    var file: String

    @Flag(help: "Print it as JSON.")
    var json = false

    @Flag(
      help: """
        Also run the plugin's entry function, in a process of its own, and show the options that it \
        declares: they stand nowhere in the file.
        """)
    var options = false

    func validate() throws {
      if options, json { throw ValidationError("--options is for people; leave out --json") }
      if options, isManifest {
        throw ValidationError("--options runs an entry function, which a function manifest has not")
      }
    }

    func run() throws {
      let path = WorkspaceOption.absolute(file)
      if isManifest { return try inspectFunction(at: path) }
      let inspection = PluginInspection(path: path)
      let digest = Result { () throws(PluginHostError) in
        try PluginSignatureState.digest(of: path)
      }
      let plugin = try? inspection.file()
      let signature = plugin.map { plugin in
        PluginSignatureState(of: plugin) { () throws(PluginHostError) in try digest.get() }
      }
      if json {
        try JSONOutput.print(
          PluginOutput(inspection, sha256: try? digest.get(), signature: signature ?? .none))
      } else {
        show(inspection, digest: try? digest.get(), signature: signature)
      }
      guard plugin != nil else { throw ReportedFailure(status: .failed) }
      if options { try showOptions(of: path) }
    }

    private var isManifest: Bool { file.hasSuffix(ForeignFunction.fileSuffix) }

    private func inspectFunction(at path: String) throws {
      let output = FunctionOutput(
        FunctionInspection(path: path, FunctionDecoder.decode(contentsOf:)))
      if json { try JSONOutput.print(output) } else { output.print() }
      if !output.refusedBecause.isEmpty { throw ReportedFailure(status: .failed) }
    }

    private func show(
      _ inspection: PluginInspection, digest: String?, signature: PluginSignatureState?
    ) {
      let line = Self.line
      let record = inspection.record
      line("file", inspection.path)
      line("size", "\(inspection.byteCount) bytes")
      line("SHA-256", digest)
      line("name", record?.name)
      line("kind", record?.kind.map { PluginKind(rawValue: $0)?.name ?? "unknown, \($0)" })
      line("version", record?.version)
      if let major = record?.abiMajor, let minor = record?.abiMinor {
        line("ABI", "\(major).\(minor)")
      }
      line("concurrency", record?.concurrency.map { "\($0)" })
      line("entry", record?.entry)
      line(
        "extensions",
        record?.capabilities.map { $0.isEmpty ? "none" : $0.joined(separator: " ") })
      line("toolchain", record?.toolchain)
      line("build id", inspection.buildID)
      line("needs", inspection.needed.isEmpty ? nil : inspection.needed.joined(separator: " "))
      line("signature", signature?.sentence)
      for finding in inspection.findings { line("refused", finding.message) }
    }

    /// Prints a line of what is known; nothing if it is not.
    static func line(_ title: String, _ text: String?) {
      guard let text else { return }
      print(title.padding(toLength: 13, withPad: " ", startingAt: 0) + text)
    }

    /// Has the plugin loaded by another process, which may crash in its place.
    private func showOptions(of path: String) throws {
      print("options, as its entry function declares them when it is run:")
      fflush(nil)
      let process = Process()
      process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
      process.arguments = ["plugins", "options", "--file", path]
      process.environment = ProcessInfo.processInfo.environment.merging(
        ["SWIFT_BACKTRACE": "enable=no"]
      ) { $1 }
      process.standardInput = FileHandle.nullDevice
      try process.run()
      process.waitUntilExit()
      if process.terminationReason == .uncaughtSignal {
        printError(
          "cpt-host: running the plugin's entry function ended its process with signal "
            + "\(process.terminationStatus)")
        throw ReportedFailure(status: .failed)
      }
      guard process.terminationStatus == 0 else { throw ReportedFailure(status: .failed) }
    }
  }
}
