import ArgumentParser
import Foundation
import Pipelines
import PluginBridges
import PluginHost
import PluginSDK

extension PluginsCommand {
  /// `cpt-host plugins try-function`, which the host starts to try a foreign function apart from
  /// itself.
  struct TryFunction: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "try-function",
      abstract: "Run a function manifest's self-tests, telling each before it runs.",
      shouldDisplay: false)

    @Argument(help: "The manifest.", completion: .file(extensions: ["yaml"]))
    var manifest: String

    func run() throws {
      let function = try FunctionDecoder.decode(contentsOf: manifest)
      // What the library prints must not come between the lines.
      let lines = FileHandle(fileDescriptor: dup(STDOUT_FILENO))
      let nowhere = unsafe open("/dev/null", O_WRONLY)
      dup2(nowhere, STDOUT_FILENO)
      FunctionTrial.perform(function) { line in
        try? lines.write(contentsOf: Data((line + "\n").utf8))
      }
    }
  }
}

extension ForeignFunction {
  /// What it binds, in a few words.
  var summary: String {
    "function '\(main.symbol)' of \(library.name)" + (library.isSystem ? " of the system" : "")
  }
}
